//! What a client may send as an event, to the byte.

use domain::analytics::{EventType, MAX_METADATA_BYTES, Metadata};
use serde_json::{Map, Value, json};

#[test]
fn an_event_type_begins_with_a_letter_and_is_kept_as_it_is() {
    let longest = "a".repeat(64);
    for good in ["a", "product.view", "a_b.c9_", &longest] {
        let kind: EventType = serde_json::from_value(json!(good)).unwrap();
        assert_eq!((kind.as_str(), String::from(kind.clone()).as_str(), json!(kind)), (good, good, json!(good)));
    }
    for bad in ["", "A", "aB", "1a", ".a", "_a", "a-b", "a b", "ä", "aä", &"a".repeat(65)] {
        assert!(serde_json::from_value::<EventType>(json!(bad)).is_err(), "{bad} was read");
    }
}

#[test]
fn metadata_has_at_most_8_kilobytes_of_json() {
    assert_eq!(MAX_METADATA_BYTES, 8_192);
    let of = |bytes: usize| {
        let map =
            Map::from_iter([("a".to_owned(), Value::from("x".repeat(bytes - json!({"a": ""}).to_string().len())))]);
        (map.clone(), Metadata::try_from(map).map(Metadata::into_map).ok())
    };
    let (sent, kept) = of(MAX_METADATA_BYTES);
    assert_eq!(kept, Some(sent));
    assert_eq!(of(MAX_METADATA_BYTES + 1).1, None);
}
