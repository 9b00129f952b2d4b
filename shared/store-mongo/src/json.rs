//! Converts an event's metadata to BSON and back, unchanged: a whole number stays one, a fraction
//! too.

use mongodb::bson::{Bson, Document};
use serde_json::{Map, Number, Value};

pub(crate) fn to_document(members: Map<String, Value>) -> Document {
    members.into_iter().map(|(key, value)| (key, to_bson(value))).collect()
}

pub(crate) fn to_object(document: Document) -> Map<String, Value> {
    document.into_iter().map(|(key, value)| (key, to_json(value))).collect()
}

fn to_bson(value: Value) -> Bson {
    match value {
        Value::Null => Bson::Null,
        Value::Bool(yes) => Bson::Boolean(yes),
        // `Metadata` has no integer past i64.
        Value::Number(number) => match number.as_i64() {
            Some(whole) => Bson::Int64(whole),
            None => number.as_f64().map_or(Bson::Null, Bson::Double),
        },
        Value::String(text) => Bson::String(text),
        Value::Array(values) => Bson::Array(values.into_iter().map(to_bson).collect()),
        Value::Object(members) => Bson::Document(to_document(members)),
    }
}

fn to_json(value: Bson) -> Value {
    match value {
        Bson::Boolean(yes) => Value::Bool(yes),
        Bson::Int32(whole) => Value::from(whole),
        Bson::Int64(whole) => Value::from(whole),
        Bson::Double(number) => Number::from_f64(number).map_or(Value::Null, Value::Number),
        Bson::String(text) => Value::String(text),
        Bson::Array(values) => Value::Array(values.into_iter().map(to_json).collect()),
        Bson::Document(members) => Value::Object(to_object(members)),
        // Nothing else was written; documents that someone edited manually may hold more.
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn metadata_survives_a_round_trip() {
        let value = json!({
            "whole": 1, "large": i64::MAX, "small": i64::MIN, "fraction": 1.5, "round": 2.0, "tiny": 5e-324,
            "text": "naïve \u{0} 💡", "none": null, "yes": true, "list": [1, 1.0, "1", [], {}], "deep": {"a": {"b": []}}
        });
        let Value::Object(members) = value.clone() else { panic!("an object") };
        let back = Value::Object(to_object(to_document(members)));
        assert_eq!(back.to_string(), value.to_string());
    }
}
