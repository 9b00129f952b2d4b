//! Cursors that no list made.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::documented_lists;
use crate::fill::{FilledList, TestShop};

fn encode_cursor(key: &Value) -> String {
    URL_SAFE_NO_PAD.encode(key.to_string())
}

/// The key with each of its numbers and texts replaced by each value that `wrong` returns for it.
fn with_replaced_leaves(key: &Value, wrong: &dyn Fn(&Value) -> Vec<Value>) -> Vec<Value> {
    match key {
        Value::Array(members) => (0..members.len())
            .flat_map(|place| {
                let put = move |other| {
                    let mut key = members.clone();
                    key[place] = other;
                    Value::Array(key)
                };
                with_replaced_leaves(&members[place], wrong).into_iter().map(put)
            })
            .collect(),
        Value::Object(members) => {
            let inner = members.iter().flat_map(|(name, member)| {
                with_replaced_leaves(member, wrong).into_iter().map(move |other| json!({name: other}))
            });
            inner.chain(members.values().map(|member| json!({"other": member}))).collect()
        }
        leaf => wrong(leaf),
    }
}

/// Values that no key can have in place of a number or a text.
fn invalid_values(leaf: &Value) -> Vec<Value> {
    let mut wrong =
        vec![json!(null), json!(true), json!([]), json!({}), json!([leaf]), json!(1.5), json!(1e300), json!(i64::MIN)];
    match leaf {
        Value::String(text) => {
            wrong.extend([json!(7), json!("\0"), json!("x".repeat(3000))]);
            if text.ends_with('Z') {
                for date in ["2026-02-31T00:00:00.000Z", "+99999-01-01T00:00:00.000Z", "2026-01-01T00:00:00Z", "now"] {
                    wrong.push(json!(date));
                }
            }
        }
        number => wrong.extend([json!(number.to_string()), json!(number.as_f64()), json!(u64::MAX)]),
    }
    wrong
}

/// Every forgery of one cursor that must be rejected.
fn forged_cursors(cursor: &str) -> Vec<String> {
    let key: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(cursor).unwrap()).unwrap();
    let mut longer = key.clone();
    match &mut longer {
        Value::Array(members) => members.push(json!(1)),
        Value::Object(members) => drop(members.insert("more".to_owned(), json!(1))),
        leaf => *leaf = json!([leaf.clone(), 1]),
    }
    let keys = with_replaced_leaves(&key, &invalid_values).into_iter().chain([
        longer,
        json!([key]),
        json!({"key": key}),
        json!([]),
        json!({}),
    ]);
    let spaced = URL_SAFE_NO_PAD.encode(format!(" {key}"));
    let tail = URL_SAFE_NO_PAD.encode(format!("{key}x"));
    let raw = [
        format!("{cursor}="),
        format!("{cursor}%3D%3D"),
        format!("{cursor}%00"),
        format!("%20{cursor}"),
        "x".repeat(5000),
    ];
    keys.map(|key| encode_cursor(&key)).chain([spaced, tail]).chain(raw).collect()
}

async fn status(filled: &FilledList, cursor: &str) -> u16 {
    let path = format!("{}limit=1&cursor={cursor}", filled.path);
    let reply = filled.reader.get(&path).await;
    let status = reply.status.as_u16();
    if status == 400 {
        assert_eq!(reply.json()["errors"][0]["field"], "cursor", "{path}");
    }
    status
}

#[tokio::test]
async fn a_forged_cursor_is_refused_by_every_list() {
    let world = TestShop::open().await;
    // The same cursors in every run.
    let mut random = TestRunner::deterministic();
    let anything = prop_oneof![
        "[A-Za-z0-9_-]{1,80}",
        proptest::collection::vec(any::<u8>(), 1..60).prop_map(|bytes| URL_SAFE_NO_PAD.encode(bytes)),
        (any::<i64>(), any::<i64>(), "\\PC{0,20}").prop_map(|(a, b, c)| encode_cursor(&json!([a, b, c]))),
        any::<i64>().prop_map(|number| encode_cursor(&json!(number))),
    ];
    for list in documented_lists().iter().filter(|list| list.is_paged) {
        let filled = world.fill(list, 3).await;
        let orders: &[&str] = match list.path.as_str() {
            "/api/products" => &["newest", "price", "-price", "name", "-rating"],
            "/api/reviews/product/{productId}" => &["newest", "rating", "-rating"],
            _ => &[""],
        };
        for order in orders {
            let sort = if order.is_empty() { String::new() } else { format!("sort={order}&") };
            let filled = FilledList { path: format!("{}{sort}", filled.path), reader: filled.reader.clone(), ..filled };
            let first = filled.reader.get(&format!("{}limit=1", filled.path)).await.expect(200);
            let link = first.header("link").to_owned();
            let cursor = link.split("cursor=").nth(1).and_then(|rest| rest.split('>').next()).expect("a next page");
            assert_eq!(status(&filled, cursor).await, 200, "{}", filled.path);
            for forged in forged_cursors(cursor) {
                let key = URL_SAFE_NO_PAD.decode(&forged).map(|key| String::from_utf8_lossy(&key).into_owned());
                assert_eq!(status(&filled, &forged).await, 400, "{}cursor={forged} {key:?}", filled.path);
            }
            for _ in 0..64 {
                let forged = anything.new_tree(&mut random).unwrap().current();
                let status = status(&filled, &forged).await;
                assert!([200, 400].contains(&status), "{}cursor={forged}: {status}", filled.path);
            }
        }
    }
}
