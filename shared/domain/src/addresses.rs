//! Postal addresses: what they must have, and what a postal code looks like in a country.

mod book;
mod countries;
mod read;

use std::fmt;

use serde::de::Expected;
use serde::{Deserialize, Serialize};

use crate::text::{InvalidText, text};

pub use book::{AddressBook, AddressBookError, AddressData, MAX_ADDRESSES, SavedAddress};

text! {
    /// The name of whoever receives the goods.
    RecipientName = 1..=100 by one_line,
    /// A line of an address, such as street and house number.
    AddressLine = 1..=150 by one_line,
    City = 1..=100 by one_line,
    /// A state, province or county, as the country's post writes it.
    Region = 1..=100 by one_line,
}

/// A country's two letters of ISO 3166-1, in upper case.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, pattern = "^[A-Za-z]{2}$", example = "DE")]
pub struct Country([u8; 2]);

impl Country {
    /// Where a new shop is at home.
    pub const GERMANY: Self = Self(*b"DE");

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl TryFrom<String> for Country {
    type Error = InvalidText;
    fn try_from(code: String) -> Result<Self, InvalidText> {
        let upper = code.trim().to_ascii_uppercase();
        let known = <[u8; 2]>::try_from(upper.as_bytes()).ok().filter(|_| countries::is_country(&upper));
        known.map(Self).ok_or_else(|| InvalidText("must be a country code of ISO 3166-1, such as DE".to_owned()))
    }
}

impl From<Country> for String {
    fn from(country: Country) -> Self {
        country.as_str().to_owned()
    }
}

/// A postal code in upper case: letters, digits, spaces and hyphens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, min_length = 1, max_length = 16, pattern = "^[A-Za-z0-9]([A-Za-z0-9 -]*[A-Za-z0-9])?$", example = "10115")]
pub struct PostalCode(String);

impl PostalCode {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for PostalCode {
    type Error = InvalidText;
    fn try_from(code: String) -> Result<Self, InvalidText> {
        let code = code.trim().to_ascii_uppercase();
        let plain = code.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'-'));
        let ends = code.bytes().next().zip(code.bytes().last());
        let ends_well = ends.is_some_and(|(first, last)| first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric());
        if plain && ends_well && code.len() <= 16 {
            return Ok(Self(code));
        }
        Err(InvalidText("must be 1 to 16 letters, digits, spaces and hyphens".to_owned()))
    }
}

impl From<PostalCode> for String {
    fn from(code: PostalCode) -> Self {
        code.0
    }
}

/// A telephone number: 5 to 20 digits, with a leading `+`, spaces, hyphens, dots, slashes or brackets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, min_length = 5, max_length = 32, pattern = "^[+]?[0-9 ()./-]+$", example = "+49 30 1234567")]
pub struct Phone(String);

impl TryFrom<String> for Phone {
    type Error = InvalidText;
    fn try_from(number: String) -> Result<Self, InvalidText> {
        let number = number.trim().to_owned();
        let digits = number.bytes().filter(u8::is_ascii_digit).count();
        let rest = number.strip_prefix('+').unwrap_or(&number);
        let plain = rest.bytes().all(|b| matches!(b, b'0'..=b'9' | b' ' | b'(' | b')' | b'.' | b'/' | b'-'));
        if plain && (5..=20).contains(&digits) && number.len() <= 32 {
            return Ok(Self(number));
        }
        Err(InvalidText("must be a telephone number of 5 to 20 digits".to_owned()))
    }
}

impl From<Phone> for String {
    fn from(number: Phone) -> Self {
        number.0
    }
}

/// Where goods are delivered. The postal code has its country's form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Address {
    pub name: RecipientName,
    /// Street and house number.
    pub line1: AddressLine,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line2: Option<AddressLine>,
    pub city: City,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// In the country's form, where that is one of the thirty largest that have one.
    pub postal_code: PostalCode,
    pub country: Country,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<Phone>,
}

/// The form of a country's postal codes, for someone who wrote another one.
struct PostalCodeForm {
    country: Country,
    example: String,
}

impl Expected for PostalCodeForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a postal code of {:?}, such as {}", self.country, self.example)
    }
}

/// Nothing if the country has such a postal code, or no known form.
fn check_postal_code(country: Country, code: &PostalCode) -> Result<(), PostalCodeForm> {
    let Some(forms) = countries::postal_code_forms(country.as_str()) else { return Ok(()) };
    let fits = forms.iter().any(|form| countries::has_form(code.as_str(), form));
    if fits { Ok(()) } else { Err(PostalCodeForm { country, example: countries::example_of(forms[0]) }) }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn address(country: &str, postal_code: &str) -> Value {
        json!({"name": "Ada", "line1": "Street 1", "city": "Town", "postalCode": postal_code, "country": country})
    }

    fn read(value: Value) -> Result<Address, String> {
        serde_json::from_value(value).map_err(|error| error.to_string())
    }

    #[test]
    fn a_postal_code_has_its_countrys_form() {
        for (country, code) in [
            ("DE", "10115"),
            ("de", "10115"),
            ("US", "94105"),
            ("US", "94105-1234"),
            ("GB", "SW1A 1AA"),
            ("GB", "m1 1ae"),
            ("NL", "1012 AB"),
            ("NL", "1012AB"),
            ("CA", "K1A 0B1"),
            ("PL", "00-950"),
            ("JP", "100-0001"),
            ("PT", "1000-001"),
            ("KE", "ANYTHING 1"),
        ] {
            assert!(read(address(country, code)).is_ok(), "{country} {code}");
        }
        for (country, code) in [("DE", "1011"), ("DE", "ABCDE"), ("US", "9410"), ("GB", "10115"), ("NL", "AB 1012")] {
            let error = read(address(country, code)).unwrap_err();
            assert!(error.contains("invalid value: postalCode, expected a postal code of"), "{error}");
        }
        let error = read(address("DE", "1")).unwrap_err();
        assert!(error.contains("expected a postal code of DE, such as 12345"), "{error}");
    }

    #[test]
    fn an_unknown_country_is_refused_and_a_known_one_is_written_in_upper_case() {
        assert!(read(address("XX", "1")).is_err());
        assert!(read(address("D", "1")).is_err());
        assert_eq!(read(address("fr", "75001")).unwrap().country.as_str(), "FR");
    }

    #[test]
    fn an_address_is_the_same_after_json() {
        let mut value = address("GB", "sw1a 1aa");
        value["line2"] = json!("Flat 2");
        value["region"] = json!("London");
        value["phone"] = json!("+44 (20) 7946-0000");
        let first = read(value).unwrap();
        assert_eq!(first.postal_code.as_str(), "SW1A 1AA");
        assert_eq!(read(serde_json::to_value(&first).unwrap()), Ok(first));
    }

    #[test]
    fn a_phone_number_has_digits() {
        for good in ["+49 30 1234567", "030/1234567", "(555) 010-9999"] {
            assert!(Phone::try_from(good.to_owned()).is_ok(), "{good}");
        }
        for bad in ["1234", "call me", "12 34 + 56", "+", "123456789012345678901"] {
            assert!(Phone::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
