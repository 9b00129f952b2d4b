//! A request in the format of each event source, and the response that a function returns to each.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// The maximum response that a load balancer accepts from a function, in bytes; for more it
/// responds 502.
const ALB_MAX_RESPONSE_BYTES: usize = 1_000_000;

/// The event source of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventSource {
    /// API Gateway's HTTP API, payload format 2.0.
    HttpApi,
    /// API Gateway's REST API, or an HTTP API with payload format 1.0.
    RestApi,
    /// An ALB whose target group has no multi-value headers.
    Alb,
    /// An ALB whose target group has them.
    AlbMultiValue,
}

/// A request, whatever its event source.
#[derive(Clone, Debug, Default)]
pub struct HttpRequest {
    /// `GET`.
    pub method: String,
    /// `/api/products/7`.
    pub path: String,
    /// As a browser writes it: `q=green%20tea&limit=3`.
    pub query: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// Bytes, and whether the event source encodes them in base64.
    pub body: Option<(Vec<u8>, bool)>,
}

/// A function's response, whatever the event source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpResponse {
    pub status: u16,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body, decoded.
    pub body: Vec<u8>,
}

impl EventSource {
    /// Every format.
    pub const ALL: [Self; 4] = [Self::HttpApi, Self::RestApi, Self::Alb, Self::AlbMultiValue];
}

impl HttpRequest {
    /// A request without a body.
    pub fn new(method: &str, path_and_query: &str) -> Self {
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        Self { method: method.to_owned(), path: path.to_owned(), query: query.to_owned(), ..Self::default() }
    }

    /// The same with a JSON body.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        let body = Some((body.to_string().into_bytes(), false));
        Self { body, ..self }.header("content-type", "application/json")
    }

    /// The same with its body in base64, as an event source sends binary data.
    #[must_use]
    pub fn base64_encoded(self) -> Self {
        Self { body: self.body.map(|(bytes, _)| (bytes, true)), ..self }
    }

    /// The same with one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same with this token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// The event.
    pub fn to_event(&self, source: EventSource) -> Value {
        match source {
            EventSource::HttpApi => self.http_api(),
            EventSource::RestApi => self.rest_api(),
            EventSource::Alb => self.alb(false),
            EventSource::AlbMultiValue => self.alb(true),
        }
    }

    fn encoded_body(&self) -> (Value, bool) {
        match &self.body {
            None => (Value::Null, false),
            Some((bytes, true)) => (json!(STANDARD.encode(bytes)), true),
            Some((bytes, false)) => (json!(String::from_utf8_lossy(bytes)), false),
        }
    }

    fn headers_with_defaults(&self) -> impl Iterator<Item = (&str, &str)> {
        let own = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        [("host", "shop.example.com"), ("x-forwarded-for", "203.0.113.7")].into_iter().chain(own)
    }

    fn single_value_map(pairs: impl Iterator<Item = (String, String)>) -> Map<String, Value> {
        pairs.map(|(name, value)| (name, json!(value))).collect()
    }

    fn multi_value_map(pairs: impl Iterator<Item = (String, String)>) -> Map<String, Value> {
        let mut map = Map::new();
        for (name, value) in pairs {
            if let Value::Array(values) = map.entry(name).or_insert_with(|| json!([])) {
                values.push(json!(value));
            }
        }
        map
    }

    fn owned_headers(&self) -> impl Iterator<Item = (String, String)> {
        self.headers_with_defaults().map(|(name, value)| (name.to_owned(), value.to_owned()))
    }

    /// Decoded, as API Gateway sends it, or raw, as a load balancer does.
    fn query_pairs(&self, decoded: bool) -> impl Iterator<Item = (String, String)> {
        let pairs = self.query.split('&').filter(|pair| !pair.is_empty());
        pairs.map(move |pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let text = |text: &str| if decoded { percent_decode(text) } else { text.to_owned() };
            (text(name), text(value))
        })
    }

    fn http_api(&self) -> Value {
        let (body, encoded) = self.encoded_body();
        let (method, path) = (&self.method, &self.path);
        // Cookies are in a list of their own, and not among the headers.
        let headers = Self::single_value_map(self.owned_headers().filter(|(name, _)| name != "cookie"));
        let cookies = self
            .owned_headers()
            .filter(|(name, _)| name == "cookie")
            .flat_map(|(_, value)| value.split("; ").map(str::to_owned).collect::<Vec<_>>());
        let cookies: Vec<String> = cookies.collect();
        let mut event = json!({
            "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": self.query,
            "headers": headers, "isBase64Encoded": encoded,
            "requestContext": {
                "accountId": "1", "apiId": "a", "domainName": "shop.example.com", "domainPrefix": "shop",
                "requestId": "r", "routeKey": "$default", "stage": "$default",
                "time": "01/Jan/2026:00:00:00 +0000", "timeEpoch": 1_767_225_600_000_i64,
                "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.7", "userAgent": "t"},
            },
        });
        if !body.is_null() {
            event["body"] = body;
        }
        if !cookies.is_empty() {
            event["cookies"] = json!(cookies);
        }
        event
    }

    fn rest_api(&self) -> Value {
        let (body, encoded) = self.encoded_body();
        let (method, path) = (&self.method, &self.path);
        let empty_is_null = |map: Map<String, Value>| if map.is_empty() { Value::Null } else { Value::Object(map) };
        json!({
            "resource": "/{proxy+}", "path": path, "httpMethod": method, "body": body, "isBase64Encoded": encoded,
            "headers": Self::single_value_map(self.owned_headers()), "multiValueHeaders": Self::multi_value_map(self.owned_headers()),
            "queryStringParameters": empty_is_null(Self::single_value_map(self.query_pairs(true))),
            "multiValueQueryStringParameters": empty_is_null(Self::multi_value_map(self.query_pairs(true))),
            "pathParameters": {"proxy": path.trim_start_matches('/')}, "stageVariables": null,
            "requestContext": {
                "accountId": "1", "apiId": "a", "stage": "prod", "requestId": "r", "resourceId": "x",
                "resourcePath": "/{proxy+}", "path": format!("/prod{path}"), "httpMethod": method, "protocol": "HTTP/1.1",
                "identity": {"sourceIp": "203.0.113.7", "userAgent": "t"}, "requestTimeEpoch": 1_767_225_600_000_i64,
            },
        })
    }

    fn alb(&self, multi_value: bool) -> Value {
        let (body, encoded) = self.encoded_body();
        let mut event = json!({
            "requestContext": {"elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/t/1"}},
            "httpMethod": self.method, "path": self.path, "isBase64Encoded": encoded,
            "body": if body.is_null() { json!("") } else { body },
        });
        if multi_value {
            event["multiValueHeaders"] = Self::multi_value_map(self.owned_headers()).into();
            event["multiValueQueryStringParameters"] = Self::multi_value_map(self.query_pairs(false)).into();
        } else {
            event["headers"] = Self::single_value_map(self.owned_headers()).into();
            event["queryStringParameters"] = Self::single_value_map(self.query_pairs(false)).into();
        }
        event
    }
}

