//! Items, written and read member by member, so that the stored form never changes by accident.

use std::collections::HashMap;
use std::fmt::Display;
use std::str::FromStr;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::Timestamp;

use crate::{Error, Result};

/// The partition key of every table.
pub(crate) const PK: &str = "pk";
/// The sort key of every table.
pub(crate) const SK: &str = "sk";
/// The TTL attribute of every table, in seconds since 1970.
pub(crate) const EXPIRES_AT: &str = "expiresAt";

/// The members of an item, or of a map within one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Item(HashMap<String, AttributeValue>);

impl Item {
    /// An item with its key.
    pub(crate) fn with_key(pk: impl Display, sk: impl Display) -> Self {
        Self::default().text(PK, pk).text(SK, sk)
    }

    pub(crate) fn text(mut self, name: &str, value: impl Display) -> Self {
        self.0.insert(name.to_owned(), AttributeValue::S(value.to_string()));
        self
    }

    pub(crate) fn number(mut self, name: &str, value: impl Into<i64>) -> Self {
        self.0.insert(name.to_owned(), number(value));
        self
    }

    pub(crate) fn time(self, name: &str, at: Timestamp) -> Self {
        self.number(name, at.millis())
    }

    pub(crate) fn list(mut self, name: &str, members: impl IntoIterator<Item = Self>) -> Self {
        self.0.insert(name.to_owned(), Self::into_list(members));
        self
    }

    pub(crate) fn into_list(members: impl IntoIterator<Item = Self>) -> AttributeValue {
        AttributeValue::L(members.into_iter().map(|member| AttributeValue::M(member.0)).collect())
    }

    /// Adds a member with `add` if there is a value.
    pub(crate) fn maybe<T>(self, value: Option<T>, add: impl FnOnce(Self, T) -> Self) -> Self {
        match value {
            Some(value) => add(self, value),
            None => self,
        }
    }

    pub(crate) fn into_attributes(self) -> HashMap<String, AttributeValue> {
        self.0
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(crate) fn str(&self, name: &str) -> Result<&str> {
        self.0.get(name).and_then(|value| value.as_s().ok()).map(String::as_str).ok_or_else(|| invalid_attribute(name))
    }

    /// A text that `read` can parse.
    pub(crate) fn parsed_with<T>(&self, name: &str, read: impl FnOnce(&str) -> Option<T>) -> Result<T> {
        read(self.str(name)?).ok_or_else(|| invalid_attribute(name))
    }

    pub(crate) fn string(&self, name: &str) -> Result<String> {
        self.str(name).map(str::to_owned)
    }

    pub(crate) fn parsed<T: FromStr>(&self, name: &str) -> Result<T> {
        self.parsed_with(name, |text| text.parse().ok())
    }

    pub(crate) fn int(&self, name: &str) -> Result<i64> {
        let digits = self.0.get(name).and_then(|value| value.as_n().ok());
        digits.and_then(|digits| digits.parse().ok()).ok_or_else(|| invalid_attribute(name))
    }

    /// A number within range, such as the id of a row.
    pub(crate) fn checked_int<T, E>(&self, name: &str, checked: impl FnOnce(i64) -> Result<T, E>) -> Result<T> {
        checked(self.int(name)?).map_err(|_| invalid_attribute(name))
    }

    pub(crate) fn timestamp(&self, name: &str) -> Result<Timestamp> {
        self.int(name).map(Timestamp::from_millis)
    }

    /// An optional member, read with `read`.
    pub(crate) fn optional<T>(&self, name: &str, read: impl FnOnce(&Self, &str) -> Result<T>) -> Result<Option<T>> {
        if self.has(name) { read(self, name).map(Some) } else { Ok(None) }
    }

    pub(crate) fn maps(&self, name: &str) -> Result<Vec<Self>> {
        let list = self.0.get(name).and_then(|value| value.as_l().ok()).ok_or_else(|| invalid_attribute(name))?;
        list.iter().map(|member| member.as_m().map(|m| Self(m.clone())).map_err(|_| invalid_attribute(name))).collect()
    }
}

impl From<HashMap<String, AttributeValue>> for Item {
    fn from(attributes: HashMap<String, AttributeValue>) -> Self {
        Self(attributes)
    }
}

pub(crate) fn number(value: impl Into<i64>) -> AttributeValue {
    AttributeValue::N(value.into().to_string())
}

pub(crate) fn text(value: impl Display) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

/// Names the member only; its value may be personal.
fn invalid_attribute(name: &str) -> Error {
    Error::InvalidItem(format!("{name} is missing or cannot be read"))
}
