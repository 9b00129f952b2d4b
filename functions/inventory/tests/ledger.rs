//! The stock ledger through its router, on a real inventorydb.

use inventory::{App, router};
use serde_json::{Value, json};
use testkit::{TestClient, TestEnv};

/// Product 1 with 10 units and product 2 with none, and clients that read their ledgers.
struct TestInventory {
    test_env: TestEnv,
    anyone: TestClient,
    admin: TestClient,
}

impl TestInventory {
    async fn open() -> Self {
        let test_env = TestEnv::new().await;
        let anyone =
            test_env.client(router(App::from_env(&test_env.env(), &test_env.clock).unwrap(), &test_env.http_stack()));
        let fill = "insert into inventory (product_id, quantity) values (1, 10), (2, 0)";
        let db = test_env.database("INVENTORYDB_URL");
        sqlx::query(fill).execute(&mut *db.acquire().await.unwrap()).await.unwrap();
        Self { admin: anyone.as_user(&test_env.admin().await), anyone, test_env }
    }

    async fn adjust(&self, by: i32, reason: &str) {
        self.admin.put("/api/inventory/1", json!({"delta": by, "reason": reason})).await.expect(200);
    }

    async fn page(&self, path: &str) -> (Vec<Value>, Option<String>) {
        let reply = self.admin.get(path).await.expect(200);
        let next = reply.headers.get("link").map(|link| {
            let link = link.to_str().unwrap();
            link[link.find('<').unwrap() + 1..link.find('>').unwrap()].to_owned()
        });
        (reply.json().as_array().unwrap().clone(), next)
    }
}

#[tokio::test]
async fn each_adjustment_is_an_entry_with_its_reason_and_author() {
    let books = TestInventory::open().await;
    assert_eq!(books.page("/api/inventory/1/ledger").await, (vec![], None));
    books.adjust(5, "Delivery 7").await;
    books.adjust(-2, "broken").await;
    let db = books.test_env.database("INVENTORYDB_URL");
    let sold = "select hold(7, 1, '{1}', '{3}', 60, 'test'), sell(7, 1)";
    sqlx::query(sold).execute(&mut *db.acquire().await.unwrap()).await.unwrap();

    let (entries, next) = books.page("/api/inventory/1/ledger").await;
    assert_eq!(next, None);
    let columns = |entry: &Value| {
        let field = |name: &str| entry[name].clone();
        json!([field("delta"), field("quantityAfter"), field("reason"), field("orderId"), entry["actor"].is_number()])
    };
    let expected = [
        json!([-3, 10, "sold", 7, false]),
        json!([-2, 13, "broken", null, true]),
        json!([5, 15, "Delivery 7", null, true]),
    ];
    assert_eq!(entries.iter().map(columns).collect::<Vec<_>>(), expected);
    assert!(entries.iter().all(|entry| entry["at"].as_str().unwrap().ends_with('Z')));
    assert!(entries[0]["id"].as_i64() > entries[1]["id"].as_i64());
}

#[tokio::test]
async fn pages_are_consistent_whatever_changes_in_between() {
    let books = TestInventory::open().await;
    for nth in 1..=5 {
        books.adjust(nth, "delivery").await;
    }
    let (mut seen, mut next) = (Vec::new(), Some("/api/inventory/1/ledger?limit=2".to_owned()));
    let mut pages = 0;
    while let Some(path) = next {
        let (entries, following) = books.page(&path).await;
        seen.extend(entries.iter().map(|entry| entry["delta"].as_i64().unwrap()));
        (next, pages) = (following, pages + 1);
        // Newer than what is being read: it shifts no page.
        books.adjust(100, "delivery").await;
    }
    assert_eq!((seen, pages), (vec![5, 4, 3, 2, 1], 3));
}

#[tokio::test]
async fn only_admins_read_the_ledger_of_existing_products() {
    let books = TestInventory::open().await;
    let ada = books.test_env.customer().await;
    books.anyone.get("/api/inventory/1/ledger").await.expect(401);
    books.anyone.as_user(&ada).get("/api/inventory/1/ledger").await.expect(403);
    assert_eq!(books.page("/api/inventory/2/ledger").await, (vec![], None));
    books.admin.get("/api/inventory/3/ledger").await.expect(404);
    for (field, query) in
        [("limit", "limit=0"), ("limit", "limit=101"), ("cursor", "cursor=eyJh"), ("productId", "productId=2")]
    {
        let rejected = books.admin.get(&format!("/api/inventory/1/ledger?{query}")).await.expect(400);
        assert_eq!(rejected.json()["errors"][0]["field"], field, "{query}");
    }
}
