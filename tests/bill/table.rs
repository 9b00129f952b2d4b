//! The table as text: figures for each use case, then its calls by name.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::proxy::{Call, Store};

/// What one use case has called.
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    pub(crate) before: Vec<Call>,
    pub(crate) after: Vec<Call>,
}

const HEAD: &str = "\
# The calls of each use case, before its response and after it (queues, projections, records). Written
# by `make bill`, compared by tests/bill. `sql` has statements, and how many of them write and wait for
# the disk. `aws` is the sum of what AWS bills by the call: dynamodb and sqs, before and after. A
# receive and a delete of SQS are for one batch; under load ten messages share one.

";

pub(crate) fn render(entries: &[Entry]) -> String {
    let mut text = HEAD.to_owned();
    let columns = "  sql  redis mongo dynamodb sqs";
    let _ = writeln!(text, "{:<26}|{columns} |{columns} | aws", "use case");
    for entry in entries {
        let billed = entry.before.iter().chain(&entry.after).filter(|call| call.store.is_billed()).count();
        let (before, after) = (figures(&entry.before), figures(&entry.after));
        let _ = writeln!(text, "{:<26}|{before} |{after} | {billed:>3}", entry.name);
    }
    for entry in entries {
        let _ = write!(text, "\n{}\n", entry.name);
        list(&mut text, "before", &entry.before);
        list(&mut text, "after", &entry.after);
    }
    text
}

fn figures(calls: &[Call]) -> String {
    let count = |store: Store| calls.iter().filter(|call| call.store == store).count();
    let waits = calls.iter().filter(|call| call.waits).count();
    let [sql, redis, mongo, dynamodb, sqs] = Store::ALL.map(count);
    format!(" {:>5} {redis:>6} {mongo:>5} {dynamodb:>8} {sqs:>3}", format!("{sql}/{waits}"))
}

fn list(text: &mut String, when: &str, calls: &[Call]) {
    let mut counted: BTreeMap<&Call, usize> = BTreeMap::new();
    for call in calls {
        *counted.entry(call).or_default() += 1;
    }
    for (call, times) in counted {
        let times = if times > 1 { format!("{times} × ") } else { String::new() };
        let _ = writeln!(text, "  {when:<6} {:<8} {times}{}", call.store.name(), call.what);
    }
}
