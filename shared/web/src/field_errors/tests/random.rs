//! Bodies that are random or randomly damaged.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::subsequence;
use serde_json::json;

use super::*;

/// Ways to damage a valid body, each by itself, and the field that each damages.
fn mutations() -> Vec<(&'static str, &'static str, Option<Value>)> {
    vec![
        ("name", "/name", None),
        ("productId", "/productId", Some(json!("7"))),
        ("items[0].quantity", "/items/0/quantity", Some(json!(0))),
        ("items[0].colour", "/items/0/colour", None),
        ("items[0].x", "/items/0/x", Some(json!([[]]))),
        ("items[1].quantity", "/items/1/quantity", None),
        ("items[1].colour", "/items/1/colour", Some(json!({"a": 1}))),
        ("payment.method", "/payment/method", Some(json!(""))),
        ("payment.card", "/payment/card", Some(json!("4"))),
        ("note", "/note", Some(json!([]))),
        ("extra", "/extra", Some(json!("x"))),
        ("sort", "/sort", Some(json!("oldest"))),
        ("limit", "/limit", Some(json!(null))),
        ("role", "/role", Some(json!("admin"))),
        ("price", "/price", Some(json!(1))),
    ]
}

fn mutated_body(by: &[(&str, &str, Option<Value>)]) -> Value {
    let line = json!({"quantity": 1, "colour": "red"});
    let mut body = json!({"name": "x", "productId": 1, "items": [line, line, line], "payment": {"method": "x"},
        "note": "y", "extra": {"a": [1, {}]}, "sort": "price", "limit": 9});
    for (_, pointer, value) in by {
        let (parent, member) = pointer.rsplit_once('/').unwrap();
        let parent = body.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        match value {
            Some(value) => drop(parent.insert(member.to_owned(), value.clone())),
            None => drop(parent.remove(member)),
        }
    }
    body
}

#[test]
fn each_mutation_is_reported_for_its_own_field() {
    assert!(serde_json::from_value::<JsonObject<TestRequest>>(mutated_body(&[])).is_ok());
    for spoiler in mutations() {
        let messages = field_messages(problem_for(&mutated_body(std::slice::from_ref(&spoiler)).to_string()));
        assert_eq!(messages.iter().map(|(field, _)| &**field).collect::<Vec<_>>(), [spoiler.0]);
    }
}

/// Any JSON value, and some valid ones.
fn any_value() -> impl Strategy<Value = Value> {
    let some = [
        json!(null),
        json!(true),
        json!(3),
        json!(-3),
        json!(2.5),
        json!(2.0),
        json!("x"),
        json!("price"),
        json!(""),
        json!([]),
        json!({}),
        json!([{"quantity": 1, "colour": "red"}]),
        json!({"method": "x"}),
    ];
    let leaf = proptest::sample::select(some.to_vec());
    leaf.prop_recursive(2, 12, 3, |inner| {
        let items = proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::Array);
        let names = proptest::sample::select(vec!["quantity", "colour", "method", "a"]);
        let members = proptest::collection::vec((names, inner), 0..3);
        prop_oneof![items, members.prop_map(|members| members.into_iter().collect())]
    })
}

proptest! {
    #[test]
    fn exactly_what_serde_rejects_has_an_error(
        values in proptest::collection::vec(any_value(), 9),
        of in subsequence(vec!["limit", "bag", "name", "productId", "items", "payment", "note", "extra", "sort"], 0..=9),
        good in subsequence(vec!["name", "productId", "items"], 0..=3),
    ) {
        let mut body = Map::new();
        body.extend(of.iter().map(|name| (*name).to_owned()).zip(values));
        let names = good.iter().map(|name| (*name).to_owned());
        body.extend(names.map(|name| { let value = mutated_body(&[])[&name].clone(); (name, value) }));
        // The one difference: serde_json accepts `{"price": null}` for "price".
        prop_assume!(!body.get("sort").is_some_and(Value::is_object));
        let body = Value::Object(body).to_string();
        let root = Node::parse(body.as_bytes(), usize::MAX).unwrap().unwrap();
        let errors = ErrorList::new("body");
        let read = Position { node: &root, path: &FieldPath::Root, errors: &errors }.read::<JsonObject<TestRequest>>();
        let serde = serde_json::from_str::<JsonObject<TestRequest>>(&body);
        prop_assert_eq!(serde.is_ok(), errors.found.borrow().is_empty(), "{}: {:?} {:?}", body, serde, errors.found);
        prop_assert_eq!(serde.is_ok(), read.is_ok());
    }

    #[test]
    fn every_mutated_field_is_named_and_nothing_else(by in subsequence(mutations(), 1..=15)) {
        let messages = field_messages(problem_for(&mutated_body(&by).to_string()));
        let named: BTreeSet<&str> = messages.iter().map(|(field, _)| &**field).collect();
        prop_assert_eq!(named.len(), messages.len());
        prop_assert_eq!(named, by.iter().map(|spoiler| spoiler.0).collect());
    }
}
