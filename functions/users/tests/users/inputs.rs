//! Every kind of invalid input is a 4xx that names its field and has no effect.

use http::Method;
use serde_json::{Value, json};

use crate::shop::{PASSWORD, Shop, log_in};

/// Values that no text field accepts.
fn wrong_values() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(9_223_372_036_854_775_808_u64),
        json!([]),
        json!(["a@example.org"]),
        json!({}),
        json!({"$ne": null}),
        json!({"$gt": ""}),
        json!({"a": {"b": {"c": []}}}),
        json!(""),
        json!("x".repeat(10_000)),
    ]
}

fn bad_names() -> Vec<Value> {
    let texts = [
        "A",
        " A ",
        "    ",
        "A\u{0}B",
        "A\u{1b}[31mB",
        "\u{200b}\u{200b}",
        "\u{2060}\u{2060}",
        "\u{feff}\u{feff}",
        "\u{3164}\u{3164}",
        "\u{2800}\u{2800}",
        "\u{ad}\u{ad}",
        "Ada\u{202e}ecalevoL",
        "Ada\nLovelace",
        "Ada\u{200b}",
    ];
    texts.into_iter().map(Value::from).chain([json!("n".repeat(101))]).collect()
}

fn bad_emails() -> Vec<Value> {
    let texts = [
        "ada",
        "ada@",
        "@example.org",
        "ada@example",
        "a da@example.org",
        "ada@exa mple.org",
        "a..b@example.org",
        "ada@-example.org",
        "ada@example..org",
        "ada@example.org\u{0}",
        "ada@example.org\r\nBcc: x@example.org",
        "\"ada\"@example.org",
        "ada@[127.0.0.1]",
        "<ada@example.org>",
        "ada@example.org,bob@example.org",
        "ad\u{e0}@example.org",
        "\u{212a}@example.org",
        "ada@exampl\u{e9}.org",
    ];
    let long = [
        format!("{}@example.org", "a".repeat(65)),
        format!("a@{}.org", "b".repeat(64)),
        format!("a@{}org", "b.".repeat(130)),
    ];
    texts.into_iter().map(Value::from).chain(long.map(Value::from)).collect()
}

/// For a user with the address ada.lovelace@example.org.
fn bad_passwords() -> Vec<Value> {
    let texts = [
        "seven77",
        "password",
        "PASSWORD",
        "12345678",
        "qwertyuiop",
        "        ",
        "aaaaaaaaaaaa",
        "ada.lovelace@example.org",
        "ADA.LOVELACE",
        "I am ada.lovelace!",
        "lambda shop 1",
        "Lambda-Shop!",
    ];
    texts.into_iter().map(Value::from).chain([json!("ü".repeat(7)), json!("p".repeat(129))]).collect()
}

fn good_sign_up() -> Value {
    json!({"name": "Ada Lovelace", "email": "ada.lovelace@example.org", "password": PASSWORD})
}

fn good_log_in() -> Value {
    json!({"email": "ada@example.org", "password": PASSWORD})
}

#[tokio::test]
async fn every_bad_value_of_every_field_is_rejected_by_name() {
    let shop = Shop::open().await;
    let anyone = shop.client();
    let too_long = || json!("p".repeat(129));
    let tables: [(&str, Value, &str, Vec<Value>); 5] = [
        ("signup", good_sign_up(), "name", bad_names()),
        ("signup", good_sign_up(), "email", bad_emails()),
        ("signup", good_sign_up(), "password", bad_passwords()),
        ("login", good_log_in(), "email", bad_emails()),
        ("login", good_log_in(), "password", vec![too_long()]),
    ];
    for (route, good, field, bad) in tables {
        let path = format!("/api/users/{route}");
        let mut without = good.clone();
        without.as_object_mut().unwrap().remove(field);
        let with = |value: Value| {
            let mut body = good.clone();
            body[field] = value;
            body
        };
        let bodies = bad.into_iter().chain(wrong_values()).map(with).chain([without]);
        for body in bodies {
            let reply = anyone.post(&path, body.clone()).await;
            let shown: String = body.to_string().chars().take(200).collect();
            assert_eq!(reply.status, 400, "{route} took {shown}");
            assert_eq!(reply.json()["errors"][0]["field"], json!(field), "{shown}");
        }
    }
    assert_eq!(shop.count("select count(*) from users").await, 0);
    // A request rejected for its form was no login attempt either.
    log_in(&anyone, "ada@example.org", "short").await.expect(401);
}

