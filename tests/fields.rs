//! A rejected request names every invalid field: generated from the document, for each body and
//! each query of the API. A field that a handler checked by itself, later, would not be named.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use testkit::{TestClient, TestEnv, TestResponse};

/// A field that no type has.
const UNKNOWN_FIELD: &str = "surprise";
/// The maximum number of errors in one response.
const MAX_ERRORS: usize = 20;

/// The user with the most rights.
async fn admin(test_env: &TestEnv) -> TestClient {
    test_env.client(tests::shop_router(test_env, &test_env.env())).as_user(&test_env.admin().await)
}

struct Document(Value);

impl Document {
    /// Every operation: its method, a possible path, and itself.
    fn operations(&self) -> Vec<(String, String, &Value)> {
        let mut all = Vec::new();
        for (path, item) in self.0["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let mut path = path.clone();
                for parameter in parameters(operation, "path") {
                    let id = match &self.resolve(&parameter["schema"]) {
                        id if id["type"] == "integer" => "1".to_owned(),
                        id if id["format"] == "uuid" => "0197a1b2-0000-7000-8000-000000000001".to_owned(),
                        _ => "a".repeat(24),
                    };
                    path = path.replace(&format!("{{{}}}", parameter["name"].as_str().unwrap()), &id);
                }
                all.push((method.to_uppercase(), path, operation));
            }
        }
        all
    }

    /// The schema itself, without the null alternative.
    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        if let Some(reference) = schema["$ref"].as_str() {
            return self.resolve(self.0.pointer(reference.trim_start_matches('#')).unwrap());
        }
        let choices: Vec<&Value> =
            schema["oneOf"].as_array().into_iter().flatten().filter(|choice| choice["type"] != "null").collect();
        if let [only] = choices[..] { self.resolve(only) } else { schema }
    }

    /// The members of a body, and which are required; of all its forms, if there are several.
    fn members(&self, body: &Value) -> (Map<String, Value>, BTreeSet<String>) {
        let body = self.resolve(body);
        let forms = body["oneOf"].as_array();
        let mut members = Map::new();
        for form in forms.map_or(vec![body], |forms| forms.iter().collect()) {
            members.extend(self.resolve(form)["properties"].as_object().unwrap().clone());
        }
        let required = body["required"].as_array().into_iter().flatten();
        (members, required.map(|name| name.as_str().unwrap().to_owned()).collect())
    }

    /// A value for `schema` in which everything is invalid, and the names of the invalid fields.
    fn corrupted(&self, schema: &Value, path: &str, spoil: Corrupt) -> (Value, BTreeSet<String>) {
        let schema = self.resolve(schema);
        if schema["properties"].is_object() || schema["oneOf"].is_array() {
            let mut all = (json!({UNKNOWN_FIELD: {"a": [1]}}), BTreeSet::from([member_path(path, UNKNOWN_FIELD)]));
            for (name, schema) in self.members(schema).0 {
                let (value, named) = self.corrupted(&schema, &member_path(path, &name), spoil);
                all.0[name] = value;
                all.1.extend(named);
            }
            return all;
        }
        if schema["type"] == "array" {
            let (_, required) = self.members(&schema["items"]);
            let (first, mut named) = self.corrupted(&schema["items"], &format!("{path}[0]"), spoil);
            named.extend(required.iter().map(|name| format!("{path}[1].{name}")));
            named.insert(format!("{path}[2]"));
            return (json!([first, {}, 7]), named);
        }
        (spoil(schema), BTreeSet::from([path.to_owned()]))
    }
}

/// A body and its invalid fields. If they are more than a response names: its largest member in a body
/// of its own, in which what is required is missing, and the rest.
fn split((body, all): (Value, BTreeSet<String>), required: BTreeSet<String>) -> Vec<(Value, BTreeSet<String>)> {
    if all.len() <= MAX_ERRORS {
        return vec![(body, all)];
    }
    let members = body.as_object().unwrap();
    let within = |name: &String| all.iter().filter(|field| field.starts_with(&format!("{name}."))).count();
    let largest = members.keys().max_by_key(|name| within(name)).unwrap().clone();
    let (mut alone, mut rest): (BTreeSet<_>, BTreeSet<_>) =
        all.into_iter().partition(|field| field.starts_with(&format!("{largest}.")));
    if required.contains(&largest) {
        rest.insert(largest.clone());
    }
    alone.extend(required.into_iter().filter(|name| *name != largest));
    let mut without = members.clone();
    let member = without.remove(&largest).unwrap();
    vec![(Value::Object(without), rest), (json!({ largest: member }), alone)]
}

