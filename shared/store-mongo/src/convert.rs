//! Ids and times of the domain as BSON has them, and back.

use domain::{EventId, ReviewId, Timestamp};
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{DateTime, Uuid};
use serde::Deserialize;

use crate::{Error, Result};

/// A document of which only the id is read.
#[derive(Deserialize)]
pub(crate) struct IdRow {
    #[serde(rename = "_id")]
    pub(crate) id: Uuid,
}

pub(crate) fn bson_uuid(id: EventId) -> Uuid {
    Uuid::from_bytes(id.get().into_bytes())
}

pub(crate) fn event_id(id: Uuid) -> EventId {
    EventId::new(uuid::Uuid::from_bytes(id.bytes()))
}

pub(crate) fn bson_time(at: Timestamp) -> DateTime {
    DateTime::from_millis(at.millis())
}

pub(crate) fn timestamp(at: DateTime) -> Timestamp {
    Timestamp::from_millis(at.timestamp_millis())
}

pub(crate) fn object_id(id: &ReviewId) -> Result<ObjectId> {
    ObjectId::parse_str(id.as_str()).map_err(|e| Error::InvalidDocument(e.to_string()))
}
