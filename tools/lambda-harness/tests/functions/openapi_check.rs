//! Compares a response with the OpenAPI document.

use api_client::ApiResponse;
use serde_json::Value;

use crate::json_schema::validation_errors;

/// The method and path of every operation.
pub(crate) fn operations(document: &Value) -> Vec<(String, String)> {
    let paths = document["paths"].as_object().unwrap();
    let all = paths.iter().flat_map(|(path, item)| {
        item.as_object().unwrap().keys().map(move |method| (method.to_uppercase(), path.clone()))
    });
    all.collect()
}

/// The document's path that matches the path of a request.
pub(crate) fn path_template<'a>(document: &'a Value, method: &str, path: &str) -> Option<&'a str> {
    let fits = |template: &str| {
        let (mut wanted, mut there) = (template.split('/'), path.split('/'));
        loop {
            match (wanted.next(), there.next()) {
                (None, None) => return true,
                (Some(w), Some(t)) if w == t || w.starts_with('{') && !t.is_empty() => {}
                _ => return false,
            }
        }
    };
    let paths = document["paths"].as_object()?;
    let fitting = paths.iter().filter(|(template, item)| fits(template) && item.get(method.to_lowercase()).is_some());
    // `/api/users/me` is not `/api/users/{id}`.
    fitting.map(|(template, _)| template.as_str()).min_by_key(|template| template.matches('{').count())
}

/// How a response differs from the document; `None` when it does not.
pub(crate) fn response_mismatch(document: &Value, method: &str, path: &str, reply: &ApiResponse) -> Option<String> {
    let template = path_template(document, method, path)?;
    let operation = &document["paths"][template][method.to_lowercase()];
    let responses = operation["responses"].as_object()?;
    let status = reply.status.as_u16();
    let named = responses.get(&status.to_string());
    let response = named.or_else(|| responses.get("default").filter(|_| status >= 400));
    let Some(response) = response else { return Some(format!("{status} is not documented")) };
    if status == 204 {
        return (!reply.bytes.is_empty()).then(|| "a 204 with a body".to_owned());
    }
    let media = reply.header("content-type").split(';').next().unwrap_or_default();
    if status >= 400 && media != "application/problem+json" && !path.ends_with("/ready") {
        return Some(format!("a problem of type {media:?}"));
    }
    let schema_of_media = |response: &'_ Value| response["content"].get(media).map(|content| content["schema"].clone());
    let schema = schema_of_media(response)
        .or_else(|| responses.get("default").filter(|_| status >= 400).and_then(schema_of_media))?;
    let Ok(body) = reply.parse::<Value>() else { return Some("a body that is not JSON".to_owned()) };
    let faults = validation_errors(document, &schema, &body);
    (!faults.is_empty()).then(|| format!("{} in {body}", faults.join("; ")))
}