fn member_path(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn parameters<'a>(operation: &'a Value, place: &'a str) -> impl Iterator<Item = &'a Value> {
    operation["parameters"].as_array().into_iter().flatten().filter(move |parameter| parameter["in"] == place)
}

/// Makes a value that a schema does not allow.
type Corrupt = fn(&Value) -> Value;

/// A value of a type that the schema does not allow.
fn wrong_type(schema: &Value) -> Value {
    match schema["type"].as_str() {
        Some("integer" | "number" | "boolean") => json!("x"),
        _ => json!(7),
    }
}

/// Of the right type, but out of bounds.
fn out_of_bounds(schema: &Value) -> Value {
    match schema["type"].as_str() {
        Some("integer") => json!(schema["minimum"].as_i64().unwrap() - 1),
        Some("number") => json!(schema["minimum"].as_f64().unwrap() - 1.0),
        Some("boolean" | "object") => wrong_type(schema),
        _ => json!("\0".repeat(schema["maxLength"].as_u64().unwrap_or(100) as usize + 1)),
    }
}

#[track_caller]
fn named_fields(reply: TestResponse, shown: &str) -> BTreeSet<String> {
    assert_eq!(reply.status, 400, "{shown}: {:?}", reply.json());
    let response = reply.json();
    let errors = response["errors"].as_array().unwrap();
    let names: BTreeSet<_> = errors.iter().map(|error| error["field"].as_str().unwrap().to_owned()).collect();
    assert_eq!(names.len(), errors.len(), "{shown}: a field is named twice");
    names
}

#[tokio::test]
async fn every_bad_field_of_a_body_is_named() {
    let test_env = TestEnv::new().await;
    let (shop, document) = (admin(&test_env).await, Document(api::document()));
    let mut bodies = 0;
    for (method, path, operation) in document.operations() {
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        if !schema.is_object() {
            continue;
        }
        bodies += 1;
        let send = async |body: &Value| match method.as_str() {
            "POST" => shop.post(&path, body.clone()).await,
            _ => shop.put(&path, body.clone()).await,
        };
        for spoil in [wrong_type as Corrupt, out_of_bounds] {
            let required = document.members(schema).1;
            for (body, all) in split(document.corrupted(schema, "", spoil), required) {
                assert!(all.len() <= MAX_ERRORS, "{path} needs a body of its own: {all:?}");
                let shown = format!("{method} {path}, of {body:.300}");
                assert_eq!(named_fields(send(&body).await, &shown), all, "{shown}");
            }
        }
        let (members, required) = document.members(schema);
        let missing = named_fields(send(&json!({})).await, &format!("{method} {path}, of nothing"));
        match required.is_empty() {
            // One of several: a rule of the handler, which names one of them.
            true => assert!(missing.len() == 1 && missing.iter().all(|name| members.contains_key(name)), "{path}"),
            false => assert_eq!(missing, required, "{method} {path}: what may be absent is an Option, or comes first"),
        }
    }
    assert!(bodies >= 14, "{bodies} bodies");
}

#[tokio::test]
async fn every_bad_parameter_of_a_query_is_named() {
    let test_env = TestEnv::new().await;
    let (shop, document) = (admin(&test_env).await, Document(api::document()));
    let mut queries = 0;
    for (_, path, operation) in document.operations() {
        let schemas: Vec<_> = parameters(operation, "query").collect();
        if schemas.is_empty() {
            continue;
        }
        queries += 1;
        let mut all = BTreeSet::from([UNKNOWN_FIELD.to_owned()]);
        let mut query = format!("?{UNKNOWN_FIELD}=1");
        for parameter in schemas {
            let name = parameter["name"].as_str().unwrap();
            let bad = match out_of_bounds(document.resolve(&parameter["schema"])) {
                Value::String(text) => text.replace('\0', "%00"),
                other => other.to_string(),
            };
            query.push_str(&format!("&{name}={bad}"));
            all.insert(name.to_owned());
        }
        let path = format!("{path}{query}");
        let shown = format!("{path:.200}");
        assert_eq!(named_fields(shop.get(&path).await, &shown), all, "{shown}");
    }
    assert!(queries >= 7, "{queries} queries");
}
