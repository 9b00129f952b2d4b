//! The parts of a request that several event sources hand over in the same form.

use api_client::ApiRequest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::USER_AGENT;
use serde_json::{Map, Value, json};

use crate::{EventContext, HOST, TRACE_HEADER};

pub(crate) type Pairs = Vec<(String, String)>;

/// The request's headers and those that event sources set, unless the request has them already.
pub(crate) fn headers(request: &ApiRequest, context: &EventContext) -> Pairs {
    let set = [
        ("host", HOST),
        ("x-amzn-trace-id", TRACE_HEADER),
        ("x-forwarded-for", context.source_ip.as_str()),
        ("x-forwarded-port", "443"),
        ("x-forwarded-proto", "https"),
    ];
    let set = set.into_iter().filter(|(name, _)| !request.headers.contains_key(*name));
    let own = request.headers.iter();
    let own = own.map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    set.map(|(name, value)| (name.to_owned(), value.to_owned())).chain(own).collect()
}

pub(crate) fn user_agent(request: &ApiRequest) -> &str {
    request.headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The body as an event has it; `None` when there is none.
pub(crate) fn body(request: &ApiRequest, context: &EventContext) -> Option<String> {
    let bytes = request.body.as_ref()?;
    Some(if context.base64_body { STANDARD.encode(bytes) } else { String::from_utf8_lossy(bytes).into_owned() })
}

pub(crate) fn is_base64(request: &ApiRequest, context: &EventContext) -> bool {
    context.base64_body && request.body.is_some()
}

/// The query as the client wrote it: load balancers do not decode it.
pub(crate) fn raw_query(request: &ApiRequest) -> Pairs {
    let pairs = request.query().split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// The query decoded, as API Gateway hands it over.
pub(crate) fn decoded_query(request: &ApiRequest) -> Pairs {
    raw_query(request).into_iter().map(|(name, value)| (percent_decode(&name), percent_decode(&value))).collect()
}

/// One value per name; of several values the last.
pub(crate) fn last_values(pairs: Pairs) -> Value {
    Value::Object(pairs.into_iter().map(|(name, value)| (name, Value::String(value))).collect())
}

/// One value per name; several values are joined by commas.
pub(crate) fn joined_values(pairs: Pairs) -> Value {
    let mut map = Map::new();
    for (name, value) in pairs {
        let joined = match map.get(&name).and_then(Value::as_str) {
            Some(earlier) => format!("{earlier},{value}"),
            None => value,
        };
        map.insert(name, Value::String(joined));
    }
    Value::Object(map)
}

/// A list of values per name.
pub(crate) fn all_values(pairs: Pairs) -> Value {
    let mut map = Map::new();
    for (name, value) in pairs {
        if let Value::Array(values) = map.entry(name).or_insert_with(|| json!([])) {
            values.push(Value::String(value));
        }
    }
    Value::Object(map)
}

pub(crate) fn null_if_empty(object: Value) -> Value {
    if object.as_object().is_some_and(Map::is_empty) { Value::Null } else { object }
}

fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = |digits: &[u8]| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok();
        match (first, tail) {
            (b'%', [a, b, after @ ..]) if hex(&[*a, *b]).is_some() => {
                bytes.extend(hex(&[*a, *b]));
                rest = after;
            }
            (b'+', _) => {
                bytes.push(b' ');
                rest = tail;
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
