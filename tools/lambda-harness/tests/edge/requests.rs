//! For each route, a request that succeeds, on fresh objects each time: the sample of the document.

use api::{Caller, Route, SampleRequest, SampleShop, Samples};
use lambda_harness::{EventSource, HttpRequest};
use serde_json::Value;

use crate::harness::Harness;

/// Whoever may make it makes it.
pub(crate) async fn valid_request(world: &mut Harness, samples: &Samples, route: &Route) -> HttpRequest {
    let sample = samples.request(world, route).await;
    if route.operation_id == "log_out" {
        let leaving = world.env.customer().await;
        return to_http(&sample).bearer(&leaving.token);
    }
    world.signed_in(route.sample_caller(), to_http(&sample))
}

fn to_http(sample: &SampleRequest) -> HttpRequest {
    let mut request = HttpRequest::new(&sample.method, &sample.path);
    if let Some(body) = &sample.body {
        request = request.json(body);
    }
    if let Some(key) = &sample.idempotency_key {
        request = request.header("idempotency-key", key);
    }
    request
}

impl Harness {
    fn signed_in(&self, caller: Caller, request: HttpRequest) -> HttpRequest {
        match caller {
            Caller::Anyone => request,
            Caller::Owner => request.bearer(&self.customer.token),
            Caller::Admin => request.bearer(&self.admin.token),
        }
    }
}

impl SampleShop for Harness {
    async fn send(&mut self, caller: Caller, request: &SampleRequest) -> Value {
        let request = self.signed_in(caller, to_http(request));
        let response = Harness::send(self, &request, EventSource::HttpApi).await;
        response.json().unwrap_or_else(|error| panic!("{request:?}: {} {error:#}", response.status))
    }

    fn owner_id(&self) -> i64 {
        i64::from(self.customer.id.get())
    }

    fn nonce(&mut self) -> String {
        format!("{:x}", self.env.clock.random() as u64)
    }
}
