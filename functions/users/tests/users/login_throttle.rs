//! Failed logins are limited, per account and address and per address, before anything is hashed.

use futures::StreamExt;
use futures::future::join_all;
use futures::stream;
use testkit::TestResponse;
use users::router;

use crate::shop::{PASSWORD, Shop, count_statuses, log_in, sign_up};

/// Nothing listens there, so every connection fails at once.
const NOWHERE: &str = "postgres://users@127.0.0.1:1/userdb";
const WRONG: &str = "not the password";

async fn fail_logins(shop: &Shop, email: &str, times: usize) {
    for _ in 0..times {
        log_in(&shop.client(), email, WRONG).await.expect(401);
    }
}

fn assert_throttled(reply: TestResponse, seconds: u32) {
    let reply = reply.expect(429);
    assert_eq!(reply.error_code(), "too_many_attempts");
    assert_eq!(reply.header("retry-after"), seconds.to_string());
}

#[tokio::test]
async fn after_ten_failures_even_the_right_password_waits() {
    let shop = Shop::open().await;
    let anyone = shop.client();
    sign_up(&anyone, "ada@example.org").await.expect(201);
    fail_logins(&shop, "ada@example.org", 10).await;
    assert_throttled(log_in(&anyone, "ada@example.org", PASSWORD).await, 900);
    assert_throttled(log_in(&anyone, "ADA@example.org", PASSWORD).await, 900);
    shop.clock.advance(899);
    assert_throttled(log_in(&anyone, "ada@example.org", PASSWORD).await, 1);
    shop.clock.advance(1);
    log_in(&anyone, "ada@example.org", PASSWORD).await.expect(200);
}

#[tokio::test]
async fn ten_failures_elsewhere_do_not_lock_the_owner_out() {
    let shop = Shop::open().await;
    let (home, elsewhere) = (shop.client_at("192.0.2.1"), shop.client_at("198.51.100.1"));
    sign_up(&home, "ada@example.org").await.expect(201);
    for _ in 0..10 {
        log_in(&elsewhere, "ada@example.org", WRONG).await.expect(401);
    }
    assert_throttled(log_in(&elsewhere, "ada@example.org", PASSWORD).await, 900);
    log_in(&home, "ada@example.org", PASSWORD).await.expect(200);
    // And the owner's success does not clear the stranger's failures.
    assert_throttled(log_in(&elsewhere, "ada@example.org", WRONG).await, 900);
}

#[tokio::test]
async fn failures_leave_the_window_one_by_one() {
    let shop = Shop::open().await;
    fail_logins(&shop, "ada@example.org", 4).await;
    shop.clock.advance(840);
    fail_logins(&shop, "ada@example.org", 6).await;
    assert_throttled(log_in(&shop.client(), "ada@example.org", WRONG).await, 60);
    // Four have expired: four more fail, and then the six of a minute ago still count.
    shop.clock.advance(60);
    fail_logins(&shop, "ada@example.org", 4).await;
    assert_throttled(log_in(&shop.client(), "ada@example.org", WRONG).await, 840);
}

#[tokio::test]
async fn a_success_clears_the_account() {
    let shop = Shop::open().await;
    let anyone = shop.client();
    sign_up(&anyone, "ada@example.org").await.expect(201);
    for _ in 0..3 {
        fail_logins(&shop, "ada@example.org", 9).await;
        log_in(&anyone, "ada@example.org", PASSWORD).await.expect(200);
    }
}

#[tokio::test]
async fn a_thousand_guesses_at_once_get_no_further_than_ten() {
    let shop = Shop::open().await;
    let anyone = shop.client();
    sign_up(&anyone, "ada@example.org").await.expect(201);
    // The right password comes last.
    let guesses = (0..1000).map(|n| if n == 999 { PASSWORD.to_owned() } else { format!("guess number {n}") });
    let tries = guesses.map(|guess| {
        let anyone = anyone.clone();
        async move { log_in(&anyone, "ada@example.org", &guess).await }
    });
    let replies: Vec<TestResponse> = stream::iter(tries).buffer_unordered(100).collect().await;
    assert_eq!(count_statuses(&replies), [(401, 10), (429, 990)]);
}

#[tokio::test]
async fn guessers_from_everywhere_together_get_no_further_than_a_hundred_an_hour() {
    let shop = Shop::open().await;
    sign_up(&shop.client(), "ada@example.org").await.expect(201);
    let guesses = (0..130).map(|n| {
        let anyone = shop.client_at(&format!("198.51.100.{}", n / 10));
        async move { log_in(&anyone, "ada@example.org", WRONG).await }
    });
    let replies: Vec<TestResponse> = stream::iter(guesses).buffer_unordered(8).collect().await;
    assert_eq!(count_statuses(&replies), [(401, 100), (429, 30)]);
    // An address without an account is no different, and its owner is not affected.
    assert_throttled(log_in(&shop.client_at("192.0.2.1"), "ada@example.org", WRONG).await, 3600);
    log_in(&shop.client_at("192.0.2.1"), "bob@example.org", WRONG).await.expect(401);
    shop.clock.advance(3600);
    log_in(&shop.client_at("192.0.2.1"), "ada@example.org", PASSWORD).await.expect(200);
}

