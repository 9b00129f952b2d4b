//! The public form of a person's name: the first name and an initial.

use unicode_segmentation::UnicodeSegmentation;

/// `Ada Lovelace` becomes `Ada L.`, whatever is between the first and the last word. A single word
/// stays, since nobody can tell which part of a name it is; but an email address in place of a
/// word, and a name in a script without spaces between its parts, become an initial.
pub(super) fn public_name(name: &str) -> String {
    let mut words = name.split_whitespace();
    let Some(first) = words.next() else { return String::new() };
    let alone = words.clone().next().is_none();
    let shown = match initial(first) {
        Some(initial) if first.contains(is_at) || (alone && is_unspaced(first)) => initial,
        // No letter to show, but an address nevertheless.
        None if first.contains(is_at) => String::new(),
        _ => first.to_owned(),
    };
    match words.next_back().and_then(initial) {
        Some(initial) if shown.is_empty() => initial,
        Some(initial) => format!("{shown} {initial}"),
        None => shown,
    }
}

/// The first letter with its combining marks, and a full stop. `None` for a word without a letter.
fn initial(word: &str) -> Option<String> {
    let letter = word.graphemes(true).find(|grapheme| grapheme.starts_with(char::is_alphanumeric))?;
    Some(letter.chars().filter(|c| !is_at(*c)).chain(['.']).collect())
}

/// The sign of an address, in any width.
fn is_at(c: char) -> bool {
    matches!(c, '@' | '\u{fe6b}' | '\u{ff20}')
}

/// Han, Kana and Hangul: a whole name is one word.
fn is_unspaced(word: &str) -> bool {
    word.chars().any(|c| {
        matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}'
            | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_is_shown_as_first_name_and_initial() {
        for (name, shown) in [
            ("Ada Lovelace", "Ada L."),
            ("Augusta Ada King Lovelace", "Augusta L."),
            ("  Ada \u{a0} Lovelace ", "Ada L."),
            ("Ada", "Ada"),
            ("Jean-Luc Picard", "Jean-Luc P."),
            ("Ada (Lovelace)", "Ada L."),
            ("Ada ✿", "Ada"),
            ("✿", "✿"),
            ("", ""),
            // A letter with its marks counts as one: composed, or where no composed form exists.
            ("Zoë Ångström", "Zoë Å."),
            ("Ngọc M\u{30c}\u{323}ai", "Ngọc M\u{30c}\u{323}."),
            ("मीरा क्षत्रिय", "मीरा क्ष."),
            ("Анна Ёлкина", "Анна Ё."),
            ("محمد عبد الله", "محمد ا."),
            ("王小明", "王."),
            ("王 小明", "王 小."),
            ("やまだ", "や."),
            ("김민수", "김."),
            ("ada.lovelace@example.org", "a."),
            ("Ada lovelace@example.org", "Ada l."),
            ("ada＠example.org Lovelace", "a. L."),
            ("@@ Lovelace", "L."),
        ] {
            assert_eq!(public_name(name), shown, "{name}");
        }
    }

    proptest! {
        /// No public name contains a whole last word of several letters, or an address.
        #[test]
        fn the_last_word_is_never_shown(first in "\\PC{0,10}\\S\\PC{0,9}", last in "[\\p{L}]{9,20}") {
            let shown = public_name(&format!("{first} {last}"));
            prop_assert!(first.contains(&last) || !shown.contains(&last), "{shown}");
            prop_assert!(!shown.contains('@'), "{shown}");
        }
    }
}
