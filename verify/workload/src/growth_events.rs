//! `workload growth-events`: what an event and a dashboard cost with few and with many events stored,
//! with a backlog of uncounted ones, and while that is counted.
//!
//! Calls the shop's own store code, without HTTP: what does not depend on the store would only make
//! the ratios look better. Beside each insert is one by the bare driver, into a collection without
//! indexes: where that gets slower too, it is the server.

mod fill;

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::Parser;
use domain::analytics::{Days, TrackedEvent};
use domain::{EventId, UserId};
use mongodb::bson::{Document, Uuid, doc};
use mongodb::{Client, Collection};
use runtime::{Clock, Env};
use store_mongo::Mongo;

/// Measure how events and dashboards depend on the number of stored events. Run it under
/// `local stores -- …`: it fills a database of its own.
#[derive(Parser)]
pub struct Args {
    /// Stored and counted events of the small store.
    #[arg(long, default_value_t = 1_000)]
    small: u32,
    /// Those of the large one.
    #[arg(long, default_value_t = 1_000_000)]
    events: u32,
    /// Uncounted events.
    #[arg(long, default_value_t = 100_000)]
    backlog: u32,
    /// Active users per day, over 90 days.
    #[arg(long, default_value_t = 667)]
    users: u32,
    /// Calls of each kind.
    #[arg(long, default_value_t = 300)]
    calls: u32,
}

/// A ratio above this is marked.
const GOAL: f64 = 1.3;
/// The days that events are spread over: as long as they are kept.
const DAYS: u32 = 90;
/// One run of the scheduled aggregation.
const FOLD_BUDGET: Duration = Duration::from_secs(20);
const WEEK: &str = "7";
const YEAR: &str = "365";

/// # Errors
/// When MongoDB is not available.
pub async fn run(args: Args) -> Result<()> {
    let env = Env::from_env();
    let url = env.required("SHOP_MONGODB_URL")?;
    let changed = [("MONGODB_URL", url.as_str()), ("ANALYTICSDB_NAME", "growth"), ("REVIEWDB_NAME", "growth_reviews")];
    let (env, clock) = (env.with_overrides(changed), Clock::system());
    let bench = Bench { env, clock, database: Client::with_uri_str(&url).await?.database("growth"), args };
    bench.measure().await
}

struct Bench {
    env: Env,
    clock: Clock,
    database: mongodb::Database,
    args: Args,
}

