use api_client::{ApiRequest, ApiResponse};
use serde_json::Value;

use crate::{SOURCE_IP, alb, http_api, response, rest_api};

/// What hands a request to a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventSource {
    /// API Gateway's HTTP API, payload format 2.0.
    HttpApi,
    /// API Gateway's REST API, or an HTTP API with payload format 1.0.
    RestApi,
    /// A load balancer whose target group has no multi-value headers.
    Alb,
    /// A load balancer whose target group has multi-value headers, as infra/alb-group.yaml sets them.
    AlbMultiValue,
}

/// What an event source adds to a request.
#[derive(Clone, Debug)]
pub struct EventContext {
    /// The gateway's route, `/api/orders/{id}`; `None` is its catch-all route.
    pub route: Option<String>,
    /// Names and values of the route's parameters.
    pub path_parameters: Vec<(String, String)>,
    pub source_ip: String,
    /// The load balancer's target group.
    pub target_group: String,
    /// Event sources encode a body in base64 when its type is binary or it has a `content-encoding`.
    /// Text, JSON, JavaScript and XML they send as they are.
    pub base64_body: bool,
}

impl Default for EventContext {
    fn default() -> Self {
        Self {
            route: None,
            path_parameters: Vec::new(),
            source_ip: SOURCE_IP.to_owned(),
            target_group: "shop-prod".to_owned(),
            base64_body: false,
        }
    }
}

impl EventSource {
    pub const ALL: [Self; 4] = [Self::HttpApi, Self::RestApi, Self::Alb, Self::AlbMultiValue];

    /// The event of a request that comes from [`SOURCE_IP`] through a catch-all route.
    pub fn to_event(self, request: &ApiRequest) -> Value {
        self.to_event_in(request, &EventContext::default())
    }

    pub fn to_event_in(self, request: &ApiRequest, context: &EventContext) -> Value {
        match self {
            Self::HttpApi => http_api::event(request, context),
            Self::RestApi => rest_api::event(request, context),
            Self::Alb => alb::event(request, context, false),
            Self::AlbMultiValue => alb::event(request, context, true),
        }
    }

    /// Reads a function's output as this event source does.
    ///
    /// # Errors
    /// When the event source would answer 502 instead.
    pub fn parse_response(self, output: &Value) -> anyhow::Result<ApiResponse> {
        response::parse(self, output)
    }
}
