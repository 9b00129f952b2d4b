//! The cookie that recognizes a device works with every event source.

use api_client::ApiRequest;
use lambda_events::EventSource;
use serde_json::json;

use crate::harness::Harness;

fn login_request(email: &str, password: &str) -> ApiRequest {
    ApiRequest::post("/api/users/login", &json!({"email": email, "password": password}))
}

#[tokio::test]
async fn the_device_cookie_works_with_every_event_source() {
    let mut world = Harness::new().await;
    let password = "correct horse battery";
    for (n, form) in EventSource::ALL.into_iter().enumerate() {
        let email = format!("ada{n}@example.org");
        let account = json!({"name": "Ada Lovelace", "email": email, "password": password});
        let welcome = world.send(&ApiRequest::post("/api/users/signup", &account), form).await;
        assert_eq!(welcome.status, 201, "{form:?}");
        let back = world.send(&login_request(&email, password), form).await;
        for response in [&welcome, &back] {
            let cookie = response.header("set-cookie");
            assert!(
                cookie.starts_with("device=") && cookie.ends_with("; HttpOnly; Secure; SameSite=Strict"),
                "{form:?}: {cookie}"
            );
        }
        let cookie = back.header("set-cookie").split(';').next().unwrap().to_owned();
        let device =
            |password: &str| login_request(&email, password).with_header("cookie", &format!("theme=dark; {cookie}"));
        for _ in 0..10 {
            assert_eq!(world.send(&device("not the password"), form).await.status, 401, "{form:?}");
        }
        // Only the device that failed has to wait, not others at the same address.
        assert_eq!(world.send(&device(password), form).await.status, 429, "{form:?}");
        assert_eq!(world.send(&login_request(&email, password), form).await.status, 200, "{form:?}");
    }
}
