//! The cookie by which a device is known passes every front door, both ways.

use edge::{Form, Request};
use serde_json::json;

use crate::world::World;

fn log_in(email: &str, password: &str) -> Request {
    Request::new("POST", "/api/users/login").json(&json!({"email": email, "password": password}))
}

#[tokio::test]
async fn a_device_is_known_again_behind_every_front_door() {
    let mut world = World::open().await;
    let password = "correct horse battery";
    for (n, form) in Form::ALL.into_iter().enumerate() {
        let email = format!("ada{n}@example.org");
        let account = json!({"name": "Ada Lovelace", "email": email, "password": password});
        let welcome = world.ask(&Request::new("POST", "/api/users/signup").json(&account), form).await;
        assert_eq!(welcome.status, 201, "{form:?}");
        let back = world.ask(&log_in(&email, password), form).await;
        for reply in [&welcome, &back] {
            let cookie = reply.headers.get("set-cookie").unwrap_or_else(|| panic!("{form:?} lost the cookie"));
            assert!(cookie.starts_with("device=") && cookie.ends_with("; HttpOnly; Secure; SameSite=Strict"));
        }
        let cookie = back.headers["set-cookie"].split(';').next().unwrap().to_owned();
        let device = |password: &str| log_in(&email, password).header("cookie", &format!("theme=dark; {cookie}"));
        for _ in 0..10 {
            assert_eq!(world.ask(&device("not the password"), form).await.status, 401, "{form:?}");
        }
        // These were the device's own failures: it has to wait, and nobody else at this address.
        assert_eq!(world.ask(&device(password), form).await.status, 429, "{form:?}");
        assert_eq!(world.ask(&log_in(&email, password), form).await.status, 200, "{form:?}");
    }
}