#[tokio::test]
async fn no_field_grants_privileges() {
    let shop = Shop::open().await;
    let anyone = shop.client();
    let forbidden = [
        ("role", json!("admin")),
        ("id", json!(1)),
        ("isAdmin", json!(true)),
        ("admin", json!(true)),
        ("userId", json!(1)),
        ("createdAt", json!("2020-01-01T00:00:00.000Z")),
        ("updatedAt", json!(null)),
        ("passwordHash", json!("none")),
        ("password_hash", json!("none")),
        ("emailVerified", json!(true)),
        ("token", json!("x")),
        ("session", json!({})),
        ("permissions", json!(["*"])),
        ("__proto__", json!({"role": "admin"})),
        ("constructor", json!({})),
        ("Role", json!("admin")),
        ("user", json!({"role": "admin"})),
        ("status", json!("active")),
    ];
    for (route, good) in [("signup", good_sign_up()), ("login", good_log_in())] {
        for (field, value) in &forbidden {
            let mut body = good.clone();
            body[*field] = value.clone();
            let reply = anyone.post(&format!("/api/users/{route}"), body).await.expect(400);
            assert_eq!(reply.json()["errors"][0]["field"], json!(field), "{route}");
        }
    }
    assert_eq!(shop.count("select count(*) from users").await, 0);
}

#[tokio::test]
async fn a_body_is_json_of_a_bounded_size_and_depth() {
    let shop = Shop::open().await;
    let json = "application/json";
    let deep = format!(r#"{{"name":{}{}}}"#, "[".repeat(40), "]".repeat(40));
    let large = format!(r#"{{"name":"{}"}}"#, "x".repeat(256 * 1024));
    let good = good_sign_up().to_string();
    let cases: [(&str, &str, u16); 19] = [
        (json, "", 400),
        (json, "{", 400),
        (json, "null", 400),
        (json, "[]", 400),
        (json, "\"text\"", 400),
        (json, "7", 400),
        (json, "not json", 400),
        (json, "{\"name\":\"Ada\",}", 400),
        (json, "{'name':'Ada'}", 400),
        (json, "{\"name\":\"\\ud800\"}", 400),
        (json, "{\"name\":\"Ada L\",\"name\":\"Bob\"}", 400),
        (json, "\u{feff}{}", 400),
        (json, &format!("{good}{good}"), 400),
        (json, &deep, 400),
        (json, &large, 413),
        ("text/plain", &good, 415),
        ("application/x-www-form-urlencoded", "name=Ada", 415),
        ("multipart/form-data; boundary=x", &good, 415),
        ("", &good, 415),
    ];
    for route in ["signup", "login"] {
        for (media, body, status) in cases {
            let client = shop.client().with_header("content-type", media);
            let reply = client.send(Method::POST, &format!("/api/users/{route}"), Some(body.to_owned())).await;
            let shown: String = body.chars().take(60).collect();
            assert_eq!(reply.status, status, "{route} {media} {shown}");
            assert_eq!(reply.header("content-type"), "application/problem+json");
            if status == 400 {
                assert!(reply.json()["errors"][0]["field"].is_string(), "{shown}");
            }
        }
    }
    assert_eq!(shop.count("select count(*) from users").await, 0);
}

#[tokio::test]
async fn an_invalid_id_in_the_path_is_rejected_and_nothing_is_looked_up() {
    let shop = Shop::open().await;
    let admin = shop.client().as_user(&shop.test_env.admin().await);
    for id in [
        "0",
        "-1",
        "+1",
        "01",
        "1.0",
        "1e3",
        "abc",
        "2147483648",
        "9223372036854775808",
        "99999999999999999999999",
        "%201",
        "1%00",
        "1%27%20or%20%271%27=%271",
        "null",
        "undefined",
        "%F0%9F%92%A9",
        "me%2F1",
        "..%2F1",
    ] {
        let reply = admin.get(&format!("/api/users/{id}")).await;
        assert_eq!(reply.status, 400, "{id}");
        assert_eq!(reply.json()["errors"][0]["field"], json!("id"), "{id}");
    }
    admin.get("/api/users/%FF").await.expect(400);
    admin.get("/api/users/1/2").await.expect(404);
    let reply = admin.get("/api/users").await;
    assert_eq!(reply.status, 400);
    assert_eq!(reply.json()["errors"][0]["field"], json!("ids"));
}

#[tokio::test]
async fn an_unsupported_method_gets_the_list_of_allowed_ones() {
    let shop = Shop::open().await;
    let admin = shop.client().as_user(&shop.test_env.admin().await);
    for (method, path, allowed) in [
        (Method::GET, "/api/users/signup", "POST"),
        (Method::PUT, "/api/users/login", "POST"),
        (Method::GET, "/api/users/logout", "POST"),
        (Method::DELETE, "/api/users/me", "GET,HEAD"),
        (Method::DELETE, "/api/users/1", "GET,HEAD"),
        (Method::PATCH, "/api/users/1", "GET,HEAD"),
    ] {
        let reply = admin.send(method.clone(), path, None).await;
        assert_eq!((reply.status.as_u16(), reply.header("allow")), (405, allowed), "{method} {path}");
    }
}
