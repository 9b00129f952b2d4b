//! Whole numbers as JSON has them: `1.0` and `1e0` are 1, in a body and in a query alike.

use std::fmt;

use serde::Deserializer;
use serde::de::{self, Visitor};

/// Deserializes a whole number. A number outside of the range of `i64` becomes the nearest end of
/// that range, for the caller's own bounds to reject.
///
/// # Errors
/// When it is no number, or has a fraction.
pub(crate) fn deserialize_whole_number<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    // Not `deserialize_i64`: a query's text is parsed as the requested type, and `1.0` is no i64.
    from.deserialize_f64(WholeNumberVisitor)
}

struct WholeNumberVisitor;

impl Visitor<'_> for WholeNumberVisitor {
    type Value = i64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number")
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<i64, E> {
        Ok(number)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<i64, E> {
        Ok(i64::try_from(number).unwrap_or(i64::MAX))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<i64, E> {
        // Neither an infinity nor NaN has a fraction of zero. The cast saturates.
        if number.fract() == 0.0 { Ok(number as i64) } else { Err(E::custom("must be a whole number")) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn an_integral_float_is_a_whole_number_and_a_fraction_is_none() {
        let read = |value: Value| deserialize_whole_number(&value).ok();
        for (value, number) in [
            (json!(7), 7),
            (json!(-7), -7),
            (json!(7.0), 7),
            (json!(-7.0), -7),
            (json!(1e2), 100),
            (json!(-0.0), 0),
            (json!(u64::MAX), i64::MAX),
            (json!(1e300), i64::MAX),
            (json!(-1e300), i64::MIN),
        ] {
            assert_eq!(read(value.clone()), Some(number), "{value}");
        }
        for value in [json!(7.5), json!(1e-9), json!("7"), json!(null), json!([7]), json!(true)] {
            assert_eq!(read(value.clone()), None, "{value}");
        }
        let said = deserialize_whole_number(&json!("7")).unwrap_err().to_string();
        assert!(said.ends_with("expected a whole number"), "{said}");
    }
}
