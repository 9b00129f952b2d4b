//! Bounded text: a value of such a type has been trimmed, normalized to NFC, counted and checked.
//!
//! Two rules for all text that people write. One line (a name, a subject, a reason): every
//! character is visible or a space. Several lines (a description, a comment, a message): line
//! breaks and tabs too, and the joiners and marks that some scripts need. A character that breaks a
//! rule is reported, never removed: no text is changed silently.

use serde::{Deserialize, Serialize};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Why a text was rejected; the sentence is for its author.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidText(pub(crate) String);

/// Composed characters, as nearly every keyboard produces them, so that text that looks the same is
/// the same.
pub(crate) fn nfc(text: &str) -> String {
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => text.to_owned(),
        IsNormalized::No | IsNormalized::Maybe => text.nfc().collect(),
    }
}

/// Several lines: control characters other than line breaks and tabs are rejected, since no store
/// and no page shows them; so are characters that override the direction of the text around them.
/// If the text must not be empty, it must have a visible character.
pub(crate) fn bounded(text: &str, min: usize, max: usize) -> Result<String, InvalidText> {
    let text = check_length(text, min, max)?;
    reject_characters(&text, is_control_or_bidi_override)?;
    if min > 0 && text.chars().all(|c| c.is_whitespace() || is_invisible(c) || is_variation_selector(c)) {
        return Err(InvalidText("must have a visible character".to_owned()));
    }
    Ok(text)
}

/// One line: a name, a heading or a header. Nothing in it is invisible, so two of them that look
/// the same are the same, and nothing in it reverses the text beside it.
pub(crate) fn one_line(text: &str, min: usize, max: usize) -> Result<String, InvalidText> {
    let text = check_length(text, min, max)?;
    if text.contains(['\n', '\r', '\t', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}']) {
        return Err(InvalidText("must be a single line".to_owned()));
    }
    let mut before = None;
    reject_characters(&text, |c| {
        // A selector chooses the form of the character before it: of a symbol or an ideograph.
        let stray = is_variation_selector(c)
            && !before.is_some_and(|b: char| !b.is_ascii() && !b.is_whitespace() && !is_variation_selector(b));
        before = Some(c);
        stray || is_invisible(c)
    })?;
    Ok(text)
}

fn check_length(text: &str, min: usize, max: usize) -> Result<String, InvalidText> {
    let text = nfc(text.trim());
    let length = text.chars().count();
    if length < min || length > max {
        let bounds = if min == 0 { format!("at most {max}") } else { format!("{min} to {max}") };
        return Err(InvalidText(format!("must be {bounds} characters long")));
    }
    Ok(text)
}

/// Names the first forbidden character, since its author cannot see it.
fn reject_characters(text: &str, mut may_not_be: impl FnMut(char) -> bool) -> Result<(), InvalidText> {
    let Some((place, c)) = text.chars().enumerate().find(|(_, c)| may_not_be(*c)) else { return Ok(()) };
    let what = if c.is_control() { "control" } else { "invisible" };
    let (code, place) = (u32::from(c), place + 1);
    Err(InvalidText(format!("must not contain {what} characters (U+{code:04X} at position {place})")))
}

/// Control characters that no text has, and overrides of the text direction.
fn is_control_or_bidi_override(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Control characters, and what Unicode calls default ignorable: characters without width that
/// join, separate or reverse text. Also three characters that are blank in every font.
pub(crate) fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e00ff}' | '\u{e01f0}'..='\u{e0fff}')
}

