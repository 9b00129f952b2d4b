//! A shop of this test's own, and its functions as processes.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use edge::{Form, Reply, Request, Sandbox, binaries, binary};
use runtime::Vars;
use serde_json::{Value, json};
use testkit::{Bed, Person};

/// The variables of the process that a function needs, too.
const AWS: [&str; 5] =
    ["AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_SQS", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
const PATIENCE: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(20);

pub(crate) struct World {
    pub(crate) bed: Bed,
    pub(crate) customer: Person,
    pub(crate) admin: Person,
    sandboxes: HashMap<String, Sandbox>,
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The programs to be tested: those in `EDGE_BIN_DIR`, or those beside this one.
pub(crate) fn programs() -> PathBuf {
    Vars::from_env().optional("EDGE_BIN_DIR").map_or_else(|| binaries().unwrap(), PathBuf::from)
}

impl World {
    pub(crate) async fn open() -> Self {
        let bed = Bed::new().await;
        let (customer, admin) = (bed.customer().await, bed.admin().await);
        Self { bed, customer, admin, sandboxes: HashMap::new() }
    }

    pub(crate) fn variables(&self) -> Vec<(String, String)> {
        let environment = Vars::from_env();
        let aws = AWS.iter().filter_map(|name| Some(((*name).to_owned(), environment.optional(name)?)));
        self.bed.variables().iter().cloned().chain(aws).collect()
    }

    /// The same with some set otherwise.
    pub(crate) fn variables_with(&self, changed: &[(&str, &str)]) -> Vec<(String, String)> {
        let kept = self.variables().into_iter().filter(|(name, _)| changed.iter().all(|(other, _)| name != other));
        kept.chain(changed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))).collect()
    }

    /// A function's process; the first caller starts it.
    pub(crate) async fn function(&mut self, function: &str) -> &mut Sandbox {
        if !self.sandboxes.contains_key(function) {
            self.start(function, &[]).await;
        }
        self.sandboxes.get_mut(function).unwrap()
    }

    /// Starts a function with some variables set otherwise.
    pub(crate) async fn start(&mut self, function: &str, changed: &[(&str, &str)]) {
        let program = binary(&programs(), function).unwrap();
        let started = Sandbox::start(&program, function, &self.variables_with(changed)).await;
        self.sandboxes.insert(function.to_owned(), started.unwrap_or_else(|e| panic!("{function}: {e:#}")));
    }

    /// Sends a request to the function whose group its path names.
    pub(crate) async fn ask(&mut self, request: &Request, form: Form) -> Reply {
        let function = request.path.split('/').nth(2).unwrap_or_default().to_owned();
        let function = if request.path.starts_with("/api/") { function } else { "users".to_owned() };
        let outcome = self.function(&function).await.invoke(&request.event(form)).await;
        let outcome = outcome.unwrap_or_else(|e| panic!("{request:?} as {form:?}: {e:#}"));
        Reply::read(form, &outcome.json().unwrap()).unwrap_or_else(|e| panic!("{request:?} as {form:?}: {e:#}"))
    }

    pub(crate) async fn product(&self) -> i64 {
        let id = self.bed.product(1000, 50).await;
        i64::from(id.get())
    }

    /// The customer's fresh order.
    pub(crate) async fn order(&mut self, method: &str) -> Value {
        let product = self.product().await;
        let body = json!({"items": [{"productId": product, "quantity": 1}], "payment": {"method": method}});
        let request = Request::new("POST", "/api/orders").json(&body).token(&self.customer.token);
        let placed = self.ask(&request, Form::HttpApi).await.json().unwrap();
        if placed["order"].is_object() { placed["order"].clone() } else { placed }
    }
}

/// Waits for a line of a function's output that fits.
pub(crate) async fn line(sandbox: &Sandbox, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
    let found = async {
        loop {
            let lines = sandbox.output();
            if let Some(line) = lines.iter().filter_map(|line| serde_json::from_str(line).ok()).find(&fits) {
                return line;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    let found = tokio::time::timeout(PATIENCE, found).await;
    found.unwrap_or_else(|_| panic!("no line with {what} in\n{}", sandbox.output().join("\n")))
}
