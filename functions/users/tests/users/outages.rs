//! An unavailable store leads to a quick 503, and leaves nothing half done.

use std::time::{Duration, Instant};

use http::Method;
use testkit::TestClient;
use users::router;

use crate::shop::{PASSWORD, Shop, log_in, sign_up};

/// Nothing listens there, so every connection fails at once.
const NO_REDIS: (&str, &str) = ("REDIS_URL", "redis://127.0.0.1:1");
const NO_POSTGRES: (&str, &str) = ("USERDB_URL", "postgres://users@127.0.0.1:1/userdb");

fn client_without(shop: &Shop, store: (&str, &str)) -> TestClient {
    shop.test_env.client(router(shop.app_with(&[store]), &shop.test_env.http_stack()))
}

#[tokio::test]
async fn without_redis_nobody_logs_in_and_no_account_is_created() {
    let shop = Shop::open().await;
    let ada = shop.test_env.customer().await;
    let without_store = client_without(&shop, NO_REDIS);
    let start = Instant::now();
    for reply in [
        sign_up(&without_store, "bob@example.org").await,
        log_in(&without_store, "ada@example.org", PASSWORD).await,
        without_store.as_user(&ada).get("/api/users/me").await,
        without_store.as_user(&ada).get(&format!("/api/users/{}", ada.id)).await,
        without_store.as_user(&ada).send(Method::POST, "/api/users/logout", None).await,
    ] {
        let reply = reply.expect(503);
        assert_eq!(reply.error_code(), "unavailable");
        assert_eq!(reply.header("retry-after"), "1");
        assert!(!reply.json().to_string().contains("127.0.0.1"));
    }
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert_eq!(shop.count("select count(*) from users where email = 'bob@example.org'").await, 0);
    // An invalid token is rejected without Redis.
    without_store.with_token("not.a.token").get("/api/users/me").await.expect(401);
    without_store.get("/api/users/health").await.expect(200);
    without_store.get("/api/users/ready").await.expect(503);
    // When Redis is back, Ada's session is too.
    shop.client().as_user(&ada).get("/api/users/me").await.expect(200);
}

#[tokio::test]
async fn without_postgres_the_answer_is_503_and_a_logout_still_works() {
    let shop = Shop::open().await;
    let ada = shop.test_env.customer().await;
    let without_store = client_without(&shop, NO_POSTGRES);
    sign_up(&without_store, "bob@example.org").await.expect(503);
    log_in(&without_store, "bob@example.org", PASSWORD).await.expect(503);
    without_store.as_user(&ada).get("/api/users/me").await.expect(503);
    without_store.get("/api/users/ready").await.expect(503);
    without_store.as_user(&ada).send(Method::POST, "/api/users/logout", None).await.expect(204);
    shop.client().as_user(&ada).get("/api/users/me").await.expect(401);
}

#[tokio::test]
async fn a_function_that_could_not_verify_its_own_tokens_does_not_start() {
    let shop = Shop::open().await;
    let (stranger, _) = tokens::generate_key_pair().unwrap();
    let cases: [(&[(&str, &str)], &str); 5] = [
        (&[("TOKEN_SIGNING_KEY", &stranger)], "TOKEN_KEYS lacks"),
        (&[("TOKEN_SIGNING_KEY", "")], "TOKEN_SIGNING_KEY is not set"),
        (&[("USERDB_URL", "")], "USERDB_URL is not set"),
        (&[("TOKEN_LIFE_SECONDS", "0")], "TOKEN_LIFE_SECONDS cannot be read"),
        (&[("TOKEN_LIFE_SECONDS", "forever")], "TOKEN_LIFE_SECONDS cannot be read"),
    ];
    for (changed, said) in cases {
        let rejected =
            users::App::from_env(&shop.test_env.env_with(changed), &shop.clock).map(drop).unwrap_err().to_string();
        assert!(rejected.contains(said), "{rejected}");
    }
    shop.client().get("/api/users/ready").await.expect(200);
}
