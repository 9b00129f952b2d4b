//! The attributes of an endpoint in its group's list, and how the OpenAPI document shows them.

use serde_json::{Value, json};
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{Content, RefOr};

use crate::rate_limits::Route;

/// Who may call an endpoint, by operation, for programs.
const ACCESS_EXTENSION: &str = "x-access";
/// What a client may do after a lost response, by operation that writes, for programs.
const REPEAT_EXTENSION: &str = "x-repeat";
/// The security scheme of the whole API.
const BEARER: &str = "bearer";

/// Who may call an endpoint. The handler's extractor and its query decide; `tests/access.rs` calls
/// every endpoint as every kind of caller and fails where this says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Access {
    /// Anyone; a token is not read.
    Anyone,
    /// Anyone; a token that is sent must be valid.
    MaybeCustomer,
    /// Any user who is signed in with an account.
    Customer,
    /// Any user who is signed in, and guests.
    Buyer,
    /// The owner and admins; for other users it does not exist, and guests own none.
    OwnerOrAdmin,
    /// The owner, who may be a guest, and admins; for others it does not exist.
    BuyingOwnerOrAdmin,
    /// As before, and whoever has a link to it, with or without a token.
    BuyingOwnerAdminOrLink,
    /// The owner alone; for admins too it does not exist.
    Owner,
    Admin,
}

impl Access {
    /// As the document has it.
    pub const fn as_str(self) -> &'static str {
        self.into_str()
    }

    /// Whether a request without a token, and without a link, is rejected.
    pub const fn needs_token(self) -> bool {
        !matches!(self, Self::Anyone | Self::MaybeCustomer)
    }

    /// Whether a request without a token reaches the function, which decides.
    pub const fn admits_without_token(self) -> bool {
        !self.needs_token() || matches!(self, Self::BuyingOwnerAdminOrLink)
    }

    /// Whether guests may call it, for what is theirs.
    pub const fn admits_guests(self) -> bool {
        !matches!(self, Self::Customer | Self::OwnerOrAdmin | Self::Owner | Self::Admin)
    }

    fn security(self) -> Option<Vec<SecurityRequirement>> {
        let token = SecurityRequirement::new(BEARER, [""; 0]);
        match self {
            Self::Anyone => None,
            // An empty requirement beside the token's: the token is optional.
            Self::MaybeCustomer => Some(vec![SecurityRequirement::default(), token]),
            _ => Some(vec![token]),
        }
    }
}

/// Why a client may repeat a write whose response was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// It takes an `Idempotency-Key`: a second request gets the first one's response.
    IdempotencyKey,
    /// A second one has no second effect; the reason.
    Safe(&'static str),
}

/// An endpoint as its group's list has it.
pub struct Endpoint {
    /// Method, path and class of limits.
    pub route: Route,
    /// Who may call it.
    pub access: Access,
    /// Set for every endpoint that writes.
    pub repeat: Option<Repeat>,
    /// An example query string.
    pub query: Option<&'static str>,
    /// A body that succeeds, given that its ids exist.
    pub body: Option<Value>,
}

/// Writes access, repeatability and samples into an operation.
pub(crate) fn describe_endpoint(operation: &mut Operation, endpoint: &Endpoint) {
    let Endpoint { access, repeat, query, body, .. } = endpoint;
    operation.security = access.security();
    let mut extensions = vec![(ACCESS_EXTENSION, json!(access.as_str()))];
    if let Some(repeat) = repeat {
        let value = match repeat {
            Repeat::IdempotencyKey => json!({"needs": "Idempotency-Key"}),
            Repeat::Safe(reason) => json!({"safe": reason}),
        };
        extensions.push((REPEAT_EXTENSION, value));
    }
    operation.extensions.get_or_insert_default().merge(Extensions::from_iter(extensions));
    for (name, value) in query.iter().flat_map(|query| query.split('&')).filter_map(|pair| pair.split_once('=')) {
        let parameters = operation.parameters.iter_mut().flatten();
        let named = parameters.filter_map(|parameter| match parameter {
            RefOr::T(parameter) => Some(parameter),
            RefOr::Ref(_) => None,
        });
        for parameter in named.filter(|p| p.name == name && p.parameter_in == ParameterIn::Query) {
            let example = sample_value(parameter, value);
            *parameter = ParameterBuilder::from(std::mem::take(parameter)).example(Some(example)).build();
        }
    }
    let content = operation.request_body.as_mut().and_then(|request| match request {
        RefOr::T(request) => request.content.get_mut("application/json"),
        RefOr::Ref(_) => None,
    });
    if let Some(RefOr::T(Content { example, .. })) = content {
        example.clone_from(body);
    }
}

/// The text of a query as its parameter's schema has it: a number where the schema wants one.
fn sample_value(parameter: &Parameter, text: &str) -> Value {
    let schema = serde_json::to_value(&parameter.schema).unwrap_or_default();
    let types = schema["type"].to_string();
    let is_text = types.contains("string") || schema["type"].is_null();
    let parsed = serde_json::from_str(text).ok().filter(|value: &Value| value.is_number() || value.is_boolean());
    parsed.filter(|_| !is_text).unwrap_or_else(|| json!(text))
}
