//! Every combination of filters and orders, compared with a list that is built naively in memory.

use std::cmp::Reverse;
use std::fmt::Write as _;

use serde_json::Value;

use crate::shop::{Shop, next_link};

/// Enough that probes end early, samples decide, and rows are collected.
const PRODUCTS: i32 = 700;

#[derive(Clone, Debug)]
struct KnownProduct {
    id: i32,
    name: String,
    description: String,
    cents: i64,
    stock: i32,
    category: Option<&'static str>,
    count: i64,
    sum: i64,
}

impl KnownProduct {
    fn random(id: i32, chance: &mut impl FnMut(usize) -> usize) -> Self {
        let any = |words: &[&'static str], n: usize| words[n % words.len()];
        let name = format!(
            "{} {}",
            any(&["red", "green", "old"], chance(3)),
            any(&["apple", "appliance", "tea", "teapot", "cup"], chance(5))
        );
        let mut description =
            any(&["for the kitchen", "Made: of STEEL", "e-mail me", "5-piece set", ""], chance(5)).to_owned();
        if id < PRODUCTS / 2 {
            // Half of the catalog, but none of the newest.
            description.push_str(" vintage");
        }
        if chance(90) == 0 {
            description.push_str(" unicorn");
        }
        let category =
            [None, Some("tea"), Some("tea"), Some("fruit"), Some("rare")][if chance(100) == 0 { 4 } else { chance(4) }];
        let count = chance(4) as i64;
        let sum = (0..count).map(|_| 1 + chance(5) as i64).sum();
        let stock = if chance(5) == 0 { 0 } else { 1 + chance(9) as i32 };
        Self { id, name, description, cents: chance(40) as i64 * 25, stock, category, count, sum }
    }

    fn matches_words(&self, q: &str) -> bool {
        let split = |text: &str| {
            text.to_lowercase().split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect::<Vec<_>>()
        };
        let own = split(&format!("{} {}", self.name, self.description));
        let mut wanted = split(q).into_iter().filter(|word| !word.is_empty());
        wanted.all(|word| own.iter().any(|own| own.starts_with(&word)))
    }

    /// In hundredths, rounded half up.
    fn rating(&self) -> i64 {
        if self.count == 0 { 0 } else { (self.sum * 1000 / self.count + 5) / 10 }
    }
}

#[derive(Clone, Copy, Debug)]
struct TestQuery {
    q: Option<&'static str>,
    category: Option<&'static str>,
    prices: Option<(i64, i64)>,
    in_stock: Option<bool>,
    sort: &'static str,
}

impl TestQuery {
    fn query(&self) -> String {
        let mut query = format!("sort={}", self.sort);
        if let Some(q) = self.q {
            write!(query, "&q={}", q.replace(' ', "+")).unwrap();
        }
        if let Some(category) = self.category {
            write!(query, "&category={category}").unwrap();
        }
        if let Some((min, max)) = self.prices {
            write!(query, "&minPrice={}&maxPrice={}", min as f64 / 100.0, max as f64 / 100.0).unwrap();
        }
        if let Some(in_stock) = self.in_stock {
            write!(query, "&inStock={in_stock}").unwrap();
        }
        query
    }

