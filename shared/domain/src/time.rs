//! Instants in UTC, written with milliseconds. Nothing here reads a clock.

use chrono::{DateTime, Datelike, SecondsFormat, SubsecRound, TimeDelta, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The accepted years: those that RFC 3339 can write and every store's calendar has.
const FIRST_YEAR: i32 = 1;
const LAST_YEAR: i32 = 9999;

/// An instant in UTC, to the millisecond; `2026-01-31T12:00:00.000Z` in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, utoipa::ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2026-01-31T12:00:00.000Z")]
pub struct Timestamp(DateTime<Utc>);

impl Timestamp {
    /// Truncates to milliseconds, the finest unit that every store keeps.
    pub fn new(at: DateTime<Utc>) -> Self {
        Self(at.trunc_subsecs(3))
    }

    /// From milliseconds since 1970; the epoch itself for what no calendar can represent.
    pub fn from_millis(millis: i64) -> Self {
        Self(DateTime::from_timestamp_millis(millis).unwrap_or_default())
    }

    /// From milliseconds since 1970; `None` outside of the accepted years.
    pub fn try_from_millis(millis: i64) -> Option<Self> {
        DateTime::from_timestamp_millis(millis).and_then(Self::within_readable_years)
    }

    fn within_readable_years(at: DateTime<Utc>) -> Option<Self> {
        (FIRST_YEAR..=LAST_YEAR).contains(&at.year()).then(|| Self::new(at))
    }

    /// Milliseconds since 1970-01-01 in UTC.
    pub fn millis(self) -> i64 {
        self.0.timestamp_millis()
    }

    /// Seconds since 1970, as tokens and TTLs count.
    pub fn seconds(self) -> i64 {
        self.0.timestamp()
    }

    /// For a store's driver.
    pub fn utc(self) -> DateTime<Utc> {
        self.0
    }

    /// The instant that lies `seconds` later.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0 + TimeDelta::seconds(seconds))
    }

    /// The UTC day, `2026-01-31`.
    pub fn day(self) -> String {
        self.0.format("%Y-%m-%d").to_string()
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(at: DateTime<Utc>) -> Self {
        Self::new(at)
    }
}

impl std::fmt::Display for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::within_readable_years(DateTime::deserialize(from)?)
            .ok_or_else(|| de::Error::custom("must have a year from 1 to 9999"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_instants_of_every_stores_calendar_are_read() {
        let read = |text: &str| serde_json::from_value::<Timestamp>(text.into()).map(Timestamp::millis).ok();
        for (text, millis) in [
            ("0001-01-01T00:00:00.000Z", Some(-62_135_596_800_000)),
            ("9999-12-31T23:59:59.999Z", Some(253_402_300_799_999)),
            ("0000-12-31T23:59:59.999Z", None),
            ("+10000-01-01T00:00:00.000Z", None),
            ("-0001-01-01T00:00:00.000Z", None),
            ("2026-02-30T00:00:00.000Z", None),
        ] {
            assert_eq!(read(text), millis, "{text}");
        }
        for (millis, is_one) in [
            (-62_135_596_800_000, true),
            (-62_135_596_800_001, false),
            (253_402_300_799_999, true),
            (253_402_300_800_000, false),
        ] {
            assert_eq!(Timestamp::try_from_millis(millis).is_some(), is_one, "{millis}");
        }
        assert_eq!((Timestamp::try_from_millis(i64::MAX), Timestamp::try_from_millis(i64::MIN)), (None, None));
    }
}
