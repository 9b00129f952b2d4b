//! The value of a field that is absent.

use serde::de::{Deserializer, Visitor};
use serde::forward_to_deserialize_any;

use super::read_error::ReadError;

/// A missing field: an optional one reads `None`, everything else fails.
pub(super) struct AbsentValue;

impl<'de> Deserializer<'de> for AbsentValue {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, ReadError> {
        Err(ReadError::AlreadyReported)
    }

    fn deserialize_option<V: Visitor<'de>>(self, to: V) -> Result<V::Value, ReadError> {
        to.visit_none()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
