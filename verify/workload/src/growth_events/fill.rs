//! Events and their rollups, as many inserts and aggregations would leave them.

use std::collections::BTreeMap;
use std::ops::Range;

use anyhow::Result;
use domain::Timestamp;
use mongodb::bson::{DateTime, Document, Uuid, doc};

use super::{Bench, DAYS};

/// Documents of one command.
const CHUNK: u32 = 2_000;
const TYPES: [&str; 4] = ["product.view", "basket.add", "checkout.start", "search"];

impl Bench {
    /// Stores the events with these numbers, in chunks; those that are counted with their rollups.
    pub(super) async fn fill(&self, numbers: Range<u32>, counted: bool) -> Result<()> {
        let events = self.database.collection::<Document>("events");
        for start in numbers.clone().step_by(CHUNK as usize) {
            let chunk = start..numbers.end.min(start + CHUNK);
            events.insert_many(chunk.map(|n| self.event(n, counted))).ordered(false).await?;
        }
        if counted {
            self.add_rollups(numbers).await?;
        }
        Ok(())
    }

    fn at(&self, n: u32) -> Timestamp {
        self.clock.now().plus_seconds(-i64::from(n % DAYS) * 24 * 3600)
    }

    fn user(&self, n: u32) -> i32 {
        1 + (n / DAYS % self.args.users) as i32
    }

    fn event(&self, n: u32, counted: bool) -> Document {
        let (id, at) =
            (Uuid::from_bytes(self.clock.new_uuid().into_bytes()), DateTime::from_millis(self.at(n).millis()));
        let mut row = doc! {
            "_id": id, "userId": self.user(n), "eventType": TYPES[n as usize % TYPES.len()],
            "metadata": { "productId": 1 }, "timestamp": at, "counted": counted,
        };
        if counted {
            row.insert("countedAt", at);
        }
        row
    }

    /// Adds to the rollups what an aggregation of these events adds, and makes the days' lists.
    async fn add_rollups(&self, numbers: Range<u32>) -> Result<()> {
        let rollups = self.database.collection::<Document>("rollups");
        let mut sums: BTreeMap<String, (Document, i64)> = BTreeMap::new();
        for n in numbers {
            let (day, user, kind) = (self.at(n).day(), self.user(n), TYPES[n as usize % TYPES.len()]);
            for (id, extra) in [
                (format!("day/{day}"), doc! {}),
                (format!("type/{day}/{kind}"), doc! { "type": kind }),
                (format!("user/{day}/{user}"), doc! { "userId": user }),
                (format!("total/{user}"), doc! {}),
            ] {
                sums.entry(id).or_insert((extra, 0)).1 += 1;
            }
        }
        let stored = rollups.count_documents(doc! {}).await?;
        for chunk in sums.into_iter().collect::<Vec<_>>().chunks(CHUNK as usize) {
            let figure = |id: &str| if id.starts_with("day/") { "events" } else { "count" };
            if stored == 0 {
                let row = |(id, (extra, count)): &(String, (Document, i64))| {
                    let mut row = doc! { "_id": id, figure(id): count };
                    row.extend(extra.clone());
                    row
                };
                rollups.insert_many(chunk.iter().map(row)).await?;
                continue;
            }
            let update = |(id, (extra, count)): &(String, (Document, i64))| {
                let mut change = doc! { "$inc": { figure(id): count } };
                if !extra.is_empty() {
                    change.insert("$set", extra.clone());
                }
                doc! { "q": { "_id": id }, "u": change, "upsert": true }
            };
            let updates: Vec<Document> = chunk.iter().map(update).collect();
            self.database.run_command(doc! { "update": "rollups", "updates": updates }).await?;
        }
        store_mongo::pack_days(&self.client()?, std::time::Duration::from_secs(600)).await?;
        Ok(())
    }
}
