//! Every list of the API: below the limit of every event source, whatever it contains; complete,
//! page by page; and it rejects cursors that it did not make. A list that [`fill`] does not know fails.

mod fill;
mod forged;
mod paging;

use fill::List;
use serde_json::Value;

/// The GET routes that return a list, or an object with one.
fn documented_lists() -> Vec<List> {
    let document = api::document();
    let mut lists = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        let Some(operation) = item.get("get").filter(|_| path.starts_with("/api/")) else { continue };
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let is_paged = parameters.clone().any(|parameter| parameter["name"] == "cursor");
        let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
        if is_paged || has_list(&document, schema) {
            lists.push(List { path: path.clone(), is_paged });
        }
    }
    lists
}

/// Whether a value is an array, or an object with one.
fn has_list(document: &Value, schema: &Value) -> bool {
    let schema = match schema["$ref"].as_str() {
        Some(reference) => {
            document.pointer(reference.trim_start_matches('#')).expect("a reference that leads somewhere")
        }
        None => schema,
    };
    let parts = schema["allOf"].as_array().into_iter().flatten();
    schema["type"] == "array"
        || schema["properties"].as_object().into_iter().flatten().any(|(_, member)| member["type"] == "array")
        || parts.clone().any(|part| has_list(document, part))
}
