//! Verifying an address by a link from a mail, and claiming the guests with that address.

use domain::events::{DomainEvent, EventEnvelope, Queue};
use domain::{Timestamp, UserId};
use serde_json::{Value, json};
use testkit::{TestClient, TestResponse};
use tokens::links::{Links, VERIFICATION_SECONDS};

use crate::shop::{Shop, sign_up, token};

fn link(shop: &Shop, user: i64, email: &str, at: Timestamp) -> String {
    let links = Links::new(&shop.test_env.env().required("LINK_KEY").unwrap()).unwrap();
    let user = UserId::new(i32::try_from(user).unwrap());
    links.verification_token(user, &email.to_owned().try_into().unwrap(), at)
}

async fn verify(client: &TestClient, token: &str) -> TestResponse {
    client.post("/api/users/verify", json!({"token": token})).await
}

/// The accounts that were asked to verify their address, by the queue.
async fn asked(shop: &Shop) -> Vec<UserId> {
    let config = queue::Config::from_env(&shop.test_env.env(), &[Queue::Notification]).unwrap();
    let queues = queue::Queues::new(config);
    let url = queues.url(Queue::Notification).unwrap().to_owned();
    let received = queues.client().await.receive_message().queue_url(url).max_number_of_messages(10).send().await;
    let messages = received.unwrap().messages.unwrap_or_default();
    let users = messages.iter().map(|message| {
        let event = EventEnvelope::decode(message.body().unwrap()).unwrap();
        match event.payload {
            DomainEvent::VerificationRequested(asked) => asked.user_id,
            other => panic!("{other:?}"),
        }
    });
    users.collect()
}

async fn account(shop: &Shop, email: &str) -> (i64, TestClient) {
    let welcome = sign_up(&shop.client(), email).await.expect(201);
    (welcome.json()["user"]["id"].as_i64().unwrap(), shop.client().with_token(&token(&welcome)))
}

#[tokio::test]
async fn a_sign_up_asks_for_a_mail_and_its_link_verifies_the_address() {
    let shop = Shop::open().await;
    let (id, ada) = account(&shop, "ada@example.org").await;
    assert_eq!(asked(&shop).await, [UserId::new(i32::try_from(id).unwrap())]);
    let link = link(&shop, id, "ada@example.org", shop.clock.now());
    // Whoever opens the mail, on whatever device.
    let verified = verify(&shop.client(), &link).await.expect(200).json();
    assert_eq!((&verified["id"], &verified["emailVerified"]), (&json!(id), &json!(true)));
    assert_eq!(ada.get("/api/users/me").await.expect(200).json(), verified);
    assert_eq!(verify(&shop.client(), &link).await.expect(200).json(), verified, "repeated");
    let sent = ada.send(http::Method::POST, "/api/users/me/verification", None).await.expect(202);
    assert_eq!(sent.bytes.len(), 0);
    assert_eq!(asked(&shop).await.len(), 1);
}

#[tokio::test]
async fn a_wrong_or_old_link_verifies_nothing() {
    let shop = Shop::open().await;
    let (ada, _) = account(&shop, "ada@example.org").await;
    let (bob, _) = account(&shop, "bob@example.org").await;
    let now = shop.clock.now();
    let good = link(&shop, ada, "ada@example.org", now);
    let mut other = good.clone();
    other.replace_range(30..31, if &good[30..31] == "A" { "B" } else { "A" });
    let guest = shop.test_env.guest().await;
    for wrong in [
        "x",
        &other,
        &link(&shop, ada, "bob@example.org", now),
        &link(&shop, bob, "ada@example.org", now),
        &link(&shop, i64::from(i32::MAX), "ada@example.org", now),
        &link(&shop, i64::from(guest.id.get()), &guest.email, now),
        &link(&shop, ada, "ada@example.org", now.plus_seconds(-VERIFICATION_SECONDS)),
    ] {
        let refused = verify(&shop.client(), wrong).await.expect(400).json();
        let expected = json!([{"field": "token", "message": "is wrong or has expired"}]);
        assert_eq!(refused["errors"], expected, "{wrong}");
    }
    assert_eq!(shop.count("select count(*) from users where email_verified_at is not null").await, 0);
    shop.clock.advance(VERIFICATION_SECONDS);
    verify(&shop.client(), &good).await.expect(400);
}

