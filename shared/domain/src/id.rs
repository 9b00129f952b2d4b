//! Typed identifiers, so that a user's id can never be passed where an order's id is meant.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, de};
use uuid::Uuid;

use crate::Timestamp;
use crate::whole_number::deserialize_whole_number;

/// Ids of Postgres rows: the original schema's `SERIAL`, 1 to 2147483647.
macro_rules! serial_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
        #[serde(transparent)]
        #[schema(value_type = i32, minimum = 1, maximum = 2147483647)]
        pub struct $name(i32);

        impl $name {
            /// Wraps an id that comes from a store.
            pub const fn new(id: i32) -> Self {
                Self(id)
            }

            /// The number as SQL, JSON and URLs carry it.
            pub const fn get(self) -> i32 {
                self.0
            }

            /// # Errors
            /// When the number is not between 1 and 2147483647.
            pub fn checked(id: i64) -> Result<Self, InvalidId> {
                i32::try_from(id).ok().filter(|id| *id > 0).map(Self).ok_or(InvalidId::SERIAL)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                // Digits only: "+7", " 7" and "007" would be second names of one resource.
                let plain = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
                if !plain {
                    return Err(InvalidId::SERIAL);
                }
                text.parse::<i64>().map_err(|_| InvalidId::SERIAL).and_then(Self::checked)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                Self::checked(deserialize_whole_number(from)?).map_err(de::Error::custom)
            }
        }
    )+};
}

serial_id! {
    /// A row of `userdb.users`.
    UserId,
    /// A row of `productdb.products`.
    ProductId,
    /// A row of `orderdb.orders`.
    OrderId,
    /// A row of `userdb.addresses`.
    AddressId,
    /// A row of `orderdb.tax_rates`.
    TaxRateId,
    /// A row of `orderdb.shipping_methods`.
    ShippingMethodId,
    /// A row of `orderdb.discounts`.
    DiscountId,
}

/// Ids of DynamoDB items, events and sessions: UUIDs, version 7 if the server made them.
macro_rules! uuid_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
        #[serde(transparent)]
        #[schema(value_type = String, format = "uuid")]
        pub struct $name(Uuid);

        impl $name {
            pub const fn new(id: Uuid) -> Self {
                Self(id)
            }

            /// The plain UUID, for a store.
            pub const fn get(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                // Only the hyphenated lower-case form, so that a resource has one URL.
                let id = Uuid::try_parse(text).map_err(|_| InvalidId::UUID)?;
                (id.to_string() == text).then_some(Self(id)).ok_or(InvalidId::UUID)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                // Hyphenated, in either case: the forms in braces and without hyphens do not match
                // `uuid` of JSON Schema.
                let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
                let id = Some(&*text).filter(|text| text.len() == 36).and_then(|text| Uuid::try_parse(text).ok());
                id.map(Self).ok_or_else(|| de::Error::custom("must be a UUID"))
            }
        }
    )+};
}

uuid_id! {
    /// One attempt to charge for an order; also the key under which the processor knows it.
    PaymentId,
    /// A row of `orderdb.fulfilments`.
    FulfilmentId,
    /// A row of `orderdb.returns`; also the key of its refund and of its restocking.
    ReturnId,
    /// One message to one user.
    NotificationId,
    /// One domain event; consumers deduplicate on it.
    EventId,
    /// One login; the `jti` of its token.
    SessionId,
}

impl PaymentId {
    /// A version 7 UUID whose last 32 bits are the order's id, so that one strongly consistent read
    /// finds a payment by its own id; orderdb makes them in the same way. `stem` is a fresh version
    /// 7 UUID.
    pub fn for_order(order: OrderId, stem: Uuid) -> Self {
        Self(Uuid::from_u128((stem.as_u128() & !Self::ORDER_ID_MASK) | u128::from(order.get().unsigned_abs())))
    }

