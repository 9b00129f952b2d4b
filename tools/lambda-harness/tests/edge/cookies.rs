//! The device cookie passes every event source, in both directions.

use lambda_harness::{EventSource, HttpRequest};
use serde_json::json;

use crate::harness::Harness;

fn login_request(email: &str, password: &str) -> HttpRequest {
    HttpRequest::new("POST", "/api/users/login").json(&json!({"email": email, "password": password}))
}

#[tokio::test]
async fn the_device_cookie_works_with_every_event_source() {
    let mut world = Harness::new().await;
    let password = "correct horse battery";
    for (n, form) in EventSource::ALL.into_iter().enumerate() {
        let email = format!("ada{n}@example.org");
        let account = json!({"name": "Ada Lovelace", "email": email, "password": password});
        let welcome = world.send(&HttpRequest::new("POST", "/api/users/signup").json(&account), form).await;
        assert_eq!(welcome.status, 201, "{form:?}");
        let back = world.send(&login_request(&email, password), form).await;
        for reply in [&welcome, &back] {
            let cookie = reply.headers.get("set-cookie").unwrap_or_else(|| panic!("{form:?} lost the cookie"));
            assert!(cookie.starts_with("device=") && cookie.ends_with("; HttpOnly; Secure; SameSite=Strict"));
        }
        let cookie = back.headers["set-cookie"].split(';').next().unwrap().to_owned();
        let device =
            |password: &str| login_request(&email, password).header("cookie", &format!("theme=dark; {cookie}"));
        for _ in 0..10 {
            assert_eq!(world.send(&device("not the password"), form).await.status, 401, "{form:?}");
        }
        // These were the device's own failures: it must wait, and nobody else at this address must.
        assert_eq!(world.send(&device(password), form).await.status, 429, "{form:?}");
        assert_eq!(world.send(&login_request(&email, password), form).await.status, 200, "{form:?}");
    }
}
