use super::*;
use serde_json::json;

fn metadata(value: Value) -> Result<Metadata, serde_json::Error> {
    serde_json::from_value(value)
}

#[test]
fn metadata_is_small_shallow_and_free_of_operators() {
    assert!(metadata(json!({"a": {"b": {"c": {"d": {}}}}})).is_ok());
    assert!(metadata(json!({"n": [i64::MIN, i64::MAX, 1.5, -9.2e18]})).is_ok());
    for bad in [
        json!({"a": {"b": {"c": {"d": {"e": {}}}}}}),
        json!({"$where": 1}),
        json!({"a.b": 1}),
        json!({"a": [{"$gt": ""}]}),
        json!({"a": "x".repeat(9000)}),
        json!({"n": u64::MAX}),
        json!({"n": 1e300}),
        serde_json::from_str(r#"{"n": -9223372036854775809}"#).unwrap(),
        json!({"n": [-9.3e18]}),
        json!({"a\u{0}": 1}),
        json!({"a\u{202e}b": 1}),
        json!({"\u{200b}": 1}),
        json!([]),
        json!("x"),
    ] {
        assert!(metadata(bad.clone()).is_err(), "{bad}");
    }
}
