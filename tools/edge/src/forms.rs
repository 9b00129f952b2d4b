//! A request in the form of each front door, and what a function answers to each.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// The most bytes that a balancer takes from a function; for more it answers 502.
const BALANCERS_MOST: usize = 1_000_000;

/// Who hands a request over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// API Gateway's HTTP API, payload format 2.0.
    HttpApi,
    /// API Gateway's REST API, or an HTTP API with payload format 1.0.
    RestApi,
    /// An ALB whose target group has no multi-value headers.
    Balancer,
    /// An ALB whose target group has them.
    MultiValueBalancer,
}

/// A request, whoever hands it over.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// `GET`.
    pub method: String,
    /// `/api/products/7`.
    pub path: String,
    /// As a browser writes it: `q=green%20tea&limit=3`.
    pub query: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// Bytes and whether the front door encodes them in base64.
    pub body: Option<(Vec<u8>, bool)>,
}

/// What a function answered, whoever asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body, decoded.
    pub body: Vec<u8>,
}

impl Form {
    /// Every form.
    pub const ALL: [Self; 4] = [Self::HttpApi, Self::RestApi, Self::Balancer, Self::MultiValueBalancer];
}

impl Request {
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

    /// The same with its body in base64, as a front door sends what it takes for binary.
    #[must_use]
    pub fn encoded(self) -> Self {
        Self { body: self.body.map(|(bytes, _)| (bytes, true)), ..self }
    }

    /// The same with one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same as whoever has this token.
    #[must_use]
    pub fn token(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// The event.
    pub fn event(&self, form: Form) -> Value {
        match form {
            Form::HttpApi => self.http_api(),
            Form::RestApi => self.rest_api(),
            Form::Balancer => self.balancer(false),
            Form::MultiValueBalancer => self.balancer(true),
        }
    }

    fn body(&self) -> (Value, bool) {
        match &self.body {
            None => (Value::Null, false),
            Some((bytes, true)) => (json!(STANDARD.encode(bytes)), true),
            Some((bytes, false)) => (json!(String::from_utf8_lossy(bytes)), false),
        }
    }

    fn all_headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let own = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        [("host", "shop.example.com"), ("x-forwarded-for", "203.0.113.7")].into_iter().chain(own)
    }

    fn single(pairs: impl Iterator<Item = (String, String)>) -> Map<String, Value> {
        pairs.map(|(name, value)| (name, json!(value))).collect()
    }

    fn multiple(pairs: impl Iterator<Item = (String, String)>) -> Map<String, Value> {
        let mut map = Map::new();
        for (name, value) in pairs {
            if let Value::Array(values) = map.entry(name).or_insert_with(|| json!([])) {
                values.push(json!(value));
            }
        }
        map
    }

    fn headers(&self) -> impl Iterator<Item = (String, String)> {
        self.all_headers().map(|(name, value)| (name.to_owned(), value.to_owned()))
    }

    /// Decoded, as API Gateway hands it over, or as it was written, as a balancer does.
    fn query(&self, decoded: bool) -> impl Iterator<Item = (String, String)> {
        let pairs = self.query.split('&').filter(|pair| !pair.is_empty());
        pairs.map(move |pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let text = |text: &str| if decoded { percent_decoded(text) } else { text.to_owned() };
            (text(name), text(value))
        })
    }

    fn http_api(&self) -> Value {
        let (body, encoded) = self.body();
        let (method, path) = (&self.method, &self.path);
        // Cookies come in a list of their own, and not among the headers.
        let headers = Self::single(self.headers().filter(|(name, _)| name != "cookie"));
        let cookies = self
            .headers()
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
        let (body, encoded) = self.body();
        let (method, path) = (&self.method, &self.path);
        let empty_is_null = |map: Map<String, Value>| if map.is_empty() { Value::Null } else { Value::Object(map) };
        json!({
            "resource": "/{proxy+}", "path": path, "httpMethod": method, "body": body, "isBase64Encoded": encoded,
            "headers": Self::single(self.headers()), "multiValueHeaders": Self::multiple(self.headers()),
            "queryStringParameters": empty_is_null(Self::single(self.query(true))),
            "multiValueQueryStringParameters": empty_is_null(Self::multiple(self.query(true))),
            "pathParameters": {"proxy": path.trim_start_matches('/')}, "stageVariables": null,
            "requestContext": {
                "accountId": "1", "apiId": "a", "stage": "prod", "requestId": "r", "resourceId": "x",
                "resourcePath": "/{proxy+}", "path": format!("/prod{path}"), "httpMethod": method, "protocol": "HTTP/1.1",
                "identity": {"sourceIp": "203.0.113.7", "userAgent": "t"}, "requestTimeEpoch": 1_767_225_600_000_i64,
            },
        })
    }

    fn balancer(&self, multiple: bool) -> Value {
        let (body, encoded) = self.body();
        let mut event = json!({
            "requestContext": {"elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/t/1"}},
            "httpMethod": self.method, "path": self.path, "isBase64Encoded": encoded,
            "body": if body.is_null() { json!("") } else { body },
        });
        if multiple {
            event["multiValueHeaders"] = Self::multiple(self.headers()).into();
            event["multiValueQueryStringParameters"] = Self::multiple(self.query(false)).into();
        } else {
            event["headers"] = Self::single(self.headers()).into();
            event["queryStringParameters"] = Self::single(self.query(false)).into();
        }
        event
    }
}

impl Reply {
    /// Reads an answer as the front door of this form does.
    ///
    /// # Errors
    /// When it would answer 502 in its place.
    pub fn read(form: Form, answer: &Value) -> anyhow::Result<Self> {
        let status = answer["statusCode"].as_u64().and_then(|status| u16::try_from(status).ok());
        let status = status.context("no status")?;
        let (single, multiple) = (answer["headers"].as_object(), answer["multiValueHeaders"].as_object());
        let mut headers = BTreeMap::new();
        let lists =
            form == Form::MultiValueBalancer || form == Form::RestApi && multiple.is_some_and(|m| !m.is_empty());
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
        // What an HTTP API makes headers of again; from no header of that name.
        let cookies: Vec<&str> = answer["cookies"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if form == Form::HttpApi && !cookies.is_empty() {
            headers.insert("set-cookie".to_owned(), cookies.join(", "));
        }
        let text = answer["body"].as_str().unwrap_or_default();
        let encoded = answer["isBase64Encoded"].as_bool().unwrap_or_default();
        let body = if encoded { STANDARD.decode(text)? } else { text.as_bytes().to_vec() };
        if matches!(form, Form::Balancer | Form::MultiValueBalancer) {
            if !answer["isBase64Encoded"].is_boolean() {
                bail!("a balancer wants isBase64Encoded");
            }
            let bytes = answer.to_string().len();
            if bytes > BALANCERS_MOST {
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

fn percent_decoded(text: &str) -> String {
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
