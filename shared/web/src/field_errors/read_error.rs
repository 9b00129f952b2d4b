//! Why a value could not be deserialized, in parts until its position is known.

use std::fmt;

use serde::de::{self, Expected, Unexpected};

/// An error of serde.
#[derive(Debug)]
pub(super) enum ReadError {
    /// It is in the list already.
    AlreadyReported,
    /// An object lacks this field.
    MissingField(&'static str),
    /// An object has a member that is none of these fields.
    UnknownField(&'static [&'static str]),
    /// An object has a field twice.
    DuplicateField,
    /// This member of an object is wrong together with another one.
    Member(String, String),
    /// The message for the client.
    Message(String),
}

impl de::Error for ReadError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Message(message.to_string())
    }

    fn invalid_type(given: Unexpected<'_>, expected: &dyn Expected) -> Self {
        // In the terms of JSON, which has no unit type.
        match given {
            Unexpected::Unit => Self::Message(format!("has the wrong type: null, expected {expected}")),
            given => Self::Message(format!("has the wrong type: {given}, expected {expected}")),
        }
    }

    fn invalid_value(given: Unexpected<'_>, expected: &dyn Expected) -> Self {
        match given {
            // How a rule about several members of an object names the one that it rejects.
            Unexpected::Other(member) => Self::Member(member.to_owned(), format!("must be {expected}")),
            given => Self::Message(format!("has an invalid value: {given}, expected {expected}")),
        }
    }

    fn unknown_field(_: &str, fields: &'static [&'static str]) -> Self {
        Self::UnknownField(fields)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::MissingField(field)
    }

    fn duplicate_field(_: &'static str) -> Self {
        Self::DuplicateField
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(text) => f.write_str(text),
            other => write!(f, "{other:?}"),
        }
    }
}

impl std::error::Error for ReadError {}
