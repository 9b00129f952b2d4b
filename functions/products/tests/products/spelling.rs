//! Text that means the same is found as the same, in whatever encoding, case and accents it is
//! written.

use futures::future::join_all;
use http::Method;
use serde_json::{Value, json};

use crate::shop::{Shop, path};

fn product_named(name: &str, category: &str) -> Value {
    json!({"name": name, "price": 1, "category": category})
}

fn percent_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[tokio::test]
async fn a_search_finds_words_in_whatever_form_they_are_typed() {
    let shop = Shop::open().await;
    // Stored composed, whatever was sent.
    let sent = shop.add(product_named("Cre\u{300}me bru\u{302}le\u{301}e", "Sweets")).await;
    assert_eq!(sent["name"], "Cr\u{e8}me br\u{fb}l\u{e9}e");
    for name in [
        "\u{130}stanbul guide",
        "\u{c5}ngstr\u{f6}m lamp",
        "Stra\u{df}e",
        "\u{30ac}\u{30e9}\u{30b9}",
        "\u{41a}\u{438}\u{439}\u{432}",
    ] {
        shop.add(product_named(name, "Things")).await;
    }
    let questions = [
        ("cr\u{e8}me", "Cr\u{e8}me br\u{fb}l\u{e9}e"),
        ("cre\u{300}me", "Cr\u{e8}me br\u{fb}l\u{e9}e"),
        ("CR\u{c8}ME", "Cr\u{e8}me br\u{fb}l\u{e9}e"),
        ("creme brulee", "Cr\u{e8}me br\u{fb}l\u{e9}e"),
        ("\u{ff43}r\u{e8}me", "Cr\u{e8}me br\u{fb}l\u{e9}e"),
        ("istanbul", "\u{130}stanbul guide"),
        ("ISTANBUL", "\u{130}stanbul guide"),
        ("\u{130}STANBUL", "\u{130}stanbul guide"),
        ("\u{131}stan", "\u{130}stanbul guide"),
        ("angstrom", "\u{c5}ngstr\u{f6}m lamp"),
        ("\u{212b}ngstr", "\u{c5}ngstr\u{f6}m lamp"),
        ("strasse", "Stra\u{df}e"),
        ("\u{30ab}\u{3099}\u{30e9}", "\u{30ac}\u{30e9}\u{30b9}"),
        ("\u{43a}\u{438}\u{438}\u{306}\u{432}", "\u{41a}\u{438}\u{439}\u{432}"),
    ];
    for (q, name) in questions {
        assert_eq!(shop.names(&format!("?q={}", percent_encoded(q))).await, [name], "{q:?}");
    }
    // Another letter is another word.
    assert!(shop.names(&format!("?q={}", percent_encoded("\u{30ab}\u{30e9}"))).await.is_empty());
}

#[tokio::test]
async fn two_categories_that_differ_in_case_are_one() {
    let shop = Shop::open().await;
    let mugs = shop.add(product_named("Mug", "Kitchen & Bar")).await;
    let pans = shop.add(product_named("Pan", "KITCHEN & bar")).await;
    assert_eq!(pans["category"], "Kitchen & Bar", "the first spelling is kept");
    let cafe = shop.add(product_named("Cup", "Cafe\u{301}")).await;
    let lamp = shop.add(product_named("Lamp", "Light")).await;
    let moved = shop.admin.put(&path(&lamp), product_named("Lamp", "CAF\u{c9}")).await.expect(200).json();
    assert_eq!((&moved["category"], &cafe["category"]), (&json!("Caf\u{e9}"), &json!("Caf\u{e9}")));
    assert_eq!(shop.anyone.get(&path(&lamp)).await.expect(200).json(), moved, "as the answer said");

    for spelled in ["Kitchen+%26+Bar", "kitchen+%26+bar", "KITCHEN+%26+BAR"] {
        for order in ["newest", "price", "name", "-rating"] {
            let listed = shop.names(&format!("?category={spelled}&sort={order}")).await;
            assert_eq!(listed.len(), 2, "{spelled} {order}");
        }
        assert_eq!(shop.names(&format!("?category={spelled}&q=pan")).await, ["Pan"]);
    }
    let categories = shop.anyone.get("/api/products/categories").await.expect(200).json();
    let expected = json!([{"category": "Caf\u{e9}", "count": 2}, {"category": "Kitchen & Bar", "count": 2}]);
    assert_eq!(categories, expected);
    shop.admin.delete(&path(&mugs)).await.expect(204);
    shop.admin.delete(&path(&pans)).await.expect(204);
    let categories = shop.anyone.get("/api/products/categories").await.expect(200).json();
    assert_eq!(categories, json!([{"category": "Caf\u{e9}", "count": 2}]));
    // A query creates no category.
    assert!(shop.names("?category=kitchen").await.is_empty());
}

#[tokio::test]
async fn concurrent_first_uses_of_a_category_get_one_spelling() {
    let shop = Shop::open().await;
    let spellings = ["garden", "Garden", "GARDEN", "gArden", "gardeN", "garDen"];
    let add = async |spelled: &str| shop.add(product_named("Rake", spelled)).await["category"].clone();
    let given = join_all(spellings.iter().map(|spelled| add(spelled))).await;
    assert!(given.iter().all(|category| category == &given[0]), "{given:?}");
    let categories = shop.anyone.get("/api/products/categories").await.expect(200).json();
    assert_eq!(categories, json!([{"category": given[0], "count": 6}]));
}

/// A statement of the previous version, which runs beside this one during a deploy.
#[tokio::test]
async fn a_category_written_by_an_older_version_is_corrected() {
    let shop = Shop::open().await;
    for name in ["Mug", "Pan"] {
        shop.add(product_named(name, "Kitchen")).await;
    }
    shop.execute_as_owner("update products set category = 'KITCHEN' where name = 'Pan'").await;
    shop.execute_as_owner("insert into products (name, price, category, created_at, updated_at) values ('Jug', 1, 'kitchen', now(), now())").await;
    let categories = shop.anyone.get("/api/products/categories").await.expect(200).json();
    assert_eq!(categories, json!([{"category": "Kitchen", "count": 3}]));
    assert_eq!(shop.names("?category=kitchen").await.len(), 3);
}

#[tokio::test]
async fn a_picture_link_is_stored_as_a_browser_reads_it() {
    let shop = Shop::open().await;
    let with = |image: &str| json!({"name": "Tea", "price": 1, "image": image});
    let kept = shop.add(with("HTTPS://Example.com/x")).await;
    assert_eq!(kept["image"], "https://example.com/x");
    for bad in ["https://", "http://?", "http://ada:secret@example.com/", "http:///x", "//example.com/x", "https:x"] {
        let rejected = shop.admin.send(Method::POST, "/api/products", Some(with(bad).to_string())).await.expect(400);
        assert_eq!(rejected.json()["errors"][0]["field"], "image", "{bad}");
    }
}