/// Variation selectors: a red heart, one form of an ideograph in a name.
fn is_variation_selector(c: char) -> bool {
    matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// A newtype over trimmed NFC text of `min..=max` characters: one line `by one_line`, several lines
/// that must not be blank `by lines`, or several that may be empty. The patterns are for the
/// OpenAPI document: [`is_invisible`] and [`is_control_or_bidi_override`] in a form that every
/// regular expression engine reads alike. They cannot express that a variation selector needs a
/// character to select for, and stay within the first 65,536 characters: what JavaScript accepts as
/// one beyond, Python does not.
macro_rules! text {
    ($($(#[$doc:meta])* $name:ident = $min:tt ..= $max:tt $(by $by:ident)?),+ $(,)?) => {$(
        text!(@type [$($by)?] $(#[$doc])* $name = $min ..= $max);
    )+};
    (@type [] $($rest:tt)+) => {
        text!(@write bounded,
            "^[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f\\u202a-\\u202e\\u2066-\\u2069]*$",
            $($rest)+);
    };
    (@type [lines] $($rest:tt)+) => {
        text!(@write bounded,
            "^[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f\\u202a-\\u202e\\u2066-\\u2069]*[^\\s\\u0000-\\u0020\\u007f-\\u00a0\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u2800\\u3164\\ufeff\\uffa0\\ufff0-\\ufffb][^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f\\u202a-\\u202e\\u2066-\\u2069]*$",
            $($rest)+);
    };
    (@type [one_line] $($rest:tt)+) => {
        text!(@write one_line,
            "^[^\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u2800\\u3164\\ufeff\\uffa0\\ufff0-\\ufffb]*[^\\s\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u2800\\u3164\\ufeff\\uffa0\\ufff0-\\ufffb][^\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u2800\\u3164\\ufeff\\uffa0\\ufff0-\\ufffb]*$",
            $($rest)+);
    };
    (@write $by:ident, $pattern:literal, $(#[$doc:meta])* $name:ident = $min:tt ..= $max:tt) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schema(value_type = String, min_length = $min, max_length = $max, pattern = $pattern)]
        pub struct $name(String);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::text::InvalidText;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                $crate::text::$by(&text, $min, $max).map(Self)
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
    };
}
pub(crate) use text;

/// A request body without fields: `{}`, or no body at all.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EmptyBody {}

#[cfg(test)]
mod tests {
    use super::*;

    /// Invisible characters, direction overrides and line breaks.
    const UNSEEN: [&str; 24] = [
        "\u{200b}\u{200b}",
        "\u{2060}\u{2060}",
        "\u{feff}\u{feff}",
        "\u{3164}\u{3164}",
        "\u{2800}\u{2800}",
        "\u{ad}\u{ad}",
        "\u{115f}\u{1160}",
        "\u{ffa0}\u{ffa0}",
        "\u{34f}\u{34f}",
        "\u{200e}\u{200f}",
        "\u{180e}\u{180e}",
        "\u{fe0f}\u{fe0f}",
        "\u{e0100}\u{e0101}",
        "\u{e0041}\u{e007f}",
        "Te\u{200d}a",
        "Te\u{200b}a",
        "Te\u{202e}a",
        "Te\u{2066}a\u{2069}",
        "Te\u{61c}a",
        "Te\u{0}a",
        "Te\u{1b}[1ma",
        "Te\u{9b}a",
        "Te\u{fff9}a",
        "Tea\u{fe0f}",
    ];

    #[test]
    fn a_line_has_nothing_in_it_that_is_not_seen() {
        for text in UNSEEN {
            assert!(one_line(text, 1, 50).is_err(), "{text:?}");
        }
        for text in ["a\nb", "a\rb", "a\tb", "a\u{2028}b", "a\u{85}b"] {
            assert_eq!(one_line(text, 1, 50), Err(InvalidText("must be a single line".to_owned())), "{text:?}");
        }
        for empty in ["", " ", "\u{3000}\u{a0}\u{2003}", "\n"] {
            assert!(one_line(empty, 1, 50).is_err(), "{empty:?}");
        }
        let good = [
            "Tea",
            "Ada Lovelace",
            "Zoë",
            "Łukasz",
            "明日香",
            "葛\u{e0100}城",
            "שלום",
            "محمد",
            "I ❤\u{fe0f} tea",
            "50 % – ½",
            "नमस्ते",
            "김",
        ];
        for text in good {
            assert_eq!(one_line(&format!("  {text}\n"), 1, 50).as_deref(), Ok(nfc(text).as_str()), "{text:?}");
        }
    }

    #[test]
    fn the_character_that_may_not_be_there_is_named() {
        let rejected = one_line("Te\u{202e}a", 1, 50).unwrap_err().to_string();
        assert_eq!(rejected, "must not contain invisible characters (U+202E at position 3)");
        let rejected = bounded("Te\u{7}a", 0, 50).unwrap_err().to_string();
        assert_eq!(rejected, "must not contain control characters (U+0007 at position 3)");
    }

    #[test]
    fn an_invalid_length_is_reported_with_its_bounds() {
        let message = |text: &str, min| one_line(text, min, 3).unwrap_err().to_string();
        assert_eq!(message("abcd", 0), "must be at most 3 characters long");
        assert_eq!([message("abcd", 1), message("", 1)], ["must be 1 to 3 characters long"; 2]);
    }

    #[test]
    fn several_lines_may_break_and_join_and_never_turn_around() {
        for good in ["", "a\r\n\tb", "می\u{200c}خواهم", "👩\u{200d}💻", "a\u{200e}b", "🏴\u{e0067}\u{e007f}"]
        {
            assert_eq!(bounded(good, 0, 50).as_deref(), Ok(good), "{good:?}");
        }
        for bad in ["a\u{0}", "a\u{202e}b", "a\u{2067}b", "a\u{9f}b"] {
            assert!(bounded(bad, 0, 50).is_err(), "{bad:?}");
        }
        for silent in ["\u{200b}", "\u{feff}\n\u{2060}", "\u{200d}\u{fe0f}"] {
            assert!(bounded(silent, 0, 50).is_ok() && bounded(silent, 1, 50).is_err(), "{silent:?}");
        }
    }

    #[test]
    fn text_is_composed_before_it_is_counted() {
        let (composed, decomposed) = ("cr\u{e8}me", "cre\u{300}me");
        for rule in [one_line, bounded] {
            assert_eq!(rule(decomposed, 1, 5), Ok(composed.to_owned()));
            assert_eq!(rule("\u{1112}\u{1161}\u{11ab}", 1, 1), Ok("\u{d55c}".to_owned()));
        }
    }
}
