//! Accounts and sessions.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::text::{InvalidText, text};
use crate::{Problem, Timestamp, UserId};

mod guest;
mod new_password;
mod verification;

pub use guest::Guest;
pub use new_password::NewPassword;
pub use verification::LinkToken;

text! {
    PersonName = 2..=100 by one_line,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Role {
    Customer,
    /// May use the admin pages.
    Admin,
    /// Has no account: may buy, and nothing else.
    Guest,
}

impl Role {
    /// As SQL and tokens carry it.
    pub const fn as_str(self) -> &'static str {
        self.into_str()
    }

    /// From SQL; anything unknown gets the least rights that an account has.
    pub fn parse_or_customer(text: &str) -> Self {
        match text {
            "admin" => Self::Admin,
            "guest" => Self::Guest,
            _ => Self::Customer,
        }
    }
}

/// An address in its one unique form: trimmed and in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, format = Email, max_length = 254)]
pub struct Email(String);

impl Email {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Email {
    type Error = InvalidText;
    /// Only the form is checked; only a mail can show whether mail arrives. ASCII, as a browser's
    /// email field and SES have it: other letters have more than one lower case and more than one
    /// encoding (`K` the Kelvin sign, `é` in two ways), so that one person's address could pass for
    /// another's. An international domain is written in its `xn--` form.
    fn try_from(text: String) -> Result<Self, InvalidText> {
        let rejected = || InvalidText("must be a valid email address".to_owned());
        let text = text.trim().to_ascii_lowercase();
        let (local, domain) = text.rsplit_once('@').ok_or_else(rejected)?;
        let atom = |c: char| c.is_ascii_graphic() && !"\"(),:;<>@[\\]".contains(c);
        let label = |l: &str| {
            (1..=63).contains(&l.len())
                && !l.starts_with('-')
                && !l.ends_with('-')
                && l.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        };
        // RFC 5321: at most 64 before the @, 254 in all; a dot neither begins nor ends the local
        // part nor doubles.
        let good = (1..=64).contains(&local.len())
            && text.len() <= 254
            && local.chars().all(atom)
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..")
            && domain.contains('.')
            && domain.split('.').all(label);
        if good { Ok(Self(text)) } else { Err(rejected()) }
    }
}

impl From<Email> for String {
    fn from(email: Email) -> String {
        email.0
    }
}

/// The maximum number of characters of a password: bounds what is hashed, far above any phrase.
const MAX_PASSWORD_CHARS: usize = 128;

/// A password on its way to be hashed: never printed, never stored. In NFKC, as NIST SP 800-63B
/// recommends: keyboards write one letter in several ways, and each must open the same account.
#[derive(Clone, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String")]
#[schema(value_type = String, min_length = 8, max_length = 128, format = Password)]
pub struct Password(PasswordForms);

#[derive(Clone)]
struct PasswordForms {
    normalized: String,
    /// The typed text, if it differs.
    typed: Option<String>,
}

impl Password {
    fn new(typed: String) -> Self {
        let normal: String = typed.nfkc().collect();
        Self(PasswordForms { typed: (typed != normal).then_some(typed), normalized: normal })
    }

    /// The secret itself: what is hashed.
    pub fn expose(&self) -> &str {
        &self.0.normalized
    }

    /// As it was typed, if that differs: hashes from before passwords were normalized are made from
    /// it.
    pub fn expose_typed(&self) -> Option<&str> {
        self.0.typed.as_deref()
    }

