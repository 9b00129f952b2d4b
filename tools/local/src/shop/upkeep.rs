//! What a schedule does in AWS, and what the in-memory queues need: recovery each minute, and a
//! note of the last moment at which no event was under way.
//!
//! SQS lives in memory here, so a stop of the stores forgets what waited in it. The outboxes do
//! not: events younger than the note are published again at the next start, and consumers take
//! each once.

use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::DisplayErrorContext;
use aws_sdk_sqs::types::QueueAttributeName;
use domain::Problem;
use mongo::Mongo;
use outbox::Relay;
use postgres::Database;
use queue::Queues;
use queue::provision::Made;
use runtime::{Clock, Vars};

use super::stop::Stop;

const EVERY: Duration = Duration::from_secs(60);
/// Where no note was kept: what a day may have left behind.
const UNKNOWN_SECONDS: f64 = 24.0 * 3600.0;
/// Added to the note's age: events are published a moment after they are written.
const SLACK_SECONDS: f64 = 60.0;
const NOTE: &str = "nothing-under-way-at";

/// Every outbox of the shop, joined to the queues.
pub(crate) struct Outboxes {
    sql: Vec<Relay<Database>>,
    reviews: Relay<Mongo>,
}

impl Outboxes {
    pub(crate) fn read(vars: &Vars, clock: &Clock) -> anyhow::Result<Self> {
        let queues = Queues::new(queue::Config::read(vars, &[])?);
        let relay = |variable| {
            let database = Database::new(postgres::Config::read(vars, variable)?);
            anyhow::Ok(Relay::new(database, queues.clone()))
        };
        let sql = ["PRODUCTDB_URL", "ORDERDB_URL", "INVENTORYDB_URL"].map(relay).into_iter().collect::<Result<_, _>>()?;
        let reviews = Mongo::new(mongo::Config::read(vars)?, clock);
        Ok(Self { sql, reviews: Relay::new(reviews, queues) })
    }

    /// Sends the events of the last so many seconds again.
    pub(crate) async fn replay(&self, seconds: f64) -> Result<usize, Problem> {
        let mut sent = self.reviews.replay(seconds).await?;
        for relay in &self.sql {
            sent += relay.replay(seconds).await?;
        }
        Ok(sent)
    }

    /// Sends what was left behind; answers how many events that were.
    async fn sweep(&self) -> Result<usize, Problem> {
        let mut sent = self.reviews.sweep().await?;
        for relay in &self.sql {
            sent += relay.sweep().await?;
        }
        Ok(sent)
    }
}

/// Runs recovery each minute, and keeps the note.
pub(crate) struct Upkeep {
    pub(crate) recovery: recovery::App,
    pub(crate) outboxes: Outboxes,
    pub(crate) sqs: Client,
    pub(crate) queues: Vec<Made>,
    pub(crate) note: Note,
}

impl Upkeep {
    /// Runs until it is stopped; the first recovery is at once, for what a crash left behind.
    pub(crate) async fn run(self, mut stop: Stop) {
        let mut minute = tokio::time::interval(EVERY);
        loop {
            tokio::select! {
                () = stop.stopped() => break,
                _ = minute.tick() => {}
            }
            if let Err(problem) = recovery::run(&self.recovery).await {
                tracing::warn!(%problem, "Recovery could not run; it tries again in a minute.");
            }
            self.look().await;
        }
        self.look().await;
    }

    /// Waits until no event is under way, for at most `patience`.
    pub(crate) async fn settled(&self, patience: Duration) -> bool {
        const LOOK_EVERY: Duration = Duration::from_millis(100);
        let quiet = async {
            while !matches!(self.nothing_under_way().await, Ok(true)) {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        tokio::time::timeout(patience, quiet).await.is_ok()
    }

    async fn look(&self) {
        let before = self.note.now();
        match self.nothing_under_way().await {
            Ok(true) => self.note.write(before),
            Ok(false) => {}
            Err(error) => tracing::warn!(error, "The queues could not be looked at."),
        }
    }

    /// Every outbox is published and every queue, the dead-letter queues too, is empty.
    async fn nothing_under_way(&self) -> Result<bool, String> {
        if self.outboxes.sweep().await.map_err(|e| e.to_string())? > 0 {
            return Ok(false);
        }
        for queue in &self.queues {
            if self.messages(&queue.url).await? > 0 || self.messages(&queue.dead_letters).await? > 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn messages(&self, url: &str) -> Result<u64, String> {
        use QueueAttributeName::{ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible};
        let counts = [ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible];
        let request = self.sqs.get_queue_attributes().queue_url(url).set_attribute_names(Some(counts.to_vec()));
        let answer = request.send().await.map_err(|e| DisplayErrorContext(&e).to_string())?;
        let attributes = answer.attributes.unwrap_or_default();
        Ok(counts.iter().filter_map(|count| attributes.get(count)?.parse::<u64>().ok()).sum())
    }
}

/// The note: a file with the milliseconds since 1970.
pub(crate) struct Note {
    file: PathBuf,
    clock: Clock,
}

impl Note {
    pub(crate) fn of(folder: &Path, clock: Clock) -> Self {
        Self { file: folder.join(NOTE), clock }
    }

    /// How far back events may be lost, in seconds.
    pub(crate) fn age(&self) -> f64 {
        let written = std::fs::read_to_string(&self.file).ok().and_then(|text| text.trim().parse::<i64>().ok());
        written.map_or(UNKNOWN_SECONDS, |millis| (self.now() - millis).max(0) as f64 / 1000.0 + SLACK_SECONDS)
    }

    fn now(&self) -> i64 {
        self.clock.now().millis()
    }

    fn write(&self, millis: i64) {
        if let Err(error) = std::fs::write(&self.file, millis.to_string()) {
            tracing::warn!(%error, "The note of the queues' state could not be kept; more events are sent again at the next start.");
        }
    }
}
