//! The rules for new passwords: nothing that an attacker tries first. Existing accounts keep their
//! password, whatever the rules were when it was chosen.

use std::cmp::Ordering;

use serde::Deserialize;

use super::{Email, Password};
use crate::text::InvalidText;

/// One per line, in lower case, sorted by bytes; `common_passwords.md` names the source.
static COMMON_PASSWORDS: &str = include_str!("common_passwords.txt");
/// The name of the shop, in lower case and without spaces.
const SHOP_NAME: &str = "lambdashop";
/// A shorter local part occurs in too many good passwords: `al` is in "royal elephants".
const MIN_LOCAL_PART_BYTES: usize = 4;

/// A new password: not a common one, not the shop's name, not one character repeated. Only
/// [`NewPassword::for_account`] can tell whether it is the user's email address.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String")]
#[schema(value_type = String, min_length = 8, max_length = 128, format = Password)]
pub struct NewPassword(Password);

impl NewPassword {
    /// The password, if it does not contain the account's own address.
    ///
    /// # Errors
    /// When it contains the address, or the part before the `@`.
    pub fn for_account(self, email: &Email) -> Result<Password, InvalidText> {
        let text = self.0.expose().to_lowercase();
        let local = email.as_str().split('@').next().unwrap_or_default();
        // The whole address contains its local part; it is checked for the case that the local part
        // is too short.
        let named = local.len() >= MIN_LOCAL_PART_BYTES && text.contains(local) || text.contains(email.as_str());
        if named { Err(invalid_password("must not contain your email address")) } else { Ok(self.0) }
    }
}

impl TryFrom<String> for NewPassword {
    type Error = InvalidText;

    fn try_from(text: String) -> Result<Self, InvalidText> {
        let password = Password::try_from(text)?;
        let text = password.expose().to_lowercase();
        let mut characters = text.chars();
        let first = characters.next();
        if text.trim().is_empty() || characters.all(|c| Some(c) == first) {
            return Err(invalid_password("must not be one character repeated"));
        }
        if is_common(text.trim()) {
            return Err(invalid_password("is one of the 10,000 most common passwords: please choose another one"));
        }
        let letters: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
        if letters.contains(SHOP_NAME) {
            return Err(invalid_password("must not contain the shop's name"));
        }
        Ok(Self(password))
    }
}

fn invalid_password(why: &str) -> InvalidText {
    InvalidText(why.to_owned())
}

/// A binary search in the text itself: nothing is built at startup, and nothing is copied.
fn is_common(text: &str) -> bool {
    let list = COMMON_PASSWORDS.as_bytes();
    // The lines that may still match: `low` is where one begins, `high` where one ends.
    let (mut low, mut high) = (0, list.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let begin = list[low..middle].iter().rposition(|&b| b == b'\n').map_or(low, |at| low + at + 1);
        let end = list[middle..high].iter().position(|&b| b == b'\n').map_or(high, |at| middle + at);
        match list[begin..end].cmp(text.as_bytes()) {
            Ordering::Equal => return true,
            Ordering::Less => low = end + 1,
            Ordering::Greater => high = begin,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(text: &str) -> Result<NewPassword, InvalidText> {
        NewPassword::try_from(text.to_owned())
    }

    #[test]
    fn the_list_is_sorted_and_every_line_of_it_is_found_and_nothing_beside_it() {
        let lines: Vec<&str> = COMMON_PASSWORDS.lines().collect();
        assert_eq!(lines.len(), 10_000);
        assert!(lines.is_sorted_by(|a, b| a < b), "sorted, and none twice");
        for line in &lines {
            assert!(line.len() >= 8 && *line == line.to_lowercase(), "{line}");
            assert!(is_common(line), "{line}");
            assert!(new(line).is_err(), "{line}");
        }
        for other in ["", "a", "\n", "zzzzzzzzzzzz", "passwor", "passwordpasswordx", "correct horse", "~~~~~~~~~~~"] {
            assert_eq!(is_common(other), lines.contains(&other), "{other:?}");
        }
    }

    #[test]
    fn what_a_guesser_tries_first_is_refused() {
        for common in [
            "password",
            "PassWord",
            "12345678",
            "  password  ",
            "\u{ff50}\u{ff41}\u{ff53}\u{ff53}\u{ff57}\u{ff4f}\u{ff52}\u{ff44}",
            "        ",
            "\u{a0}\u{a0}\u{a0}\u{a0}\u{a0}\u{a0}\u{a0}\u{a0}",
            "zzzzzzzzzzzzz",
            "ZzZzZzZzZz",
            "ü".repeat(9).as_str(),
            "Lambda shop 2026",
            "my-LAMBDA_shop!",
        ] {
            assert!(new(common).is_err(), "{common:?} was accepted");
        }
        for good in ["correct horse", "long enough", "load-load-load", "a whole new password", "12345678 elephants"] {
            assert!(new(good).is_ok(), "{good:?} was refused");
        }
    }

    #[test]
    fn a_password_that_has_the_address_in_it_is_refused() {
        let may = |email: &str, text: &str| {
            let email = Email::try_from(email.to_owned()).unwrap();
            new(text).unwrap().for_account(&email).is_ok()
        };
        for text in ["Ada.Lovelace", "xxADA.LOVELACE1", "ada.lovelace@example.org", "my ada.lovelace!"] {
            assert!(!may("ada.lovelace@example.org", text), "{text}");
        }
        // A short local part is no secret of its own; the whole address is.
        assert!(may("al@example.org", "royal elephants"));
        assert!(!may("al@example.org", "al@example.org"));
        assert!(may("ada.lovelace@example.org", "lovelace & ada"));
    }
}
