//! `local check-plans`: finds the reads and writes of a suite for which MongoDB has no index.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use mongodb::bson::Document;

use super::query_plan::{Index, Plan, Query, directions, plan};
use crate::terminal;

/// Fewer different queries than this are no suite's log: then next to nothing was checked.
const MIN_QUERIES: usize = 25;
/// Collections that may be read from the beginning, in pages by id. No request does that.
const WHOLE_READS: [(&str, &str); 5] = [
    ("reviews", "reconcile compares all of them"),
    ("ratings", "reconcile compares all of them"),
    ("outbox", "reconcile compares all of them; recovery publishes the latest again, by age"),
    ("events", "reconcile recounts all of them"),
    ("rollups", "reconcile compares all of them"),
];

/// Find the queries for which MongoDB has no index.
///
/// Reads a log of `local stores --log-mongo-commands`, in which each different query is once, and
/// judges it by the rules of MongoDB's planner: an index must have a bound on its first field or be
/// named by a hint, a partial one must be implied by the filter, and nothing may be sorted in memory.
/// SecantusDB, which stands in for MongoDB, has other rules.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The log
    log: PathBuf,
    /// Print every query with its index as a table in Markdown
    #[arg(long)]
    table: bool,
}

/// # Errors
/// A log that cannot be read, or that has too few queries to check.
pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let log = fs::read_to_string(&args.log).with_context(|| format!("cannot read {}", args.log.display()))?;
    let lines = log.lines().map(serde_json::from_str).collect::<Result<Vec<Document>, _>>()?;
    let judged = judge(&lines);
    anyhow::ensure!(
        judged.len() >= MIN_QUERIES,
        "{} has {} different queries: was it written by a whole suite?",
        args.log.display(),
        judged.len()
    );
    if args.table {
        terminal::print_line("| query | index | why the planner takes it |\n|---|---|---|");
        for (query, outcome) in &judged {
            let (index, why) =
                outcome.as_ref().map_or_else(|why| ("none", why.as_str()), |plan| (&plan.index, &plan.why));
            terminal::print_line(format!("| `{query}` | `{index}` | {why} |"));
        }
    }
    let failures = judged.iter().filter_map(|(query, outcome)| Some((query, outcome.as_ref().err()?)));
    let failures: Vec<String> = failures.map(|(query, why)| format!("no index for {query}: {why}")).collect();
    failures.iter().for_each(terminal::print_line);
    if failures.is_empty() {
        terminal::print_line(format!("Each of {} different queries of MongoDB has an index.", judged.len()));
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::FAILURE)
}

/// The queries of a log with their plans.
fn judge(lines: &[Document]) -> BTreeMap<String, Result<Plan, String>> {
    let mut indexes: BTreeMap<&str, Vec<Index>> = BTreeMap::new();
    for line in lines {
        let index = line.get_document("index").ok().and_then(Index::parse);
        let of_collection = indexes.entry(collection(line)).or_insert_with(|| vec![Index::of_ids()]);
        of_collection.extend(index.filter(|index| !of_collection.contains(index)));
    }
    let queries = lines.iter().filter(|line| line.contains_key("filter"));
    queries.map(|line| (describe(line), judge_one(line, &indexes[collection(line)]))).collect()
}

fn judge_one(line: &Document, indexes: &[Index]) -> Result<Plan, String> {
    let query = Query {
        filter: line.get_document("filter").cloned().unwrap_or_default(),
        sort: line.get_document("sort").ok().and_then(directions).unwrap_or_default(),
        hint: line.get("hint").cloned(),
    };
    let plan = plan(&query, indexes)?;
    let listed = WHOLE_READS.iter().any(|(name, _)| *name == collection(line));
    if plan.whole && !(listed && query.filter.is_empty()) {
        return Err(format!("it reads all of {}", plan.index));
    }
    let found_by_key = |index: &Index| index.unique && index.keys.iter().all(|(key, _)| query.filter.contains_key(key));
    if line.get_bool("limited").is_ok_and(|limited| !limited) && !indexes.iter().any(found_by_key) {
        return Err("it has no limit".to_owned());
    }
    Ok(plan)
}

fn collection(line: &Document) -> &str {
    line.get_str("collection").unwrap_or_default()
}

fn describe(line: &Document) -> String {
    let part = |name: &str| {
        let value = line.get(name).filter(|value| value.as_document().is_none_or(|part| !part.is_empty()))?;
        let text = serde_json::to_string(value).unwrap_or_default();
        Some(if name == "filter" { format!(" {text}") } else { format!(" {name} {text}") })
    };
    let command = line.get_str("command").unwrap_or_default();
    let parts: String = ["filter", "sort", "hint"].into_iter().filter_map(part).collect();
    format!("{} {command}{parts}", collection(line))
}

#[cfg(test)]
mod tests {
    use mongodb::bson::doc;

    use super::*;

    #[test]
    fn queries_are_judged_by_the_indexes_of_their_collection() {
        let pending =
            doc! { "key": { "userId": 1 }, "name": "pending", "partialFilterExpression": { "counted": false } };
        let find = |collection: &str, filter: Document| doc! { "command": "find", "collection": collection, "filter": filter, "limited": true };
        let mut hinted = find("events", doc! { "counted": false });
        hinted.insert("hint", "pending");
        let mut unlimited = find("events", doc! { "userId": "?", "counted": false });
        unlimited.insert("limited", false);
        let lines = [
            hinted,
            find("events", doc! { "counted": false }),
            find("others", doc! { "userId": "?" }),
            find("others", doc! { "_id": "?" }),
            unlimited,
            doc! { "command": "createIndexes", "collection": "events", "index": pending },
        ];
        let judged = judge(&lines);
        let outcomes: Vec<(&str, bool)> = judged.iter().map(|(query, plan)| (query.as_str(), plan.is_ok())).collect();
        assert_eq!(
            outcomes,
            [
                (r#"events find {"counted":false}"#, false),
                (r#"events find {"counted":false} hint "pending""#, true),
                (r#"events find {"userId":"?","counted":false}"#, false),
                (r#"others find {"_id":"?"}"#, true),
                (r#"others find {"userId":"?"}"#, false),
            ]
        );
        let text = judged[r#"events find {"userId":"?","counted":false}"#].as_ref().unwrap_err();
        assert_eq!(text, "it has no limit");
    }

    #[test]
    fn only_listed_collections_are_read_from_the_beginning() {
        let all = |collection: &str| doc! { "command": "find", "collection": collection, "filter": {}, "sort": { "_id": 1 }, "limited": true };
        let judged = judge(&[all("events"), all("others")]);
        assert_eq!(judged.values().map(Result::is_ok).collect::<Vec<_>>(), [true, false]);
    }
}