impl HttpResponse {
    /// Parses a response as the event source does.
    ///
    /// # Errors
    /// When it would respond 502 instead.
    pub fn parse(source: EventSource, output: &Value) -> anyhow::Result<Self> {
        let status = output["statusCode"].as_u64().and_then(|status| u16::try_from(status).ok());
        let status = status.context("no status")?;
        let (single, multiple) = (output["headers"].as_object(), output["multiValueHeaders"].as_object());
        let mut headers = BTreeMap::new();
        let lists = source == EventSource::AlbMultiValue
            || source == EventSource::RestApi && multiple.is_some_and(|m| !m.is_empty());
        if lists {
            for (name, values) in multiple.context("no multiValueHeaders")? {
                let values = values.as_array().context("a header that is no list")?.iter().filter_map(Value::as_str);
                headers.insert(name.to_lowercase(), values.collect::<Vec<_>>().join(", "));
            }
        } else {
            for (name, value) in single.context("no headers")? {
                headers.insert(name.to_lowercase(), value.as_str().context("a header that is no text")?.to_owned());
            }
        }
        // The HTTP API makes headers of these; not from a header of that name.
        let cookies: Vec<&str> = output["cookies"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if source == EventSource::HttpApi && !cookies.is_empty() {
            headers.insert("set-cookie".to_owned(), cookies.join(", "));
        }
        let text = output["body"].as_str().unwrap_or_default();
        let encoded = output["isBase64Encoded"].as_bool().unwrap_or_default();
        let body = if encoded { STANDARD.decode(text)? } else { text.as_bytes().to_vec() };
        if matches!(source, EventSource::Alb | EventSource::AlbMultiValue) {
            if !output["isBase64Encoded"].is_boolean() {
                bail!("a balancer wants isBase64Encoded");
            }
            let bytes = output.to_string().len();
            if bytes > ALB_MAX_RESPONSE_BYTES {
                bail!("a balancer does not take {bytes} bytes");
            }
        }
        Ok(Self { status, headers, body })
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// When it is none.
    pub fn json(&self) -> anyhow::Result<Value> {
        serde_json::from_slice(&self.body).with_context(|| String::from_utf8_lossy(&self.body).into_owned())
    }
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