    fn length(&self) -> usize {
        self.0.normalized.chars().count()
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

impl TryFrom<String> for Password {
    type Error = InvalidText;
    fn try_from(text: String) -> Result<Self, InvalidText> {
        // Nothing is trimmed: spaces count, as users choose phrases.
        let password = Self::new(text);
        if (8..=MAX_PASSWORD_CHARS).contains(&password.length()) {
            return Ok(password);
        }
        Err(InvalidText(format!("must be 8 to {MAX_PASSWORD_CHARS} characters long")))
    }
}

/// The password that a login submits. Only its hash decides whether it is right, never its form:
/// the rules for new passwords may have been different when this one was chosen.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String")]
#[schema(value_type = String, min_length = 1, max_length = 128, format = Password)]
pub struct SubmittedPassword(Password);

impl TryFrom<String> for SubmittedPassword {
    type Error = InvalidText;
    fn try_from(text: String) -> Result<Self, InvalidText> {
        // Either form may be the right one.
        let typed = text.chars().count();
        let password = Password::new(text);
        if [typed, password.length()].iter().any(|length| (1..=MAX_PASSWORD_CHARS).contains(length)) {
            return Ok(Self(password));
        }
        Err(InvalidText(format!("must be 1 to {MAX_PASSWORD_CHARS} characters long")))
    }
}

impl From<SubmittedPassword> for Password {
    fn from(given: SubmittedPassword) -> Self {
        given.0
    }
}

/// A user as the API returns it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct User {
    pub id: UserId,
    pub name: String,
    /// Stored and compared in lower case.
    pub email: String,
    pub role: Role,
    /// When they signed up; of a guest, when they began to buy.
    pub created_at: Timestamp,
    /// Whether they have opened a link that was mailed to this address.
    pub email_verified: bool,
}

/// Why a sign-up or a login is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountError {
    /// An account with that address exists, in whatever case.
    EmailTaken,
    /// The address or the password is wrong, or the account is disabled: the client cannot tell
    /// which.
    InvalidCredentials,
    /// Too many failures; seconds until the next attempt.
    TooManyAttempts(u32),
}

impl From<AccountError> for Problem {
    fn from(rejected: AccountError) -> Self {
        use crate::ProblemKind;
        match rejected {
            AccountError::EmailTaken => {
                Self::conflict("email_taken", "An account with this email address already exists.")
            }
            AccountError::InvalidCredentials => Self::new(
                ProblemKind::Unauthenticated,
                "invalid_credentials",
                "The email address or password is incorrect.",
            ),
            AccountError::TooManyAttempts(seconds) => Self::new(
                ProblemKind::TooManyRequests,
                "too_many_attempts",
                "Too many failed login attempts. Please wait before trying again.",
            )
            .with_retry_after(seconds),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_form() {
        let email = |text: &str| Email::try_from(text.to_owned()).map(String::from);
        assert_eq!(email(" Ada.Lovelace+shop@Example.ORG "), Ok("ada.lovelace+shop@example.org".to_owned()));
        for bad in [
            "",
            "a",
            "a@",
            "@b.c",
            "a@b",
            "a b@c.de",
            "a..b@c.de",
            ".a@c.de",
            "a@-c.de",
            "a@c..de",
            "a@b@c.de",
            "a\u{0}@c.de",
            "\u{212a}@c.de",
            "a@c.d\u{e9}",
        ] {
            assert!(email(bad).is_err(), "{bad:?} was accepted");
        }
        assert!(email(&format!("{}@example.org", "a".repeat(65))).is_err());
    }

    #[test]
    fn a_password_is_never_printed() {
        let password = Password::try_from("correct horse".to_owned()).unwrap();
        assert!(!format!("{password:?}").contains("horse"));
        let given = SubmittedPassword::try_from("horse".to_owned()).unwrap();
        assert!(!format!("{given:?}").contains("horse"));
    }

    #[test]
    fn a_password_is_the_same_on_every_keyboard() {
        let password = |text: &str| Password::try_from(text.to_owned()).unwrap();
        for typed in [
            "cre\u{300}me br\u{fb}le\u{301}e",
            "\u{ff43}r\u{e8}me br\u{fb}l\u{e9}e",
            "cr\u{e8}me\u{a0}br\u{fb}l\u{e9}e",
        ] {
            assert_eq!(password(typed).expose(), "cr\u{e8}me br\u{fb}l\u{e9}e");
            assert_eq!(password(typed).expose_typed(), Some(typed));
        }
        assert_eq!(password("correct horse").expose_typed(), None);
        assert!(Password::try_from("e\u{301}".repeat(7)).is_err(), "14 typed, 7 letters");
        assert!(Password::try_from("e\u{301}".repeat(128)).is_ok());
    }

    #[test]
    fn a_new_password_has_a_least_length_and_a_given_one_has_none() {
        let lengths = |accepted: fn(String) -> bool| [0, 1, 7, 8, 128, 129].map(|n| accepted("ü".repeat(n)));
        assert_eq!(lengths(|text| Password::try_from(text).is_ok()), [false, false, false, true, true, false]);
        assert_eq!(lengths(|text| SubmittedPassword::try_from(text).is_ok()), [false, true, true, true, true, false]);
    }
}
