//! Pages of a user's notifications.

use std::collections::HashSet;

use notifications::{App, router};
use serde_json::{Value, json};
use testkit::{TestClient, TestEnv, TestUser};

async fn send_message(shop: &TestClient, admin: &TestUser, to: &TestUser, message: &str) {
    let body = json!({"userId": to.id, "type": "news", "message": message});
    shop.as_user(admin).post("/api/notifications", body).await.expect(201);
}

fn next_path(link: &str) -> Option<String> {
    link.strip_prefix('<')?.split_once('>').map(|(path, _)| path.to_owned())
}

#[tokio::test]
async fn pages_join_without_gap_or_repeat_while_more_arrive() {
    let test_env = TestEnv::new().await;
    let shop =
        test_env.client(router(App::from_env(&test_env.env(), &test_env.clock).unwrap(), &test_env.http_stack()));
    let (ada, bob, admin) = (test_env.customer().await, test_env.customer().await, test_env.admin().await);
    for n in 0..7 {
        send_message(&shop, &admin, &ada, &format!("{n}")).await;
        send_message(&shop, &admin, &bob, "not yours").await;
    }
    let (mut path, mut seen): (_, Vec<Value>) = (format!("/api/notifications/user/{}?limit=3", ada.id), Vec::new());
    let mut sizes = Vec::new();
    loop {
        let page = shop.as_user(&ada).get(&path).await.expect(200);
        let rows = page.json().as_array().unwrap().clone();
        sizes.push(rows.len());
        seen.extend(rows);
        send_message(&shop, &admin, &ada, "meanwhile").await;
        let Some(link) = next_path(page.header("link")) else { break };
        assert!(link.contains("limit=3"), "{link}");
        path = link;
    }
    assert_eq!(sizes, [3, 3, 1]);
    let ids: HashSet<_> = seen.iter().map(|row| row["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 7);
    assert!(seen.iter().all(|row| row["message"] != "meanwhile" && row["userId"] == json!(ada.id)));
    assert!(seen.is_sorted_by(|a, b| a["createdAt"].as_str() >= b["createdAt"].as_str()), "newest first");
}

#[tokio::test]
async fn a_page_of_long_messages_stays_below_a_megabyte() {
    let test_env = TestEnv::new().await;
    let shop =
        test_env.client(router(App::from_env(&test_env.env(), &test_env.clock).unwrap(), &test_env.http_stack()));
    let (ada, admin) = (test_env.customer().await, test_env.admin().await);
    // 20 kB each: 4-byte characters.
    let long = "🫖".repeat(5000);
    for _ in 0..60 {
        send_message(&shop, &admin, &ada, &long).await;
    }
    let (mut path, mut rows, mut pages) = (format!("/api/notifications/user/{}?limit=100", ada.id), 0, 0);
    loop {
        let page = shop.as_user(&ada).get(&path).await.expect(200);
        assert!(page.bytes.len() < 1_000_000, "{}", page.bytes.len());
        (rows, pages) = (rows + page.json().as_array().unwrap().len(), pages + 1);
        let Some(link) = next_path(page.header("link")) else { break };
        path = link;
    }
    assert_eq!(rows, 60);
    assert!(pages > 1);
}
