//! Merges documents.
//!
//! Two groups may each have a schema of the same name (`Sort`): utoipa's own merge would keep the
//! first and let the other group's references point to it. Here the second one is renamed.

use serde_json::{Map, Value};
use utoipa::openapi::OpenApi;

const SCHEMAS: &str = "#/components/schemas/";

pub(crate) struct MergedDocument {
    root: Value,
    paths: Map<String, Value>,
    schemas: Map<String, Value>,
}

impl MergedDocument {
    pub(crate) fn new(base: &OpenApi) -> Self {
        let mut whole = to_json(base);
        let paths = take_object(&mut whole, "/paths");
        let schemas = take_object(&mut whole, "/components/schemas");
        Self { root: whole, paths, schemas }
    }

    pub(crate) fn add_group(&mut self, group: &str, api: &OpenApi) {
        let mut api = to_json(api);
        let own = take_object(&mut api, "/components/schemas");
        let differs =
            |(name, schema): &(&String, &Value)| self.schemas.get(*name).is_some_and(|known| known != *schema);
        let renamed: Vec<(String, String)> = own
            .iter()
            .filter(differs)
            .map(|(name, _)| (name.clone(), format!("{}{name}", capitalize(group))))
            .collect();
        for (name, mut schema) in own {
            let new = renamed.iter().find(|(old, _)| *old == name).map_or(name, |(_, new)| new.clone());
            rename_references(&mut schema, &renamed);
            self.schemas.insert(new, schema);
        }
        for (path, mut item) in take_object(&mut api, "/paths") {
            rename_references(&mut item, &renamed);
            self.paths.insert(path, item);
        }
    }

    /// Sorted by name, whatever map `serde_json` was built with.
    pub(crate) fn finish(mut self) -> Value {
        self.root["paths"] = into_sorted_object(self.paths);
        self.root["components"]["schemas"] = into_sorted_object(self.schemas);
        self.root
    }
}

fn to_json(api: &OpenApi) -> Value {
    // A document is plain data: it always has a JSON form.
    serde_json::to_value(api).unwrap_or_default()
}

fn take_object(document: &mut Value, pointer: &str) -> Map<String, Value> {
    match document.pointer_mut(pointer).map(Value::take) {
        Some(Value::Object(map)) => map,
        _ => Map::new(),
    }
}

fn into_sorted_object(map: Map<String, Value>) -> Value {
    let mut entries: Vec<_> = map.into_iter().collect();
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    Value::Object(entries.into_iter().collect())
}

fn rename_references(value: &mut Value, renamed: &[(String, String)]) {
    match value {
        Value::Object(map) => map.values_mut().for_each(|value| rename_references(value, renamed)),
        Value::Array(values) => values.iter_mut().for_each(|value| rename_references(value, renamed)),
        Value::String(text) => {
            let new = text.strip_prefix(SCHEMAS).and_then(|name| renamed.iter().find(|(old, _)| old == name));
            if let Some((_, new)) = new {
                *text = format!("{SCHEMAS}{new}");
            }
        }
        _ => {}
    }
}

fn capitalize(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn api(path: &str, sort: &str) -> OpenApi {
        let document = json!({
            "openapi": "3.1.0", "info": {"title": "t", "version": "1"},
            "paths": {path: {"get": {"responses": {"200": {"description": "", "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/Sort"}}}}}}}},
            "components": {"schemas": {"Sort": {"type": "string", "enum": [sort]}}},
        });
        serde_json::from_value(document).unwrap()
    }

    #[test]
    fn a_name_that_two_groups_give_to_different_things_becomes_two_names() {
        let mut all = MergedDocument::new(&api("/a", "price"));
        all.add_group("reviews", &api("/b", "rating"));
        all.add_group("orders", &api("/c", "price"));
        let all = all.finish();
        let refers = |path: &str| {
            all["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].clone()
        };
        assert_eq!(refers("/b"), "#/components/schemas/ReviewsSort");
        assert_eq!(refers("/c"), "#/components/schemas/Sort");
        assert_eq!(all["components"]["schemas"]["ReviewsSort"]["enum"][0], "rating");
    }
}