#[tokio::test]
async fn a_verified_address_claims_its_guests_and_ends_their_sessions() {
    let shop = Shop::open().await;
    let begin = async |email: &str| {
        let welcome = shop.client().post("/api/users/guest", json!({"email": email, "name": "Ada"})).await.expect(201);
        (welcome.json()["guest"]["id"].clone(), shop.client().with_token(&token(&welcome)))
    };
    let (first, second, other) =
        (begin("ada@example.org").await, begin("ADA@example.org").await, begin("bob@example.org").await);
    let (id, _) = account(&shop, "ada@example.org").await;
    let claimed = "select count(*) from guests where claimed_by is not null and claimed_at is not null";
    assert_eq!(shop.count(claimed).await, 0, "an address that is not verified claims nobody");
    for (_, guest) in [&first, &second, &other] {
        guest.get("/api/users/me").await.expect(200);
    }
    let link = link(&shop, id, "ada@example.org", shop.clock.now());
    let both =
        tokio::join!(async { verify(&shop.client(), &link).await }, async { verify(&shop.client(), &link).await });
    assert_eq!((both.0.status.as_u16(), both.1.status.as_u16()), (200, 200));
    assert_eq!(shop.count(claimed).await, 2);
    for (_, guest) in [&first, &second] {
        guest.get("/api/users/me").await.expect(401);
    }
    other.1.get("/api/users/me").await.expect(200);
    // The address is bought with once more: a mail that is opened again claims that guest, too.
    begin("ada@example.org").await;
    verify(&shop.client(), &link).await.expect(200);
    assert_eq!(shop.count(claimed).await, 3);
    assert_ne!(first.0, Value::Null);
}

#[tokio::test]
async fn a_disabled_account_verifies_nothing_and_no_guest_notices() {
    let shop = Shop::open().await;
    let (id, _) = account(&shop, "ada@example.org").await;
    let welcome =
        shop.client().post("/api/users/guest", json!({"email": "ada@example.org", "name": "Ada"})).await.expect(201);
    let mut db = shop.test_env.connection("USERDB_URL").await;
    sqlx::query("update users set disabled_at = now()").execute(&mut *db).await.unwrap();
    let link = link(&shop, id, "ada@example.org", shop.clock.now());
    verify(&shop.client(), &link).await.expect(400);
    shop.client().with_token(&token(&welcome)).get("/api/users/me").await.expect(200);
}

#[tokio::test]
async fn without_a_queue_people_sign_up_and_without_redis_nobody_is_claimed() {
    let shop = Shop::open().await;
    let guest = shop.client().post("/api/users/guest", json!({"email": "ada@example.org", "name": "Ada"})).await;
    let at = |changed: &[(&str, &str)]| {
        shop.test_env.client(users::router(shop.app_with(changed), &shop.test_env.http_stack()))
    };
    let no_queue = at(&[("AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:1")]);
    let welcome = sign_up(&no_queue, "ada@example.org").await.expect(201);
    let ada = no_queue.with_token(&token(&welcome));
    ada.send(http::Method::POST, "/api/users/me/verification", None).await.expect(503);

    let id = welcome.json()["user"]["id"].as_i64().unwrap();
    let link = link(&shop, id, "ada@example.org", shop.clock.now());
    verify(&at(&[("REDIS_URL", "redis://127.0.0.1:1")]), &link).await.expect(503);
    assert_eq!(shop.count("select count(*) from users where email_verified_at is not null").await, 0);
    assert_eq!(shop.count("select count(*) from guests where claimed_by is not null").await, 0);
    shop.client().with_token(&token(&guest)).get("/api/users/me").await.expect(200);
    verify(&shop.client(), &link).await.expect(200);
    assert_eq!(shop.count("select count(*) from guests where claimed_by is not null").await, 1);
    // An unavailable orderdb keeps nobody from verifying: recovery moves the orders.
    begin_and_verify_without_orderdb(&shop, id).await;
}

async fn begin_and_verify_without_orderdb(shop: &Shop, id: i64) {
    shop.client().post("/api/users/guest", json!({"email": "ada@example.org", "name": "Ada"})).await.expect(201);
    let app = shop.app_with(&[("ORDERDB_URL", "postgres://fn_users@127.0.0.1:1/orderdb")]);
    let client = shop.test_env.client(users::router(app, &shop.test_env.http_stack()));
    verify(&client, &link(shop, id, "ada@example.org", shop.clock.now())).await.expect(200);
    assert_eq!(shop.count("select count(*) from guests where claimed_by is not null").await, 2);
}
