//! The source of time and randomness that the rest of the program gets as a parameter.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use domain::Timestamp;
use uuid::Uuid;

/// The source of "now" and of new ids. Cheap to clone; tests use a stopped clock.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    stopped: Option<Arc<AtomicI64>>,
}

impl Clock {
    pub fn system() -> Self {
        Self::default()
    }

    /// Stays at `at` until it is advanced; clones share the time.
    pub fn stopped(at: Timestamp) -> Self {
        Self { stopped: Some(Arc::new(AtomicI64::new(at.millis()))) }
    }

    /// Advances a stopped clock by this many seconds; the system clock is not changed.
    pub fn advance(&self, seconds: i64) {
        if let Some(millis) = &self.stopped {
            millis.fetch_add(seconds * 1000, Ordering::Relaxed);
        }
    }

    /// Sets a stopped clock; the system clock is not changed.
    pub fn set(&self, at: Timestamp) {
        if let Some(millis) = &self.stopped {
            millis.store(at.millis(), Ordering::Relaxed);
        }
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that asks for the time")]
    pub fn now(&self) -> Timestamp {
        match &self.stopped {
            Some(millis) => Timestamp::from_millis(millis.load(Ordering::Relaxed)),
            None => Timestamp::new(chrono::Utc::now()),
        }
    }

    pub fn random(&self) -> u128 {
        rand::random()
    }

    /// A version 7 UUID of this instant: sorts by time.
    pub fn new_uuid(&self) -> Uuid {
        let millis = self.now().millis().unsigned_abs();
        let random: [u8; 10] = rand::random();
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }
}
