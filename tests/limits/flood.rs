//! Floods of each public route, with a concurrent login by another user.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::StreamExt;
use futures::stream;
use serde_json::json;
use testkit::{TestClient, TestResponse};
use tokio::sync::{Mutex, watch};
use tokio::time::Instant;

use crate::shop::{Shop, account, log_in, retry_after};

/// Two users whom a flood could affect.
const FLOOD_ADDRESS: &str = "192.0.2.66";
const OTHER_ADDRESS: &str = "198.51.100.7";
const EMAIL: &str = "ada@example.org";
/// A concurrent login takes at most this many times what it takes on an idle shop: it may wait for
/// the hashes of a bucket's sign-ups, and without a limit it waited for hundreds.
const MAX_SLOWDOWN: u32 = 40;
/// One flood at a time: the effects of one must not be attributed to another.
static SERIAL: Mutex<()> = Mutex::const_new(());

/// Sends `times` requests, `at_once` of them concurrently, from one address while another user logs
/// in repeatedly: the number of responses by status, and the last rejection.
async fn flood<F: Future<Output = TestResponse>>(
    shop: &Shop,
    (times, at_once): (usize, usize),
    send: impl Fn(TestClient, usize) -> F,
) -> (BTreeMap<u16, usize>, Option<TestResponse>) {
    let (flooder, ada) = (shop.client_at(FLOOD_ADDRESS), shop.client_at(OTHER_ADDRESS));
    let start = Instant::now();
    log_in(&ada, EMAIL).await.expect(200);
    let patience = start.elapsed() * MAX_SLOWDOWN;
    let (end, mut ended) = watch::channel(false);
    let flood = async {
        let sent = stream::iter((0..times).map(|number| send(flooder.clone(), number)));
        let replies: Vec<TestResponse> = sent.buffer_unordered(at_once).collect().await;
        end.send(true).unwrap();
        replies
    };
    let logins = async {
        let mut logins = 0;
        loop {
            let start = Instant::now();
            log_in(&ada, EMAIL).await.expect(200);
            assert!(start.elapsed() < patience, "a login took {:?} meanwhile", start.elapsed());
            logins += 1;
            if *ended.borrow_and_update() {
                return logins;
            }
        }
    };
    let (replies, logins) = tokio::join!(flood, logins);
    assert!(logins > 0);
    let mut statuses = BTreeMap::new();
    for reply in &replies {
        *statuses.entry(reply.status.as_u16()).or_default() += 1;
    }
    (statuses, replies.into_iter().rfind(|reply| reply.status == 429))
}

async fn open_with_account(limits: &str) -> Shop {
    let shop = Shop::open(limits).await;
    shop.client_at("203.0.113.1").post("/api/users/signup", account(EMAIL)).await.expect(201);
    shop
}

#[tokio::test]
async fn a_flood_of_sign_ups_opens_twenty_accounts_and_keeps_nobody_from_logging_in() {
    let _alone = SERIAL.lock().await;
    let shop = open_with_account("").await;
    let sign_up = async |client: TestClient, number: usize| {
        client.post("/api/users/signup", account(&format!("flood{number}@example.org"))).await
    };
    let (statuses, rejected) = flood(&shop, (500, 500), sign_up).await;
    assert_eq!(statuses, BTreeMap::from([(201, 20), (429, 480)]));
    assert!((1..=180).contains(&retry_after(&rejected.unwrap())), "one is given back every three minutes");
    assert_eq!(shop.count("USERDB_URL", "select count(*) from users").await, 21);
    // Another instance shares the count, and another address does not.
    let (again, other) = (account("again@example.org"), account("other@example.org"));
    retry_after(
        &shop.client_through(&shop.new_instance(""), FLOOD_ADDRESS).post("/api/users/signup", again.clone()).await,
    );
    retry_after(
        &shop
            .client_through(&shop.new_instance(""), FLOOD_ADDRESS)
            .with_header("x-forwarded-for", OTHER_ADDRESS)
            .post("/api/users/signup", again)
            .await,
    );
    shop.client_at(OTHER_ADDRESS).post("/api/users/signup", other).await.expect(201);
}

#[tokio::test]
async fn email_addresses_cannot_be_enumerated_at_any_rate() {
    let _alone = SERIAL.lock().await;
    let shop = open_with_account("").await;
    let ask = async |client: TestClient, _| client.post("/api/users/signup", account(EMAIL)).await;
    let (statuses, _) = flood(&shop, (100, 100), ask).await;
    assert_eq!(statuses, BTreeMap::from([(409, 20), (429, 80)]));
}