#[tokio::test]
async fn many_right_logins_at_once_are_no_failures() {
    let shop = Shop::open().await;
    let anyone = shop.client();
    sign_up(&anyone, "ada@example.org").await.expect(201);
    let replies = join_all((0..40).map(|_| log_in(&anyone, "ada@example.org", PASSWORD))).await;
    assert_eq!(count_statuses(&replies), [(200, 40)]);
}

#[tokio::test]
async fn an_address_may_fail_a_hundred_times_over_all_accounts() {
    let shop = Shop::open().await;
    let (here, elsewhere) = (shop.client_at("192.0.2.1"), shop.client_at("192.0.2.2"));
    sign_up(&here, "ada@example.org").await.expect(201);
    let guesses = (0..99).map(|n| {
        let here = here.clone();
        async move { log_in(&here, &format!("user{n}@example.org"), WRONG).await }
    });
    let replies: Vec<TestResponse> = stream::iter(guesses).buffer_unordered(8).collect().await;
    assert_eq!(count_statuses(&replies), [(401, 99)]);
    // A success is no failure, but does not clear the others either.
    log_in(&here, "ada@example.org", PASSWORD).await.expect(200);
    log_in(&here, "bob@example.org", WRONG).await.expect(401);
    assert_throttled(log_in(&here, "ada@example.org", PASSWORD).await, 900);
    log_in(&elsewhere, "ada@example.org", PASSWORD).await.expect(200);
    // The client's own claim about its address is not trusted.
    let lied = here.with_header("x-forwarded-for", "203.0.113.9").with_header("x-real-ip", "203.0.113.9");
    assert_throttled(log_in(&lied, "ada@example.org", PASSWORD).await, 900);
}

#[tokio::test]
async fn the_limit_is_decided_before_anything_is_looked_up_or_hashed() {
    let shop = Shop::open().await;
    fail_logins(&shop, "ada@example.org", 10).await;
    // Without its database this function can only respond from what Redis has.
    let without_store =
        shop.test_env.client(router(shop.app_with(&[("USERDB_URL", NOWHERE)]), &shop.test_env.http_stack()));
    assert_throttled(log_in(&without_store, "ada@example.org", WRONG).await, 900);
    log_in(&without_store, "bob@example.org", WRONG).await.expect(503);
}

#[tokio::test]
async fn attempts_without_an_outcome_lock_nobody_out() {
    let shop = Shop::open().await;
    sign_up(&shop.client(), "ada@example.org").await.expect(201);
    let without_store =
        shop.test_env.client(router(shop.app_with(&[("USERDB_URL", NOWHERE)]), &shop.test_env.http_stack()));
    for _ in 0..15 {
        log_in(&without_store, "ada@example.org", PASSWORD).await.expect(503);
    }
    fail_logins(&shop, "ada@example.org", 9).await;
    log_in(&shop.client(), "ada@example.org", PASSWORD).await.expect(200);
}

#[tokio::test]
async fn redis_keeps_no_address_and_no_password() {
    let shop = Shop::open().await;
    let anyone = shop.client();
    sign_up(&anyone, "canary@example.org").await.expect(201);
    log_in(&anyone, "canary@example.org", WRONG).await.expect(401);
    let env = shop.test_env.env();
    let client = redis::Client::open(env.required("REDIS_URL").unwrap()).unwrap();
    let mut redis = client.get_multiplexed_async_connection().await.unwrap();
    let keys: Vec<String> =
        redis::cmd("KEYS").arg(format!("{}*", shop.test_env.prefix)).query_async(&mut redis).await.unwrap();
    let ends = |key: &&String| !key.contains("rate:");
    // A session, the list that contains it, and limits for the account here, the address, the
    // account. The keys that count requests expire within a moment.
    assert_eq!(keys.iter().filter(ends).count(), 5, "{keys:?}");
    for key in keys.iter().filter(ends) {
        let dump: Vec<u8> = redis::cmd("DUMP").arg(key).query_async(&mut redis).await.unwrap();
        let all = format!("{key} {}", String::from_utf8_lossy(&dump)).to_lowercase();
        assert!(!all.contains("canary") && !all.contains("example.org") && !all.contains("password"), "{all}");
        let left: i64 = redis::cmd("TTL").arg(key).query_async(&mut redis).await.unwrap();
        assert!((1..=tokens::TOKEN_LIFETIME_SECONDS).contains(&left), "{key} lives for {left} s");
    }
}
