//! What a test's own thread logs, in the format of CloudWatch.

use std::io;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use runtime::{Env, telemetry};
use serde_json::Value;
use tracing::Dispatch;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::layer::SubscriberExt;

/// Log lines since its creation. Those of other threads are not included: for a test with one
/// thread all are.
pub struct LogCapture {
    buffer: SharedBuffer,
    _logger: DefaultGuard,
}

#[derive(Clone, Default)]
struct SharedBuffer(Arc<Mutex<Vec<u8>>>);

impl io::Write for SharedBuffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl LogCapture {
    /// Captures from now on, with the filter of production.
    #[must_use]
    pub fn start() -> Self {
        // With only one dispatcher, `tracing` asks the first thread whether a line is enabled, and
        // caches the result for all: another test's thread would silence this one.
        static SECOND_DISPATCH: OnceLock<Dispatch> = OnceLock::new();
        SECOND_DISPATCH.get_or_init(|| Dispatch::new(tracing_subscriber::registry()));
        let written = SharedBuffer::default();
        let writer = written.clone();
        let lines = telemetry::json_layer(move || writer.clone());
        let registry = tracing_subscriber::registry().with(lines).with(telemetry::log_filter(&Env::default()));
        Self { buffer: written, _logger: tracing::subscriber::set_default(registry) }
    }

    /// All lines so far.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.buffer.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }

    /// The parsed lines.
    ///
    /// # Panics
    /// When a line is no JSON.
    pub fn lines(&self) -> Vec<Value> {
        self.text().lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
    }

    /// The lines of the security log.
    pub fn security_events(&self) -> Vec<Value> {
        self.lines().into_iter().filter(|line| line.get("security.event").is_some()).collect()
    }
}
