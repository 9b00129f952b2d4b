//! Reads an address from its members, in whatever order they come. Written by hand, so that the rule
//! about country and postal code is checked as soon as both are there, and names `postalCode`.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Unexpected, Visitor};

use super::book::AddressData;
use super::{Address, AddressLine, City, Country, Phone, PostalCode, RecipientName, Region, check_postal_code};

/// The members of an address, and of one that is written into the address book.
const MEMBERS: &[&str] = &["name", "line1", "line2", "city", "region", "postalCode", "country", "phone", "isDefault"];

fn members_of_address() -> &'static [&'static str] {
    &MEMBERS[..MEMBERS.len() - 1]
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let data = from.deserialize_map(AddressVisitor { members: members_of_address() })?;
        Ok(data.address)
    }
}

impl<'de> Deserialize<'de> for AddressData {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(AddressVisitor { members: MEMBERS })
    }
}

struct AddressVisitor {
    members: &'static [&'static str],
}

#[derive(Default)]
struct Members {
    name: Option<RecipientName>,
    line1: Option<AddressLine>,
    line2: Option<AddressLine>,
    city: Option<City>,
    region: Option<Region>,
    postal_code: Option<PostalCode>,
    country: Option<Country>,
    phone: Option<Phone>,
    is_default: Option<bool>,
}

impl<'de> Visitor<'de> for AddressVisitor {
    type Value = AddressData;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an address")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<AddressData, A::Error> {
        let (mut read, mut seen) = (Members::default(), [false; MEMBERS.len()]);
        while let Some(name) = from.next_key::<String>()? {
            let index = self.members.iter().position(|member| *member == name);
            let index = index.ok_or_else(|| A::Error::unknown_field(&name, self.members))?;
            if std::mem::replace(&mut seen[index], true) {
                return Err(A::Error::duplicate_field(self.members[index]));
            }
            match self.members[index] {
                "name" => read.name = Some(from.next_value()?),
                "line1" => read.line1 = Some(from.next_value()?),
                "line2" => read.line2 = from.next_value()?,
                "city" => read.city = Some(from.next_value()?),
                "region" => read.region = from.next_value()?,
                "postalCode" => read.postal_code = Some(from.next_value()?),
                "country" => read.country = Some(from.next_value()?),
                "phone" => read.phone = from.next_value()?,
                _ => read.is_default = from.next_value()?,
            }
        }
        read.finish()
    }
}

impl Members {
    fn finish<E: Error>(self) -> Result<AddressData, E> {
        // Before anything is missed: what is wrong is named with what is absent.
        if let (Some(country), Some(code)) = (self.country, &self.postal_code) {
            check_postal_code(country, code)
                .map_err(|form| E::invalid_value(Unexpected::Other("postalCode"), &form))?;
        }
        let address = Address {
            name: self.name.ok_or_else(|| E::missing_field("name"))?,
            line1: self.line1.ok_or_else(|| E::missing_field("line1"))?,
            line2: self.line2,
            city: self.city.ok_or_else(|| E::missing_field("city"))?,
            region: self.region,
            postal_code: self.postal_code.ok_or_else(|| E::missing_field("postalCode"))?,
            country: self.country.ok_or_else(|| E::missing_field("country"))?,
            phone: self.phone,
        };
        Ok(AddressData { address, is_default: self.is_default })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn error(value: Value) -> String {
        serde_json::from_value::<Address>(value).unwrap_err().to_string()
    }

    #[test]
    fn an_address_has_its_members_and_no_others() {
        let ada = json!({"name": "Ada", "line1": "Street 1", "city": "Town", "postalCode": "10115", "country": "DE"});
        assert!(serde_json::from_value::<Address>(ada.clone()).is_ok());
        let mut with_default = ada.clone();
        with_default["isDefault"] = json!(true);
        assert!(error(with_default.clone()).contains("unknown field `isDefault`"));
        assert_eq!(serde_json::from_value::<AddressData>(with_default).unwrap().is_default, Some(true));
        assert_eq!(serde_json::from_value::<AddressData>(ada.clone()).unwrap().is_default, None);
        for required in ["name", "line1", "city", "postalCode", "country"] {
            let mut without = ada.clone();
            without.as_object_mut().unwrap().remove(required);
            assert_eq!(error(without), format!("missing field `{required}`"));
        }
        assert!(error(json!([])).contains("expected an address"));
        let twice = r#"{"line2": null, "line2": null}"#;
        let twice = serde_json::from_str::<Address>(twice).unwrap_err().to_string();
        assert!(twice.contains("duplicate field `line2`"), "{twice}");
    }

    #[test]
    fn a_wrong_postal_code_is_named_before_what_is_missing() {
        for value in [json!({"country": "DE", "postalCode": "1"}), json!({"postalCode": "1", "country": "DE"})] {
            assert!(error(value).starts_with("invalid value: postalCode, expected a postal code of DE"));
        }
    }
}
