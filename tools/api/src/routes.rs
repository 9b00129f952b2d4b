//! Every route that a function serves, as the document has it.

use serde_json::Value;
use web::Access;

#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// The endpoint group, which is also the function that serves it.
    pub group: String,
    /// In snake case, such as `place_order`.
    pub operation_id: String,
    /// In upper case, such as `GET`.
    pub method: String,
    /// With names in braces, as routers and gateways have it: `/api/orders/{id}`.
    pub path: String,
    /// Who may call it.
    pub access: Access,
    /// Of a route that writes: why a client may repeat it.
    pub repeat: Option<Repeat>,
    /// The class of its rate limits.
    pub rate_class: String,
    /// Name of each parameter of the path, and a value of its kind.
    pub path_parameters: Vec<(String, &'static str)>,
    /// Headers that it reads, as the document names them.
    pub headers: Vec<String>,
    /// A query string worth showing; may be empty.
    pub query: String,
    /// A body that succeeds, given that its ids exist.
    pub body: Option<Value>,
}

/// Why a client may send a request once more when its response was lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// It takes an `Idempotency-Key`.
    IdempotencyKey,
    /// A second one has no second effect; the reason.
    Safe(String),
}

/// A value for a parameter of the path, by its schema: rows have numbers, documents of MongoDB 24
/// hexadecimal digits, what is in DynamoDB a UUID.
const NUMBER: &str = "1";
const OBJECT_ID: &str = "64b0c0ffee64b0c0ffee64b0";
const UUID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

impl Route {
    /// The path with a value of its kind for each parameter: `/api/orders/1`.
    pub fn sample_path(&self) -> String {
        let parameters = self.path_parameters.iter();
        parameters.fold(self.path.clone(), |path, (name, value)| path.replace(&format!("{{{name}}}"), value))
    }
}

/// Every route that a function serves, sorted by group, path and method: the table that everything
/// else is made from.
///
/// # Panics
/// When an operation lacks what `web::endpoints!` writes, or has a path parameter of an unknown kind.
pub fn routes() -> Vec<Route> {
    routes_of(&crate::document())
}

pub(crate) fn routes_of(document: &Value) -> Vec<Route> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let operations = paths.flat_map(|(path, item)| {
        let item = item.as_object().into_iter().flatten();
        item.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    });
    // The local server's own routes have no access: no function serves them.
    let served = operations.filter(|(.., operation)| operation.get("x-access").is_some());
    let mut routes: Vec<Route> =
        served.map(|(path, method, operation)| route(document, path, method, operation)).collect();
    let order = |route: &Route| crate::GROUPS.iter().position(|group| *group == route.group);
    routes.sort_by(|a, b| (order(a), &a.path, &a.method).cmp(&(order(b), &b.path, &b.method)));
    routes
}

fn route(document: &Value, path: &str, method: &str, operation: &Value) -> Route {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let access = operation["x-access"].as_str().and_then(|access| access.parse().ok());
    let parameters = operation["parameters"].as_array().map_or(&[][..], Vec::as_slice);
    let of_kind = |kind: &'static str| parameters.iter().filter(move |parameter| parameter["in"] == kind);
    let value = |parameter: &Value| (text(&parameter["name"]), sample_value(document, &parameter["schema"], path));
    let query = of_kind("query").filter_map(|parameter| {
        let example = parameter.get("example")?;
        let example = example.as_str().map_or_else(|| example.to_string(), str::to_owned);
        Some(format!("{}={example}", text(&parameter["name"])))
    });
    Route {
        group: text(&operation["tags"][0]),
        operation_id: text(&operation["operationId"]),
        method: method.to_uppercase(),
        path: path.to_owned(),
        access: access.unwrap_or_else(|| panic!("{method} {path}: an access that web does not know")),
        repeat: match &operation["x-repeat"] {
            Value::Null => None,
            repeat if repeat.get("needs").is_some() => Some(Repeat::IdempotencyKey),
            repeat => Some(Repeat::Safe(text(&repeat["safe"]))),
        },
        rate_class: text(&operation["x-rate-limit"]["class"]),
        path_parameters: of_kind("path").map(value).collect(),
        headers: of_kind("header").map(|parameter| text(&parameter["name"])).collect(),
        query: query.collect::<Vec<_>>().join("&"),
        body: operation["requestBody"]["content"]["application/json"].get("example").cloned(),
    }
}

fn sample_value(document: &Value, schema: &Value, path: &str) -> &'static str {
    if let Some(reference) = schema["$ref"].as_str() {
        let found = reference.strip_prefix('#').and_then(|pointer| document.pointer(pointer));
        return sample_value(document, found.unwrap_or(&Value::Null), path);
    }
    match (schema["type"].as_str(), schema["format"].as_str()) {
        (Some("integer"), _) => NUMBER,
        (Some("string"), Some("uuid")) => UUID,
        (Some("string"), None) if schema["pattern"] == "^[0-9a-f]{24}$" => OBJECT_ID,
        other => panic!("{path} has a parameter of a kind that tools/api does not know: {other:?}"),
    }
}