    /// The order for which this id was made; `None` for a UUID that the server did not make.
    pub fn order_id(self) -> Option<OrderId> {
        let low = i64::try_from(self.0.as_u128() & Self::ORDER_ID_MASK).ok()?;
        (self.0.get_version_num() == 7).then(|| OrderId::checked(low).ok()).flatten()
    }

    const ORDER_ID_MASK: u128 = 0xffff_ffff;
}

impl NotificationId {
    /// A version 7 UUID of that instant, which sorts by it. `random` is 128 random bits.
    pub fn generate_at(millis: i64, random: u128) -> Self {
        let [_, _, _, _, _, _, tail @ ..] = random.to_be_bytes();
        Self(uuid::Builder::from_unix_timestamp_millis(millis.unsigned_abs(), &tail).into_uuid())
    }
}

/// A document of `reviewdb.reviews`: a MongoDB ObjectId as 24 lower-case hex digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, utoipa::ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, pattern = "^[0-9a-f]{24}$")]
pub struct ReviewId(String);

impl ReviewId {
    /// A fresh ObjectId: the second in which it was made, then 64 random bits.
    pub fn generate_at(at: Timestamp, random: u128) -> Self {
        Self(format!("{:08x}{:016x}", at.seconds() as u32, random as u64))
    }

    /// The second in which the review was written.
    pub fn created_at(&self) -> Timestamp {
        let seconds = self.0.get(..8).and_then(|hex| i64::from_str_radix(hex, 16).ok());
        Timestamp::from_millis(seconds.unwrap_or_default() * 1000)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ReviewId {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let hex = text.len() == 24 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        hex.then(|| Self(text.to_owned())).ok_or(InvalidId::OBJECT_ID)
    }
}

impl fmt::Display for ReviewId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de> Deserialize<'de> for ReviewId {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(de::Error::custom)
    }
}

/// Text or a number that is no valid id of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidId(&'static str);

impl InvalidId {
    const SERIAL: Self = Self("must be a whole number from 1 to 2147483647");
    const UUID: Self = Self("must be a UUID in lower case");
    const OBJECT_ID: Self = Self("must be 24 lower-case hex digits");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_spelling_of_a_serial_id_is_accepted() {
        assert_eq!("7".parse(), Ok(UserId(7)));
        assert_eq!("2147483647".parse(), Ok(UserId(i32::MAX)));
        for bad in ["", "0", "-1", "+7", "07", " 7", "7.0", "2147483648", "9223372036854775808", "abc"] {
            assert!(bad.parse::<UserId>().is_err(), "{bad:?} was accepted");
        }
    }

    #[test]
    fn a_uuid_is_written_with_hyphens() {
        let read = |text: &str| serde_json::from_value::<EventId>(text.into()).map(|id| id.to_string()).ok();
        let id = "0197a1b2-0000-7000-8000-000000000000";
        assert_eq!(read(id).as_deref(), Some(id));
        assert_eq!(read(&id.to_uppercase()).as_deref(), Some(id));
        let (plain, braced, urn) = (id.replace('-', ""), format!("{{{id}}}"), format!("urn:uuid:{id}"));
        for bad in [&plain, &braced, &urn, "", "x"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_review_id_contains_its_creation_time() {
        let at = Timestamp::from_millis(1_769_860_800_123);
        let id = ReviewId::generate_at(at, u128::MAX);
        assert_eq!(id.as_str().parse(), Ok(id.clone()));
        assert_eq!(id.created_at().seconds(), at.seconds());
    }

    #[test]
    fn a_payment_id_contains_its_order_id() {
        for order in [1, 42, i32::MAX] {
            let stem = uuid::Builder::from_unix_timestamp_millis(1_700_000_000_000, &[0xa5; 10]).into_uuid();
            let id = PaymentId::for_order(OrderId(order), stem);
            assert_eq!(id.order_id(), Some(OrderId(order)));
            assert_eq!(id.get().get_version_num(), 7);
        }
        assert_eq!(PaymentId::new(Uuid::nil()).order_id(), None);
    }
}
