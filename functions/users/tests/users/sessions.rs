//! A token is valid while its session is, and no longer.

use domain::users::Role;
use futures::{StreamExt, stream};
use http::Method;

use crate::shop::{PASSWORD, Shop, log_in, sign_up, token};

#[tokio::test]
async fn a_logout_ends_one_login_and_no_other() {
    let shop = Shop::open().await;
    let anyone = shop.client();
    let here = anyone.with_token(&token(&sign_up(&anyone, "ada@example.org").await.expect(201)));
    let there = anyone.with_token(&token(&log_in(&anyone, "ada@example.org", PASSWORD).await.expect(200)));
    here.send(Method::POST, "/api/users/logout", None).await.expect(204);
    here.get("/api/users/me").await.expect(401);
    here.send(Method::POST, "/api/users/logout", None).await.expect(401);
    there.get("/api/users/me").await.expect(200);
}

#[tokio::test]
async fn an_account_has_twenty_sessions_and_the_twenty_first_login_ends_the_oldest() {
    let shop = Shop::open().await;
    let anyone = shop.client();
    let mut all = vec![anyone.with_token(&token(&sign_up(&anyone, "ada@example.org").await.expect(201)))];
    let bob = anyone.with_token(&token(&sign_up(&anyone, "bob@example.org").await.expect(201)));
    for _ in 1..20 {
        shop.clock.advance(1);
        all.push(anyone.with_token(&token(&log_in(&anyone, "ada@example.org", PASSWORD).await.expect(200))));
    }
    for session in &all {
        session.get("/api/users/me").await.expect(200);
    }
    for oldest in 0..2 {
        shop.clock.advance(1);
        let new = anyone.with_token(&token(&log_in(&anyone, "ada@example.org", PASSWORD).await.expect(200)));
        new.get("/api/users/me").await.expect(200);
        all[oldest].get("/api/users/me").await.expect(401);
        all[oldest + 1].get("/api/users/me").await.expect(200);
    }
    // A logout makes room.
    all[10].send(Method::POST, "/api/users/logout", None).await.expect(204);
    log_in(&anyone, "ada@example.org", PASSWORD).await.expect(200);
    all[2].get("/api/users/me").await.expect(200);
    bob.get("/api/users/me").await.expect(200);
}

#[tokio::test]
async fn sixty_logins_at_once_leave_twenty_sessions() {
    let shop = Shop::open().await;
    let ada = shop.test_env.customer().await;
    let mut tokens: Vec<String> =
        stream::iter(0..60).map(|_| shop.open_session(&ada, Role::Customer)).buffer_unordered(8).collect().await;
    // The session that they have from the start.
    tokens.push(ada.token.clone());
    let anyone = shop.client();
    let mut live = 0;
    for token in &tokens {
        live += usize::from(anyone.with_token(token).get("/api/users/me").await.status == 200);
    }
    assert_eq!(live, 20);
}

#[tokio::test]
async fn two_hundred_logouts_at_once_are_all_known_to_the_very_next_request() {
    let shop = Shop::open().await;
    let anyone = shop.client();
    let ada = shop.test_env.customer().await;
    let leave = |_| async {
        let caller = anyone.with_token(&shop.open_session(&ada, Role::Customer).await);
        // Used before, so that the token is one that is cached as verified.
        caller.get("/api/users/me").await.expect(200);
        caller.send(Method::POST, "/api/users/logout", None).await.expect(204);
        caller.get("/api/users/me").await.expect(401);
    };
    let done = stream::iter(0..200).map(leave).buffer_unordered(8).count().await;
    assert_eq!(done, 200);
}

#[tokio::test]
async fn a_token_expires_though_it_was_good_a_moment_ago() {
    let shop = Shop::open().await;
    let anyone = shop.client();
    let ada = anyone.with_token(&token(&sign_up(&anyone, "ada@example.org").await.expect(201)));
    shop.clock.advance(tokens::TOKEN_LIFETIME_SECONDS - 1);
    ada.get("/api/users/me").await.expect(200);
    shop.clock.advance(1);
    ada.get("/api/users/me").await.expect(401);
}

#[tokio::test]
async fn the_life_of_a_token_is_configured_and_its_session_lives_as_long() {
    let shop = Shop::open().await;
    let brief = shop.app_with(&[("TOKEN_LIFE_SECONDS", "60")]);
    let anyone = shop.test_env.client(users::router(brief, &shop.test_env.http_stack()));
    let ada = anyone.with_token(&token(&sign_up(&anyone, "ada@example.org").await.expect(201)));
    ada.get("/api/users/me").await.expect(200);
    let client = redis::Client::open(shop.test_env.env().required("REDIS_URL").unwrap()).unwrap();
    let mut redis = client.get_multiplexed_async_connection().await.unwrap();
    let keys: Vec<String> =
        redis::cmd("KEYS").arg(format!("{}session:*", shop.test_env.prefix)).query_async(&mut redis).await.unwrap();
    let left: i64 = redis::cmd("TTL").arg(&keys[0]).query_async(&mut redis).await.unwrap();
    assert!((1..=60).contains(&left), "{left} s");
    shop.clock.advance(60);
    ada.get("/api/users/me").await.expect(401);
}
