//! The functions as processes, on stores of this test's own.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use api_client::{ApiRequest, ApiResponse};
use lambda_events::{EventContext, EventSource};
use lambda_harness::{Sandbox, default_bin_dir, find_binary};
use runtime::Env;
use serde_json::{Value, json};
use testkit::{TestEnv, TestUser};

/// Variables of this process that functions need, too.
const AWS_VARIABLES: [&str; 5] =
    ["AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_SQS", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
const TIMEOUT: Duration = Duration::from_secs(20);
const POLL_INTERVAL: Duration = Duration::from_millis(20);

pub(crate) struct Harness {
    pub(crate) env: TestEnv,
    pub(crate) customer: TestUser,
    pub(crate) admin: TestUser,
    sandboxes: HashMap<String, Sandbox>,
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The programs under test: those in `LAMBDA_HARNESS_BIN_DIR`, or those beside this one.
pub(crate) fn bin_dir() -> PathBuf {
    Env::from_env().optional("LAMBDA_HARNESS_BIN_DIR").map_or_else(|| default_bin_dir().unwrap(), PathBuf::from)
}

impl Harness {
    pub(crate) async fn new() -> Self {
        let test_env = TestEnv::new().await;
        let (customer, admin) = (test_env.customer().await, test_env.admin().await);
        Self { env: test_env, customer, admin, sandboxes: HashMap::new() }
    }

    pub(crate) fn variables(&self) -> Vec<(String, String)> {
        let environment = Env::from_env();
        let aws = AWS_VARIABLES.iter().filter_map(|name| Some(((*name).to_owned(), environment.optional(name)?)));
        self.env.env_vars().iter().cloned().chain(aws).collect()
    }

    /// The variables with some of them replaced.
    pub(crate) fn variables_with(&self, changed: &[(&str, &str)]) -> Vec<(String, String)> {
        let kept = self.variables().into_iter().filter(|(name, _)| changed.iter().all(|(other, _)| name != other));
        kept.chain(changed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))).collect()
    }

    /// The function's process, which the first call starts.
    pub(crate) async fn function(&mut self, function: &str) -> &mut Sandbox {
        if !self.sandboxes.contains_key(function) {
            self.start(function, &[]).await;
        }
        self.sandboxes.get_mut(function).unwrap()
    }

    /// Starts a function with some variables replaced.
    pub(crate) async fn start(&mut self, function: &str, changed: &[(&str, &str)]) {
        let program = find_binary(&bin_dir(), function).unwrap();
        let started = Sandbox::start(&program, function, &self.variables_with(changed)).await;
        self.sandboxes.insert(function.to_owned(), started.unwrap_or_else(|e| panic!("{function}: {e:#}")));
    }

    /// Sends a request to the function whose group the path names.
    pub(crate) async fn send(&mut self, request: &ApiRequest, source: EventSource) -> ApiResponse {
        self.send_in(request, source, &EventContext::default()).await
    }

    pub(crate) async fn send_in(
        &mut self,
        request: &ApiRequest,
        source: EventSource,
        context: &EventContext,
    ) -> ApiResponse {
        let group = request.path().strip_prefix("/api/").and_then(|rest| rest.split('/').next());
        let function = self.function(group.unwrap_or("users")).await;
        let outcome = function.invoke(&source.to_event_in(request, context)).await;
        let outcome = outcome.unwrap_or_else(|e| panic!("{request:?} as {source:?}: {e:#}"));
        source.parse_response(&outcome.json().unwrap()).unwrap_or_else(|e| panic!("{request:?} as {source:?}: {e:#}"))
    }

    pub(crate) async fn create_product(&self) -> i64 {
        let id = self.env.product(1000, 50).await;
        i64::from(id.get())
    }

    /// A new order of the customer.
    pub(crate) async fn place_order(&mut self, method: &str) -> Value {
        let product = self.create_product().await;
        let body = json!({"items": [{"productId": product, "quantity": 1}], "payment": {"method": method}});
        let request = ApiRequest::post("/api/orders", &body).with_token(&self.customer.token);
        let placed = self.send(&request, EventSource::HttpApi).await.json();
        if placed["order"].is_object() { placed["order"].clone() } else { placed }
    }
}

/// Waits for a line of the function's log that `fits`.
pub(crate) async fn wait_for_log_line(sandbox: &Sandbox, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
    let found = async {
        loop {
            let lines = sandbox.log_lines();
            if let Some(line) = lines.iter().filter_map(|line| serde_json::from_str(line).ok()).find(&fits) {
                return line;
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    };
    let found = tokio::time::timeout(TIMEOUT, found).await;
    found.unwrap_or_else(|_| panic!("no line with {what} in\n{}", sandbox.log_lines().join("\n")))
}
