//! Reads lists page by page to the end.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use testkit::TestResponse;

use crate::documented_lists;
use crate::fill::{FilledList, TestShop};

/// The maximum response that an ALB accepts from a function.
const MAX_RESPONSE_BYTES: usize = 1_000_000;

/// The size of a response as Lambda hands it over, as text or in Base64: the larger.
fn lambda_payload_size(reply: &TestResponse) -> usize {
    let headers: Vec<(&str, &str)> =
        reply.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
    let single: serde_json::Map<String, Value> = headers.iter().map(|(n, v)| ((*n).to_owned(), json!(v))).collect();
    let multiple: serde_json::Map<String, Value> = headers.iter().map(|(n, v)| ((*n).to_owned(), json!([v]))).collect();
    let size = |body: Value, encoded: bool| {
        let response = json!({"statusCode": 200, "headers": single, "multiValueHeaders": multiple, "body": body,
                            "isBase64Encoded": encoded, "cookies": []});
        response.to_string().len()
    };
    let text = std::str::from_utf8(&reply.bytes).unwrap();
    size(json!(text), false).max(size(json!(STANDARD.encode(text)), true))
}

/// The rows of a list response, or of the one list in it.
fn rows(response: Value) -> Vec<Value> {
    match response {
        Value::Array(rows) => rows,
        Value::Object(mut members) => {
            let list = ["recentEvents", "eventsByType", "items", "refunds", "countries"]
                .into_iter()
                .find_map(|name| members.remove(name));
            list.and_then(|list| list.as_array().cloned()).expect("a list")
        }
        other => panic!("{other} has no rows"),
    }
}

/// All rows, page by page, and the number of pages.
async fn read_all_pages(filled: &FilledList, limit: &str) -> (Vec<Value>, usize) {
    let (mut all, mut pages, mut path) = (Vec::new(), 0, format!("{}{limit}", filled.path));
    loop {
        let reply = filled.reader.get(&path).await.expect(200);
        let size = lambda_payload_size(&reply);
        assert!(size < MAX_RESPONSE_BYTES, "{path}: {size} bytes");
        let link = reply.header("link").to_owned();
        let page = rows(reply.json());
        assert!(!page.is_empty() || filled.rows == 0, "{path}: an empty page");
        all.extend(page);
        pages += 1;
        let Some(next) = link.strip_prefix('<').and_then(|link| link.split_once('>')) else { return (all, pages) };
        assert_eq!(next.1, "; rel=\"next\"");
        path = next.0.to_owned();
    }
}

#[tokio::test]
async fn no_list_exceeds_the_response_limit_and_none_loses_a_row() {
    let world = TestShop::open().await;
    for list in &documented_lists() {
        let count = match list.path.as_str() {
            "/api/orders" => 30,
            "/api/orders/{id}" | "/api/orders/shipping-methods/{id}" => 1,
            _ => 80,
        };
        let filled = world.fill(list, count).await;
        let limit = if list.is_paged { "limit=100" } else { "" };
        let (all, pages) = read_all_pages(&filled, limit).await;
        let distinct: HashSet<String> = all.iter().map(Value::to_string).collect();
        assert_eq!(distinct.len(), all.len(), "{}: a row is there twice", list.path);
        assert_eq!(pages > 1, filled.is_cut, "{}: {pages} pages", list.path);
        if list.is_paged {
            assert_eq!(all.len(), filled.rows, "{}", list.path);
            let (again, pages) = read_all_pages(&filled, "limit=7").await;
            assert_eq!(again, all, "{}: page by page the same rows in the same order", list.path);
            assert!(pages >= filled.rows.div_ceil(7), "{}: {pages} pages", list.path);
        }
    }
}
