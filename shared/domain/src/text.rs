//! Bounded text: a value of such a type has been trimmed, counted and found clean.

use serde::{Deserialize, Serialize};

/// Why a text was refused; the sentence goes to the person who wrote it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidText(pub(crate) String);

/// Trims, then counts characters; control characters other than line breaks and tabs are
/// refused, since no store and no page shows them.
pub(crate) fn bounded(text: &str, min: usize, max: usize) -> Result<String, InvalidText> {
    let text = text.trim();
    let length = text.chars().count();
    if length < min || length > max {
        let bounds = if min == 0 { format!("at most {max}") } else { format!("{min} to {max}") };
        return Err(InvalidText(format!("must be {bounds} characters long")));
    }
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(InvalidText("must not contain control characters".to_owned()));
    }
    Ok(text.to_owned())
}

/// As [`bounded`], without line breaks and tabs: what becomes a header or a heading.
pub(crate) fn one_line(text: &str, min: usize, max: usize) -> Result<String, InvalidText> {
    let text = bounded(text, min, max)?;
    if text.chars().any(char::is_control) {
        return Err(InvalidText("must be one line".to_owned()));
    }
    Ok(text)
}

/// A newtype over trimmed text of `min..=max` characters; `by one_line` refuses line breaks.
macro_rules! text {
    ($($(#[$doc:meta])* $name:ident = $min:tt ..= $max:tt $(by $by:ident)?),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schema(value_type = String, min_length = $min, max_length = $max)]
        pub struct $name(String);

        impl $name {
            /// The text, trimmed.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::text::InvalidText;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                use $crate::text::*;
                text!(@judge $($by)?)(&text, $min, $max).map(Self)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> String {
                text.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
    (@judge) => { bounded };
    (@judge $by:ident) => { $by };
}
pub(crate) use text;

/// A request body without fields: `{}`, or nothing at all.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Blank {}
