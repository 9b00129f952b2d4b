//! What a command asks of an index, without its values: `{"userId": "?", "counted": false}`.

use std::collections::HashMap;

use mongodb::bson::{Bson, Document, doc};

/// The lines for one command; none for commands that look for nothing.
pub(super) fn describe(command: &Document, lists: &HashMap<&str, &[Document]>) -> Vec<Document> {
    let Some((name, Bson::String(collection))) = command.iter().next() else { return Vec::new() };
    let access = |filter: Option<&Document>| {
        let filter = filter.map(filter_shape).unwrap_or_default();
        doc! { "command": name, "collection": collection, "filter": filter }
    };
    // Lists are sent beside a command, or within it.
    let list = |field: &str| -> Vec<Document> {
        let within = command.get_array(field).into_iter().flatten().filter_map(Bson::as_document).cloned();
        lists.get(field).map_or_else(|| within.collect(), |list| list.to_vec())
    };
    match name.as_str() {
        "find" => {
            let mut line = access(command.get_document("filter").ok());
            line.extend(options(command));
            line.insert("limited", command.contains_key("limit"));
            vec![line]
        }
        "count" | "distinct" | "findAndModify" | "findandmodify" => {
            let mut line = access(command.get_document("query").ok());
            line.extend(options(command));
            vec![line]
        }
        "aggregate" => {
            let stages = list("pipeline");
            let stage = |place: usize, name: &str| stages.get(place).and_then(|stage| stage.get_document(name).ok());
            let mut line = access(stage(0, "$match"));
            let sort = stage(usize::from(stage(0, "$match").is_some()), "$sort");
            line.extend(sort.map(|sort| doc! { "sort": sort.clone() }).unwrap_or_default());
            line.extend(options(command));
            vec![line]
        }
        "update" | "delete" => {
            let statements = list(if name == "update" { "updates" } else { "deletes" });
            let line = |statement: &Document| {
                let mut line = access(statement.get_document("q").ok());
                line.extend(options(statement));
                line
            };
            statements.iter().map(line).collect()
        }
        "createIndexes" => {
            let index = |index: Document| {
                let kept = ["key", "name", "unique", "sparse", "partialFilterExpression"];
                let kept = index.into_iter().filter(|(field, _)| kept.contains(&field.as_str()));
                doc! { "command": name, "collection": collection, "index": kept.collect::<Document>() }
            };
            list("indexes").into_iter().map(index).collect()
        }
        _ => Vec::new(),
    }
}

/// The parts of a command that choose an index besides its filter.
fn options(of: &Document) -> Document {
    of.iter()
        .filter(|(name, _)| ["sort", "hint"].contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

fn filter_shape(filter: &Document) -> Document {
    filter.iter().map(|(name, value)| (name.clone(), value_shape(value))).collect()
}

/// Truth values stay: a partial index is chosen by them.
fn value_shape(value: &Bson) -> Bson {
    match value {
        Bson::Boolean(_) | Bson::Null => value.clone(),
        Bson::Document(document) => filter_shape(document).into(),
        Bson::Array(values) => {
            // All values of `$in` are one; the branches of `$or` differ.
            let mut shapes: Vec<Bson> = values.iter().map(value_shape).collect();
            shapes.dedup();
            shapes.into()
        }
        _ => "?".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shapes(command: Document) -> Vec<String> {
        describe(&command, &HashMap::new()).iter().map(|line| serde_json::to_string(line).unwrap()).collect()
    }

    #[test]
    fn commands_are_described_without_their_values() {
        let find = doc! {
            "find": "events", "filter": { "userId": 7, "counted": false, "at": { "$lt": 5 } }, "sort": { "at": -1 }, "limit": 5_i64,
        };
        assert_eq!(
            shapes(find),
            [
                r#"{"command":"find","collection":"events","filter":{"userId":"?","counted":false,"at":{"$lt":"?"}},"sort":{"at":-1},"limited":true}"#
            ]
        );
        let update = doc! {
            "update": "events", "updates": [{ "q": { "_id": { "$in": [1, 2] } }, "u": {} }, { "q": {}, "u": {}, "hint": "a" }],
        };
        assert_eq!(
            shapes(update),
            [
                r#"{"command":"update","collection":"events","filter":{"_id":{"$in":["?"]}}}"#,
                r#"{"command":"update","collection":"events","filter":{},"hint":"a"}"#
            ]
        );
        let count =
            doc! { "aggregate": "events", "pipeline": [{ "$match": { "a": null } }, { "$group": { "_id": 1 } }] };
        assert_eq!(shapes(count), [r#"{"command":"aggregate","collection":"events","filter":{"a":null}}"#]);
        for other in [doc! { "hello": 1 }, doc! { "getMore": 5_i64, "collection": "a" }, doc! { "insert": "a" }] {
            assert_eq!(shapes(other.clone()), [""; 0], "{other}");
        }
    }
}
