//! Why a message is no event: for logs and operators, who must not see what it says.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{OrderStatusChanged, ProductChanged, RatingChanged, RefundIssued, ReviewChanged, StockChanged};
use crate::{EventId, Timestamp};

/// Why a message is no event. Says where it is wrong, never what stands there: a body may hold
/// what is nobody's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// There is nothing in it.
    #[error("it is empty")]
    Empty,
    /// Cut off, or never JSON.
    #[error("it is not JSON (line {line}, column {column})")]
    NotJson {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// A text, a number, a list.
    #[error("it is JSON, but no object")]
    NotAnObject,
    /// This member.
    #[error("its `{0}` is missing, or is there twice, or cannot be read")]
    InvalidMember(&'static str),
    /// Of a kind that nobody here knows: of a newer version, perhaps.
    #[error("its `type` is none that this version knows")]
    UnknownType,
    /// The data is not what the type promises.
    #[error("its `data` is not that of `{0}`")]
    InvalidData(&'static str),
}

impl DecodeError {
    /// Looks for what is wrong with a body that could not be read.
    pub(super) fn diagnose(body: &str) -> Self {
        if body.trim().is_empty() {
            return Self::Empty;
        }
        match serde_json::from_str::<Value>(body) {
            Err(error) => Self::NotJson { line: error.line(), column: error.column() },
            Ok(Value::Object(members)) => Self::diagnose_members(&members),
            Ok(_) => Self::NotAnObject,
        }
    }

    fn diagnose_members(members: &Map<String, Value>) -> Self {
        if !deserializes_as::<EventId>(members, "eventId") {
            return Self::InvalidMember("eventId");
        }
        if !deserializes_as::<Timestamp>(members, "at") {
            return Self::InvalidMember("at");
        }
        if members.contains_key("requestId") && !deserializes_as::<Option<String>>(members, "requestId") {
            return Self::InvalidMember("requestId");
        }
        let Some(Value::String(kind)) = members.get("type") else { return Self::InvalidMember("type") };
        let Some((kind, good)) = check_data(members, kind) else { return Self::UnknownType };
        // A member that is there twice reads well here, where the last one counts.
        if good { Self::InvalidMember("type") } else { Self::InvalidData(kind) }
    }
}

/// The type by our own name, and whether the data is of that type.
fn check_data(members: &Map<String, Value>, kind: &str) -> Option<(&'static str, bool)> {
    Some(match kind {
        "order.status" => ("order.status", deserializes_as::<OrderStatusChanged>(members, "data")),
        "payment.refunded" => ("payment.refunded", deserializes_as::<RefundIssued>(members, "data")),
        "stock.changed" => ("stock.changed", deserializes_as::<StockChanged>(members, "data")),
        "review.changed" => ("review.changed", deserializes_as::<ReviewChanged>(members, "data")),
        "rating.changed" => ("rating.changed", deserializes_as::<RatingChanged>(members, "data")),
        "product.changed" => ("product.changed", deserializes_as::<ProductChanged>(members, "data")),
        _ => return None,
    })
}

fn deserializes_as<T: DeserializeOwned>(members: &Map<String, Value>, name: &str) -> bool {
    members.get(name).is_some_and(|value| T::deserialize(value).is_ok())
}
