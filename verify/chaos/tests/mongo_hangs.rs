//! A hanging MongoDB is waited for once, however many operations a request has; and a write whose
//! response is lost is no conflict of a request with itself.

use std::time::{Duration, Instant};

use chaos::fault_proxy::{Fault, FaultProxy, Protocol};
use domain::ProductId;
use serde_json::{Value, json};
use testkit::{TestClient, TestEnv, TestUser};

/// The limit is two seconds; the rest is for the other stores and a busy machine.
const MAX_WAIT: Duration = Duration::from_millis(2_800);
/// More exchanges than a write has.
const MAX_EXCHANGES: u64 = 60;

struct Shop {
    env: TestEnv,
    ada: TestUser,
    server: u16,
}

impl Shop {
    async fn open() -> Self {
        let test_env = TestEnv::new().await;
        let url = test_env.env().required("MONGODB_URL").unwrap();
        let server = url.split(&[':', '/']).find_map(|part| part.parse().ok()).expect("a port");
        Self { ada: test_env.customer().await, env: test_env, server }
    }

    /// An instance of the function behind a proxy of its own, connected already.
    async fn start_function(&self) -> (TestClient, FaultProxy) {
        let proxy = FaultProxy::start(self.server, Protocol::Mongo).await.unwrap();
        let url = self.env.env().required("MONGODB_URL").unwrap();
        let url = url.replace(&self.server.to_string(), &proxy.port.to_string());
        let app = reviews::App::from_env(&self.env.env_with(&[("MONGODB_URL", &url)]), &self.env.clock).unwrap();
        let api = self.env.client(reviews::router(app, &self.env.http_stack())).as_user(&self.ada);
        api.get("/api/reviews/ready").await.expect(200);
        (api, proxy)
    }

    async fn product(&self) -> ProductId {
        self.env.product(1000, 5).await
    }
}

fn draft(product: ProductId) -> Value {
    json!({"productId": product, "rating": 5, "comment": ""})
}

#[tokio::test]
async fn a_review_waits_for_mongodb_once_wherever_it_stops_answering() {
    let shop = Shop::open().await;
    let (api, proxy) = shop.start_function().await;
    let before = proxy.exchanges();
    api.post("/api/reviews", draft(shop.product().await)).await.expect(201);
    let steps = proxy.exchanges() - before;
    assert!(steps >= 4, "{steps} exchanges");
    let mut slowest = Duration::ZERO;
    for fault in [Fault::HangBefore, Fault::HangAfter] {
        for step in 0..steps {
            let (api, proxy) = shop.start_function().await;
            let product = shop.product().await;
            (step..MAX_EXCHANGES).for_each(|later| proxy.inject(later, fault));
            let began = Instant::now();
            let reply = api.post("/api/reviews", draft(product)).await;
            let took = began.elapsed();
            slowest = slowest.max(took);
            assert!(took < MAX_WAIT, "{fault:?} from step {step} on: {took:?}");
            assert!([201, 503].contains(&reply.status.as_u16()), "{fault:?} from step {step} on: {reply:?}");
        }
    }
    assert!(slowest > Duration::from_secs(1), "{slowest:?}: nothing was silent in {steps} steps");
}

/// Many requests whose batch waits behind one that gets no response.
#[tokio::test]
async fn a_request_behind_a_hanging_batch_does_not_wait_twice() {
    let shop = Shop::open().await;
    let (api, proxy) = shop.start_function().await;
    let mut products = Vec::new();
    for _ in 0..12 {
        products.push(shop.product().await);
    }
    proxy.inject_always(Fault::HangBefore);
    let began = Instant::now();
    let write = async |product: &ProductId| {
        let reply = api.post("/api/reviews", draft(*product)).await;
        (reply.status.as_u16(), began.elapsed())
    };
    for (status, took) in futures::future::join_all(products.iter().map(write)).await {
        assert_eq!(status, 503);
        assert!(took < Duration::from_millis(4_500), "{took:?}");
    }
}

#[tokio::test]
async fn a_change_whose_reply_was_lost_does_not_conflict_with_itself() {
    let shop = Shop::open().await;
    let (api, proxy) = shop.start_function().await;
    let written = api.post("/api/reviews", draft(shop.product().await)).await.expect(201);
    let (path, seen) = (written.header("location").to_owned(), written.header("etag").to_owned());
    let change = json!({"rating": 2, "comment": "Less."});
    // After the review was read.
    proxy.inject(1, Fault::CutAfter);
    let first = api.with_header("if-match", &seen).put(&path, change.clone()).await;
    assert!([200, 503].contains(&first.status.as_u16()), "{first:?}");
    proxy.heal();
    // A client that got a 503 retries with the version it had seen.
    let again = api.with_header("if-match", &seen).put(&path, change).await.expect(200).json();
    assert_eq!(again["rating"], 2);
    let other = json!({"rating": 1, "comment": "Not at all."});
    api.with_header("if-match", &seen).put(&path, other).await.expect(412);
}