#[tokio::test]
async fn a_flood_of_logins_is_limited_whatever_their_outcome() {
    let _alone = SERIAL.lock().await;
    let shop = open_with_account("log_in.address=20/900").await;
    let log_in = async |client: TestClient, _| log_in(&client, EMAIL).await;
    let (statuses, _) = flood(&shop, (80, 80), log_in).await;
    // Valid ones, which no limit on failures would end.
    assert_eq!((statuses.get(&200), statuses.get(&429)), (Some(&20), Some(&60)), "{statuses:?}");
}

#[tokio::test]
async fn a_flood_of_events_stores_no_more_than_its_limit() {
    let _alone = SERIAL.lock().await;
    let shop = open_with_account("event.address=100/100").await;
    let event = json!({"eventType": "flood", "metadata": {"text": "x".repeat(8000)}});
    let track = async |client: TestClient, _| client.post("/api/analytics/event", event.clone()).await;
    let (statuses, rejected) = flood(&shop, (300, 8), track).await;
    let taken = statuses[&201];
    // One is refilled each second while this runs.
    assert!((100..200).contains(&taken) && taken + statuses[&429] == 300, "{statuses:?}");
    assert_eq!(retry_after(&rejected.unwrap()), 1);
    let mongo =
        store_mongo::Mongo::new(store_mongo::Config::from_env(&shop.test_env.env()).unwrap(), &shop.test_env.clock);
    store_mongo::aggregate_pending(&mongo, Duration::from_secs(30))
        .await
        .unwrap_or_else(|abort| panic!("{}", domain::Problem::from(abort)));
    let admin = shop.client_at(OTHER_ADDRESS).as_user(&shop.test_env.admin().await);
    let dashboard = admin.get("/api/analytics/dashboard").await.expect(200).json();
    let stored = dashboard["eventsByType"].as_array().unwrap().iter().find(|row| row["type"] == "flood").unwrap();
    assert_eq!(stored["count"], taken);
}

#[tokio::test]
async fn a_flood_of_reads_is_limited_by_each_instance() {
    let _alone = SERIAL.lock().await;
    let shop = open_with_account("read.address=50/300,readiness.address=5/60").await;
    for path in ["/api/products", "/api/products/categories", "/api/products/health", "/api/reviews/product/1"] {
        let group = path.split('/').nth(2).unwrap();
        let read = async |client: TestClient, _| client.get(path).await;
        let (statuses, _) = flood(&shop, (60, 60), read).await;
        let (taken, rejected) = (statuses.get(&200).copied().unwrap_or_default(), statuses[&429]);
        let first = path == "/api/products" || group == "reviews";
        assert!(taken + rejected == 60 && (!first || taken >= 50), "{path}: {statuses:?}");
        let elsewhere = shop.client_at(OTHER_ADDRESS).get(path).await;
        assert_eq!(elsewhere.status, 200, "{path}");
    }
    let check = json!({"items": [{"productId": 1, "quantity": 1}]});
    let check = async |client: TestClient, _| client.post("/api/inventory/check", check.clone()).await;
    assert_eq!(flood(&shop, (60, 60), check).await.0.get(&200), Some(&50));
    let ready = async |client: TestClient, _| client.get("/api/orders/ready").await;
    let (statuses, _) = flood(&shop, (20, 20), ready).await;
    assert_eq!(statuses.get(&429), Some(&15), "{statuses:?}");
}

#[tokio::test]
async fn without_redis_events_and_reads_are_counted_all_the_same_and_nothing_fails_for_it() {
    let limits = "event.address=20/300,read.address=20/300";
    let shop = Shop::with_env(&[("LIMITS", limits), ("REDIS_URL", "redis://127.0.0.1:1")]).await;
    let flooder = shop.client_at(FLOOD_ADDRESS);
    let mut statuses = Vec::new();
    for _ in 0..25 {
        statuses.push(flooder.post("/api/analytics/event", json!({"eventType": "flood"})).await.status.as_u16());
    }
    assert_eq!(statuses, [[201; 20].as_slice(), &[429; 5]].concat());
    shop.client_at(OTHER_ADDRESS).post("/api/analytics/event", json!({"eventType": "visit"})).await.expect(201);
    for _ in 0..20 {
        flooder.get("/api/products").await.expect(200);
    }
    retry_after(&flooder.get("/api/products").await);
}
