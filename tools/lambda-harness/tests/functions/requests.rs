//! For each route, a request that succeeds, on new objects each time: the sample of the document.

use api::{Caller, Route, SampleRequest, SampleShop, Samples};
use api_client::ApiRequest;
use http::Method;
use lambda_events::EventSource;
use serde_json::Value;

use crate::harness::Harness;

/// Sent by a caller who may send it.
pub(crate) async fn valid_request(world: &mut Harness, samples: &Samples, route: &Route) -> ApiRequest {
    let sample = samples.request(world, route).await;
    if route.operation_id == "log_out" {
        let leaving = world.env.customer().await;
        return to_api_request(&sample).with_token(&leaving.token);
    }
    world.signed_in(route.sample_caller(), to_api_request(&sample))
}

fn to_api_request(sample: &SampleRequest) -> ApiRequest {
    let method = Method::from_bytes(sample.method.as_bytes()).unwrap();
    let mut request = ApiRequest::new(method, sample.path.clone());
    if let Some(body) = &sample.body {
        request = request.with_json(body);
    }
    if let Some(key) = &sample.idempotency_key {
        request = request.with_idempotency_key(key);
    }
    request
}

impl Harness {
    fn signed_in(&self, caller: Caller, request: ApiRequest) -> ApiRequest {
        match caller {
            Caller::Anyone => request,
            Caller::Owner => request.with_token(&self.customer.token),
            Caller::Admin => request.with_token(&self.admin.token),
        }
    }
}

impl SampleShop for Harness {
    async fn send(&mut self, caller: Caller, request: &SampleRequest) -> Value {
        let request = self.signed_in(caller, to_api_request(request));
        Harness::send(self, &request, EventSource::HttpApi).await.json()
    }

    fn owner_id(&self) -> i64 {
        i64::from(self.customer.id.get())
    }

    fn verification_token(&mut self) -> String {
        self.env.verification_token(&self.customer)
    }

    fn nonce(&mut self) -> String {
        format!("{:x}", self.env.clock.random() as u64)
    }
}
