//! The part of JSON Schema that the API's document uses. An unknown keyword is an error, so that none
//! is ignored. (Complete validators turn on features of common dependencies, so that half the
//! workspace would compile twice.)

use serde_json::Value;

/// For readers only, or checked by the types of the code.
const ANNOTATION_KEYWORDS: [&str; 4] = ["description", "example", "pattern", "title"];

/// The errors of a value with their paths. `root` is the document that references point into.
pub(crate) fn validation_errors(root: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut errors = Vec::new();
    validate(root, schema, value, "", &mut errors);
    errors
}

fn validate(root: &Value, schema: &Value, value: &Value, path: &str, errors: &mut Vec<String>) {
    let Value::Object(schema) = schema else {
        if *schema != Value::Bool(true) {
            errors.push(format!("{path}: nothing is allowed here"));
        }
        return;
    };
    let fails = |inner: &Value| {
        let mut own = Vec::new();
        validate(root, inner, value, path, &mut own);
        own
    };
    for (keyword, wanted) in schema {
        let mut fault = |what: String| errors.push(format!("{path}: {what}"));
        match keyword.as_str() {
            "$ref" => {
                let pointer = wanted.as_str().unwrap().trim_start_matches('#');
                let target = root.pointer(pointer).unwrap_or_else(|| panic!("{wanted} leads nowhere"));
                validate(root, target, value, path, errors);
            }
            "allOf" => errors.extend(as_list(wanted).iter().flat_map(fails)),
            "oneOf" => {
                let matching = as_list(wanted).iter().filter(|inner| fails(inner).is_empty()).count();
                if matching != 1 {
                    fault(format!("{matching} of the alternatives match {value}"));
                }
            }
            "anyOf" => {
                if !as_list(wanted).iter().any(|inner| fails(inner).is_empty()) {
                    fault(format!("none of the alternatives match {value}"));
                }
            }
            "multipleOf" if !is_multiple(value, wanted) => fault(format!("{value} is no multiple of {wanted}")),
            "type" if !has_type(wanted, value) => fault(format!("{value} is no {wanted}")),
            "enum" if !as_list(wanted).contains(value) => fault(format!("{value} is none of {wanted}")),
            "format" if !has_format(wanted.as_str().unwrap(), value) => fault(format!("{value} is no {wanted}")),
            "minimum" if value.as_f64() < wanted.as_f64() => push_too_small(value, &mut fault),
            "exclusiveMinimum" if value.as_f64() <= wanted.as_f64() => push_too_small(value, &mut fault),
            "maximum" if value.as_f64() > wanted.as_f64() => fault(format!("{value} is too large")),
            "minLength" | "minItems" if length(value) < wanted.as_u64() => fault(format!("{value} is too short")),
            "maxLength" | "maxItems" if length(value) > wanted.as_u64() => fault(format!("{value} is too long")),
            "required" => {
                let missing = as_list(wanted).iter().filter(|name| value.get(name.as_str().unwrap()).is_none());
                missing.for_each(|name| fault(format!("{name} is missing")));
            }
            "items" => {
                for (at, item) in value.as_array().into_iter().flatten().enumerate() {
                    validate(root, wanted, item, &format!("{path}/{at}"), errors);
                }
            }
            "properties" | "additionalProperties" => {
                let named = schema.get("properties").and_then(Value::as_object);
                for (name, member) in value.as_object().into_iter().flatten() {
                    let own = named.and_then(|named| named.get(name));
                    let schema = if keyword == "properties" { own } else { own.is_none().then_some(wanted) };
                    if let Some(schema) = schema {
                        validate(root, schema, member, &format!("{path}/{name}"), errors);
                    }
                }
            }
            "type" | "enum" | "format" | "multipleOf" | "minimum" | "exclusiveMinimum" | "maximum" => {}
            "minLength" | "minItems" | "maxLength" | "maxItems" => {}
            telling => assert!(ANNOTATION_KEYWORDS.contains(&telling), "the keyword {telling} is not known here"),
        }
    }
}

fn as_list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("{value} is no list"))
}

fn push_too_small(value: &Value, fault: &mut impl FnMut(String)) {
    // Bounds do not apply to other types than numbers.
    if value.is_number() {
        fault(format!("{value} is too small"));
    }
}

/// As decimals, which binary fractions only approximate.
fn is_multiple(value: &Value, of: &Value) -> bool {
    let (Some(value), Some(of)) = (value.as_f64(), of.as_f64()) else { return true };
    let times = value / of;
    (times - times.round()).abs() <= 1e-9 * times.abs().max(1.0)
}

fn length(value: &Value) -> Option<u64> {
    let length = value.as_str().map(|text| text.chars().count()).or_else(|| value.as_array().map(Vec::len));
    length.map(|length| length as u64)
}

fn has_type(wanted: &Value, value: &Value) -> bool {
    match wanted {
        Value::Array(several) => several.iter().any(|one| has_type(one, value)),
        one => match one.as_str().unwrap() {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "null" => value.is_null(),
            "number" => value.is_number(),
            "integer" => value.is_i64() || value.is_u64(),
            other => panic!("the type {other} is not known here"),
        },
    }
}

fn has_format(format: &str, value: &Value) -> bool {
    let text = value.as_str();
    match format {
        "int32" => value.as_i64().is_none_or(|number| i32::try_from(number).is_ok()),
        "uuid" => text.is_none_or(|text| uuid::Uuid::parse_str(text).is_ok()),
        "date-time" => text.is_none_or(|text| serde_json::from_value::<domain::Timestamp>(text.into()).is_ok()),
        "email" => text.is_none_or(|text| text.contains('@')),
        "int64" | "double" | "password" => true,
        other => panic!("the format {other} is not known here"),
    }
}

#[test]
fn invalid_values_are_found() {
    use serde_json::json;
    let root = json!({"components": {"schemas": {"Cup": {
        "type": "object", "required": ["id", "size"], "additionalProperties": false,
        "properties": {
            "id": {"type": "integer", "format": "int32", "minimum": 1}, "size": {"enum": ["s", "l"]},
            "price": {"type": "number", "multipleOf": 0.01}, "more": {"anyOf": [{"type": "null"}, {"type": "string"}]},
            "tags": {"type": "array", "items": {"type": "string", "maxLength": 3}, "maxItems": 2},
            "lid": {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Cup"}]},
        },
    }}}});
    let schema = json!({"$ref": "#/components/schemas/Cup"});
    for good in [
        json!({"id": 1, "size": "s", "price": 19.99, "more": "x"}),
        json!({"id": 1, "size": "l", "tags": ["ab"], "lid": {"id": 2, "size": "s"}}),
    ] {
        assert_eq!(validation_errors(&root, &schema, &good), [""; 0]);
    }
    for bad in [
        json!([]),
        json!({"size": "s"}),
        json!({"id": 0, "size": "s"}),
        json!({"id": 3_000_000_000_u32, "size": "s"}),
        json!({"id": 1.5, "size": "s"}),
        json!({"id": 1, "size": "m"}),
        json!({"id": 1, "size": "s", "price": 19.999}),
        json!({"id": 1, "size": "s", "more": 7}),
        json!({"id": 1, "size": "s", "other": 1}),
        json!({"id": 1, "size": "s", "tags": ["long"]}),
        json!({"id": 1, "size": "s", "tags": ["a", "b", "c"]}),
        json!({"id": 1, "size": "s", "lid": {"id": 2}}),
    ] {
        assert!(!validation_errors(&root, &schema, &bad).is_empty(), "{bad}");
    }
}