    fn expected(&self, all: &[KnownProduct]) -> Vec<i32> {
        let fits = |known: &&KnownProduct| {
            self.q.is_none_or(|q| known.matches_words(q))
                && self.category.is_none_or(|category| known.category == Some(category))
                && self.prices.is_none_or(|(min, max)| (min..=max).contains(&known.cents))
                && self.in_stock.is_none_or(|in_stock| (known.stock > 0) == in_stock)
        };
        let mut found: Vec<&KnownProduct> = all.iter().filter(fits).collect();
        match self.sort {
            "newest" => found.sort_by_key(|known| Reverse(known.id)),
            "price" => found.sort_by_key(|known| (known.cents, known.id)),
            "-price" => found.sort_by_key(|known| Reverse((known.cents, known.id))),
            "name" => found.sort_by_key(|known| (known.name.clone(), known.id)),
            "-rating" => found.sort_by_key(|known| Reverse((known.rating(), known.id))),
            other => panic!("no such order: {other}"),
        }
        found.into_iter().map(|known| known.id).collect()
    }
}

fn all_queries() -> Vec<TestQuery> {
    let mut all = Vec::new();
    for q in [None, Some("app"), Some("RED tea"), Some("vintage"), Some("unicorn"), Some("uni cup 5 set"), Some("mail")]
    {
        for category in [None, Some("tea"), Some("rare")] {
            for prices in [None, Some((0, 500)), Some((100, 125))] {
                for in_stock in [None, Some(true), Some(false)] {
                    for sort in ["newest", "price", "-price", "name", "-rating"] {
                        all.push(TestQuery { q, category, prices, in_stock, sort });
                    }
                }
            }
        }
    }
    // Conditions that no product meets.
    all.push(TestQuery { q: Some("none-such"), category: None, prices: None, in_stock: None, sort: "newest" });
    all.push(TestQuery { q: None, category: Some("nowhere"), prices: None, in_stock: None, sort: "price" });
    all.push(TestQuery { q: None, category: None, prices: Some((600, 400)), in_stock: None, sort: "-rating" });
    all
}

async fn insert_products(shop: &Shop) -> Vec<KnownProduct> {
    let mut state = 20_260_131_u64;
    let mut chance = move |sides: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % sides
    };
    let all: Vec<KnownProduct> = (1..=PRODUCTS).map(|id| KnownProduct::random(id, &mut chance)).collect();
    let mut db = shop.productdb().acquire().await.unwrap();
    let insert = sqlx::query(
        "insert into products (id, name, description, price, stock, category, rating_count, rating_sum, created_at, updated_at)
         select id, name, description, cents::numeric / 100, stock, category, count, sum, now(), now()
         from unnest($1::int[], $2::text[], $3::text[], $4::bigint[], $5::int[], $6::text[], $7::bigint[], $8::bigint[])
         as known (id, name, description, cents, stock, category, count, sum)",
    );
    let insert = insert
        .bind(all.iter().map(|known| known.id).collect::<Vec<_>>())
        .bind(all.iter().map(|known| known.name.clone()).collect::<Vec<_>>())
        .bind(all.iter().map(|known| known.description.clone()).collect::<Vec<_>>())
        .bind(all.iter().map(|known| known.cents).collect::<Vec<_>>())
        .bind(all.iter().map(|known| known.stock).collect::<Vec<_>>())
        .bind(all.iter().map(|known| known.category).collect::<Vec<_>>())
        .bind(all.iter().map(|known| known.count).collect::<Vec<_>>())
        .bind(all.iter().map(|known| known.sum).collect::<Vec<_>>());
    insert.execute(&mut *db).await.unwrap();
    all
}

#[tokio::test]
async fn every_combination_of_filters_and_orders_lists_what_it_should() {
    let shop = Shop::open().await;
    let all = insert_products(&shop).await;
    let questions = all_queries();
    let mut pages = 0;
    for (place, asked) in questions.iter().enumerate() {
        // Small and large pages alternately.
        let limit = [100, 41, 19][place % 3];
        let expected = asked.expected(&all);
        let mut listed = Vec::new();
        let mut page = Some(format!("/api/products?{}&limit={limit}", asked.query()));
        // Long lists in small pages are checked by their beginning.
        while let Some(path) = page.filter(|_| listed.len() < 150) {
            let reply = shop.anyone.get(&path).await.expect(200);
            let products: Vec<Value> = serde_json::from_slice(&reply.bytes).unwrap();
            listed.extend(products.iter().map(|product| product["id"].as_i64().unwrap() as i32));
            page = next_link(&reply);
            assert!(page.is_none() || products.len() == limit, "{asked:?}");
            assert_eq!(page.is_some(), listed.len() < expected.len(), "{asked:?} at {}", listed.len());
            pages += 1;
        }
        assert_eq!(listed, expected[..listed.len()], "{asked:?}");
    }
    assert!(pages > questions.len(), "some lists had a second page");
}
