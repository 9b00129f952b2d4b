//! Explains why a message is no event, to logs and operators, who must not see its content.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{
    OrderStatusChanged, OrderTakenOver, ProductChanged, RatingChanged, RefundIssued, ReturnChanged, ReviewChanged,
    StockChanged, VerificationRequested,
};
use crate::{EventId, Timestamp};

/// Why a message is no event. Names the position of the problem, never the content: a body may hold
/// personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    #[error("it is empty")]
    Empty,
    /// Truncated, or never JSON.
    #[error("it is not JSON (line {line}, column {column})")]
    NotJson {
        /// The first line is 1.
        line: usize,
        /// The first column is 1.
        column: usize,
    },
    /// A text, a number or a list.
    #[error("it is JSON, but not an object")]
    NotAnObject,
    /// The name of the member.
    #[error("its `{0}` is missing, duplicated or invalid")]
    InvalidMember(&'static str),
    /// An unknown type: from a newer version, perhaps.
    #[error("its `type` is unknown to this version")]
    UnknownType,
    /// The data does not match the type.
    #[error("its `data` is invalid for the type `{0}`")]
    InvalidData(&'static str),
}

impl DecodeError {
    /// Finds out what is wrong with a body that could not be decoded.
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
        // A duplicate member parses without error here, because the last one counts.
        if good { Self::InvalidMember("type") } else { Self::InvalidData(kind) }
    }
}

/// The type by its known name, and whether the data matches that type.
fn check_data(members: &Map<String, Value>, kind: &str) -> Option<(&'static str, bool)> {
    Some(match kind {
        "order.status" => ("order.status", deserializes_as::<OrderStatusChanged>(members, "data")),
        "payment.refunded" => ("payment.refunded", deserializes_as::<RefundIssued>(members, "data")),
        "return.changed" => ("return.changed", deserializes_as::<ReturnChanged>(members, "data")),
        "stock.changed" => ("stock.changed", deserializes_as::<StockChanged>(members, "data")),
        "review.changed" => ("review.changed", deserializes_as::<ReviewChanged>(members, "data")),
        "rating.changed" => ("rating.changed", deserializes_as::<RatingChanged>(members, "data")),
        "product.changed" => ("product.changed", deserializes_as::<ProductChanged>(members, "data")),
        "account.verification" => ("account.verification", deserializes_as::<VerificationRequested>(members, "data")),
        "order.taken_over" => ("order.taken_over", deserializes_as::<OrderTakenOver>(members, "data")),
        _ => return None,
    })
}

fn deserializes_as<T: DeserializeOwned>(members: &Map<String, Value>, name: &str) -> bool {
    members.get(name).is_some_and(|value| T::deserialize(value).is_ok())
}
