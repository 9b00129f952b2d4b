//! Idempotency keys: the same message twice is one record and one response.

use domain::Timestamp;
use futures::future::join_all;
use notifications::{App, router};
use runtime::Clock;
use serde_json::{Value, json};
use testkit::{TestClient, TestEnv, TestResponse, TestUser};

const PATH: &str = "/api/notifications";

struct Shop {
    test_env: TestEnv,
    clock: Clock,
    client: TestClient,
    ada: TestUser,
}

/// With a stopped clock.
async fn open() -> Shop {
    let test_env = TestEnv::new().await;
    let clock = Clock::stopped(Timestamp::from_millis(test_env.clock.now().millis() / 1000 * 1000));
    let client = test_env.client(router(App::from_env(&test_env.env(), &clock).unwrap(), &test_env.http_stack()));
    let ada = test_env.customer().await;
    Shop { test_env, clock, client, ada }
}

impl Shop {
    async fn admin(&self, key: &str) -> TestClient {
        self.client.as_user(&self.test_env.admin().await).with_header("idempotency-key", key)
    }

    fn news(&self) -> Value {
        json!({"userId": self.ada.id, "type": "news"})
    }

    async fn notifications(&self) -> Vec<Value> {
        let own = format!("{PATH}/user/{}", self.ada.id);
        self.client.as_user(&self.ada).get(&own).await.expect(200).json().as_array().unwrap().clone()
    }
}

fn assert_replayed(first: &TestResponse, again: &TestResponse) {
    assert_eq!((first.header("idempotent-replayed"), again.header("idempotent-replayed")), ("", "true"));
    assert_eq!((again.status, &again.bytes), (first.status, &first.bytes));
    for header in ["location", "etag", "content-type"] {
        assert_eq!(again.header(header), first.header(header), "{header}");
    }
}

#[tokio::test]
async fn the_same_key_and_body_get_the_same_bytes_whatever_happens_to_it() {
    let shop = open().await;
    let admin = shop.admin("k").await;
    let first = admin.post(PATH, shop.news()).await.expect(201);
    // Later changes of the message change the record, not the replayed response.
    let read = format!("{PATH}/{}/read", first.json()["id"].as_str().unwrap());
    shop.client.as_user(&shop.ada).put(&read, json!({})).await.expect(204);
    assert_replayed(&first, &admin.post(PATH, shop.news()).await.expect(201));
    let other = admin.post(PATH, json!({"userId": shop.ada.id, "type": "other"})).await.expect(422);
    assert_eq!(other.error_code(), "idempotency_mismatch");
    assert_eq!(shop.notifications().await.len(), 1);

    shop.clock.advance(8 * 3600);
    assert_replayed(&first, &admin.post(PATH, shop.news()).await.expect(201));
}

#[tokio::test]
async fn fifty_at_once_with_one_key_are_one_message() {
    let shop = open().await;
    for key in ["a", "b", "c", "d"] {
        let admin = shop.admin(key).await;
        let all = join_all((0..50).map(|_| admin.post(PATH, shop.news()))).await;
        let made: Vec<&TestResponse> = all.iter().filter(|reply| reply.status == 201).collect();
        assert!(!made.is_empty() && made.iter().all(|reply| reply.bytes == made[0].bytes));
        for reply in all.iter().filter(|reply| reply.status != 201) {
            assert_eq!((reply.status.as_u16(), reply.error_code().as_str()), (409, "idempotency_in_progress"));
            assert!((1..=30).contains(&reply.header("retry-after").parse::<u32>().unwrap()));
        }
        let again = admin.post(PATH, shop.news()).await.expect(201);
        assert_eq!((again.header("idempotent-replayed"), &again.bytes), ("true", &made[0].bytes));
    }
    assert_eq!(shop.notifications().await.len(), 4);
}

#[tokio::test]
async fn keys_belong_to_their_caller_and_invalid_requests_use_none() {
    let shop = open().await;
    let admin = shop.admin("k").await;
    admin.post(PATH, json!({"userId": shop.ada.id})).await.expect(400);
    admin.post(PATH, json!({"userId": 0, "type": "news"})).await.expect(400);
    admin.post(PATH, shop.news()).await.expect(201);
    let another = shop.admin("k").await.post(PATH, json!({"userId": shop.ada.id, "type": "other"})).await.expect(201);
    assert_eq!(another.header("idempotent-replayed"), "");
    for bad in ["", &"k".repeat(256)] {
        let reply = shop.admin(bad).await.post(PATH, shop.news()).await.expect(400);
        assert_eq!(reply.json()["errors"][0]["field"], "Idempotency-Key");
    }
    shop.admin(&"k".repeat(255)).await.post(PATH, shop.news()).await.expect(201);
    assert_eq!(shop.notifications().await.len(), 3);
}

#[tokio::test]
async fn an_unreachable_store_uses_no_key() {
    let shop = open().await;
    let person = shop.test_env.admin().await;
    let away = shop.test_env.env_with(&[("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1")]);
    let away = shop.test_env.client(router(App::from_env(&away, &shop.clock).unwrap(), &shop.test_env.http_stack()));
    for client in [&away, &shop.client] {
        let status = if std::ptr::eq(client, &away) { 503 } else { 201 };
        client.as_user(&person).with_header("idempotency-key", "k").post(PATH, shop.news()).await.expect(status);
    }
    assert_eq!(shop.notifications().await.len(), 1);
}