/// The median of each kind of call, in milliseconds.
type Medians = Vec<(&'static str, f64)>;

/// The calls of one kind. One that fails took its time as well.
struct Calls {
    name: &'static str,
    times: Vec<Duration>,
    failed: usize,
}

impl Calls {
    async fn time(&mut self, call: impl Future<Output = Result<()>>) {
        let start = Instant::now();
        self.failed += usize::from(call.await.is_err());
        self.times.push(start.elapsed());
    }

    fn median(mut self) -> Result<(&'static str, f64)> {
        if self.failed > 0 {
            print_flushed(&format!("{}: {} of {} calls failed\n", self.name, self.failed, self.times.len()));
        }
        self.times.sort_unstable();
        let median = self.times.get(self.times.len() / 2).context("no call")?;
        Ok((self.name, median.as_secs_f64() * 1000.0))
    }
}

impl Bench {
    /// A client as a process of a function has it.
    fn client(&self) -> Result<Mongo> {
        Ok(Mongo::new(store_mongo::Config::from_env(&self.env)?, &self.clock))
    }

    async fn measure(&self) -> Result<()> {
        let Args { small, events, backlog, users, .. } = self.args;
        self.database.drop().await?;
        store_mongo::migrate::run(&self.client()?, Duration::from_secs(30)).await?;
        self.fill(0..small, true).await?;
        let few = self.medians().await?;
        print_flushed(&format!("Filling {events} events of {users} users a day over {DAYS} days.\n"));
        self.fill(small..events, true).await?;
        let many = self.medians().await?;
        print_flushed(&format!("Adding {backlog} uncounted events.\n"));
        self.fill(events..events + backlog, false).await?;
        let behind = self.medians().await?;
        let mongo = self.client()?;
        let counting = store_mongo::aggregate_pending(&mongo, FOLD_BUDGET);
        let (during, counted) = tokio::join!(self.medians(), counting);
        let (during, counted) =
            (during?, counted.map_err(|abort| anyhow::anyhow!("{}", domain::Problem::from(abort)))?);
        print_flushed("median, ms              few      many   ratio   backlog   ratio   while counting   ratio\n");
        for (place, (name, base)) in few.iter().enumerate() {
            let mut line = format!("{name:<18} {base:>8.2}");
            for (of, width) in [(&many, 9), (&behind, 9), (&during, 16)] {
                let value = of.get(place).map_or(0.0, |(_, value)| *value);
                let ratio = value / base;
                let mark = if ratio > GOAL { '*' } else { ' ' };
                line.push_str(&format!(" {value:>width$.2} {ratio:>6.2}{mark}"));
            }
            print_flushed(&format!("{line}\n"));
        }
        self.count_the_rest(&mongo, counted.events).await
    }

    /// Counts until nothing is left and prints the rate.
    async fn count_the_rest(&self, mongo: &Mongo, before: usize) -> Result<()> {
        let (mut counted, mut runs, start) = (0, 0, Instant::now());
        loop {
            let run = store_mongo::aggregate_pending(mongo, FOLD_BUDGET).await;
            let run = run.map_err(|abort| anyhow::anyhow!("{}", domain::Problem::from(abort)))?;
            (counted, runs) = (counted + run.events, runs + 1);
            if run.finished {
                break;
            }
        }
        let (seconds, rate) = (start.elapsed().as_secs_f64(), counted as f64 / start.elapsed().as_secs_f64());
        print_flushed(&format!(
            "counting: {before} events while all of this was measured; the other {counted} in {seconds:.1} s, \
             {rate:.0} a second, in {runs} runs of at most {} s\n",
            FOLD_BUDGET.as_secs()
        ));
        Ok(())
    }

    async fn medians(&self) -> Result<Medians> {
        let (mongo, calls) = (self.client()?, self.args.calls);
        let bare: Collection<Document> = self.database.collection("bare");
        let user = UserId::new(7);
        let mut kinds = ["bare insert", "insert", "dashboard, 7 days", "dashboard, 365", "user's total"]
            .map(|name| Calls { name, times: Vec::new(), failed: 0 });
        // Interleaved: whatever else the machine does slows all of them down.
        for n in 0..calls {
            kinds[0].time(self.insert_bare(&bare)).await;
            kinds[1].time(self.insert(&mongo, user)).await;
            if n % 10 == 0 {
                kinds[2].time(self.dashboard(&mongo, WEEK)).await;
                kinds[3].time(self.dashboard(&mongo, YEAR)).await;
                kinds[4].time(total(&mongo, user)).await;
            }
        }
        kinds.into_iter().map(Calls::median).collect()
    }

    async fn insert_bare(&self, bare: &Collection<Document>) -> Result<()> {
        let id = Uuid::from_bytes(self.clock.new_uuid().into_bytes());
        let row = doc! { "_id": id, "userId": 7, "eventType": "product.view", "metadata": { "productId": 1 }, "timestamp": 0_i64, "counted": false };
        bare.insert_one(row).await?;
        Ok(())
    }

    async fn insert(&self, mongo: &Mongo, user: UserId) -> Result<()> {
        let (id, timestamp) = (EventId::new(self.clock.new_uuid()), self.clock.now());
        let metadata = [("productId".to_owned(), 1.into())].into_iter().collect();
        let event =
            TrackedEvent { id, user_id: Some(user), event_type: "product.view".to_owned(), metadata, timestamp };
        anyhow::ensure!(store_mongo::events::insert(mongo, &event).await?, "the id exists");
        Ok(())
    }

    /// What `GET /api/analytics/dashboard` does when no cache has it.
    async fn dashboard(&self, mongo: &Mongo, days: &str) -> Result<()> {
        let days: Days = serde_json::from_str(days)?;
        let progress = store_mongo::aggregate_for_reader(mongo).await;
        progress.map_err(|abort| anyhow::anyhow!("{}", domain::Problem::from(abort)))?;
        let totals = store_mongo::rollups::load_totals(mongo, &days.period_until(self.clock.now())).await?;
        anyhow::ensure!(!totals.days.is_empty() && !totals.users.is_empty(), "an empty dashboard");
        Ok(())
    }
}

async fn total(mongo: &Mongo, user: UserId) -> Result<()> {
    store_mongo::events::count_of_user(mongo, user).await?;
    Ok(())
}

/// Prints and flushes: a long run shows its progress.
#[expect(clippy::print_stdout, reason = "figures go to standard output")]
fn print_flushed(text: &str) {
    use std::io::Write;
    print!("{text}");
    let _ = std::io::stdout().flush();
}
