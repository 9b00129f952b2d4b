//! What a schedule does in AWS, and what the in-memory queues need: recovery each minute, and a
//! record of the last moment at which no event was in progress.
//!
//! SQS is in memory here, so stopping the stores loses its messages. The outboxes keep theirs: if
//! the queues had to be created again, events after the recorded moment are published again, and
//! consumers process each once. Existing queues have lost nothing, and nothing is sent again: what
//! a killed shop left unfinished is recovery's work, as in AWS.

use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_sdk_sqs::Client;
use domain::events::Queue;
use queue::provision::ProvisionedQueue;
use runtime::Clock;

use super::shutdown::ShutdownSignal;

const RECOVERY_INTERVAL: Duration = Duration::from_secs(60);
/// If no moment is recorded: what a day may have left behind.
const DEFAULT_AGE_SECONDS: f64 = 24.0 * 3600.0;
/// Added to the age: events are published a moment after they are written.
const SLACK_SECONDS: f64 = 60.0;
const LAST_IDLE_FILE: &str = "nothing-under-way-at";

/// Runs recovery each minute, and records the moment.
#[derive(Clone)]
pub(crate) struct Scheduler {
    pub(crate) recovery: recovery::App,
    pub(crate) sqs: Client,
    pub(crate) queues: Vec<ProvisionedQueue>,
    pub(crate) last_idle: LastIdle,
}

impl Scheduler {
    /// Publishes again what recreated queues may have lost: only to those, page by page, while the
    /// shop already serves.
    async fn republish_recent(&self) {
        let lost: Vec<Queue> = self.queues.iter().filter(|queue| queue.is_new).map(|queue| queue.queue).collect();
        if lost.is_empty() {
            return;
        }
        match recovery::republish(&self.recovery, self.last_idle.age_seconds(), &lost).await {
            Ok(events) => tracing::info!(events, "Recent events were published again."),
            Err(problem) => {
                tracing::error!(%problem, "Recent events could not be published again; start the shop once more.");
            }
        }
    }

    /// Runs until it is stopped; the first recovery runs at once, for what a crash left unfinished.
    pub(crate) async fn run(self, mut stop: ShutdownSignal) {
        // Beside it: a million events take longer than a minute.
        let republishing = self.clone();
        let again = tokio::spawn(async move { republishing.republish_recent().await });
        let mut minute = tokio::time::interval(RECOVERY_INTERVAL);
        loop {
            tokio::select! {
                () = stop.triggered() => break,
                _ = minute.tick() => self.run_recovery(again.is_finished()).await,
            }
        }
        // What was not sent again, the next start sends: the recorded moment has not changed.
        let resent = again.is_finished();
        again.abort();
        self.run_recovery(resent).await;
    }

    /// Purges nothing and records nothing while old events are still being sent again.
    async fn run_recovery(&self, resent: bool) {
        let before = self.last_idle.now();
        let run = if resent {
            recovery::run(&self.recovery).await
        } else {
            recovery::run_without_purge(&self.recovery).await
        };
        match run {
            Err(problem) => tracing::warn!(%problem, "Recovery could not run; it tries again in a minute."),
            // Events that were just published are in progress.
            Ok(done) if done.events > 0 || done.failures > 0 => {}
            Ok(_) if !resent => {}
            Ok(_) => match self.queues_are_empty().await {
                Ok(true) => self.last_idle.write(before),
                Ok(false) => {}
                Err(error) => tracing::warn!(error, "The queues could not be read."),
            },
        }
    }

    /// Waits until every queue is empty, for at most `timeout`; returns whether they are.
    pub(crate) async fn wait_until_idle(&self, timeout: Duration) -> bool {
        const POLL_INTERVAL: Duration = Duration::from_millis(100);
        let quiet = async {
            while !matches!(self.queues_are_empty().await, Ok(true)) {
                tokio::time::sleep(POLL_INTERVAL).await;
            }
        };
        tokio::time::timeout(timeout, quiet).await.is_ok()
    }

    /// Including the dead-letter queues: they are lost like the others.
    async fn queues_are_empty(&self) -> Result<bool, String> {
        Ok(self.count_waiting().await? == 0 && self.count_dead_letters().await? == 0)
    }

    /// Messages that are waiting or in flight.
    pub(crate) async fn count_waiting(&self) -> Result<u64, String> {
        let mut count = 0;
        for queue in &self.queues {
            count += self.count_messages(&queue.url).await?;
        }
        Ok(count)
    }

    /// Messages in dead-letter queues.
    pub(crate) async fn count_dead_letters(&self) -> Result<u64, String> {
        let mut count = 0;
        for queue in &self.queues {
            count += self.count_messages(&queue.dead_letter_url).await?;
        }
        Ok(count)
    }

    async fn count_messages(&self, url: &str) -> Result<u64, String> {
        dead_letters::count_messages(&self.sqs, url).await.map_err(|error| format!("{error:#}"))
    }
}

/// The recorded moment: a file with the milliseconds since 1970.
#[derive(Clone)]
pub(crate) struct LastIdle {
    file: PathBuf,
    clock: Clock,
}

impl LastIdle {
    pub(crate) fn new(folder: &Path, clock: Clock) -> Self {
        Self { file: folder.join(LAST_IDLE_FILE), clock }
    }

    /// How far back events may be lost, in seconds.
    pub(crate) fn age_seconds(&self) -> f64 {
        let written = std::fs::read_to_string(&self.file).ok().and_then(|text| text.trim().parse::<i64>().ok());
        written.map_or(DEFAULT_AGE_SECONDS, |millis| (self.now() - millis).max(0) as f64 / 1000.0 + SLACK_SECONDS)
    }

    fn now(&self) -> i64 {
        self.clock.now().millis()
    }

    fn write(&self, millis: i64) {
        if let Err(error) = std::fs::write(&self.file, millis.to_string()) {
            tracing::warn!(%error, "The state of the queues could not be stored; more events are sent again at the next start.");
        }
    }
}
