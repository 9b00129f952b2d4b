//! The bill: how many calls each use case makes to each store, before its response and after it,
//! compared with `bill.txt`. A call that is added or saved fails this test until the table says so:
//! `make bill` writes it.
//!
//! Counted where they pass, by proxies before the stores. One client, warm connections, one use case
//! at a time.

mod delivery;
mod proxy;
mod shop;
mod table;
mod use_cases;
mod wire;

use std::path::Path;

use runtime::Env;

use crate::shop::BillShop;
use crate::table::Entry;

/// All groups in one task: without optimization, their futures need more than the two megabytes of a
/// test's thread.
const STACK_BYTES: usize = 64 * 1024 * 1024;

#[test]
fn every_use_case_makes_the_calls_of_the_table() {
    let run = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(compare_with_table());
    };
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(run).expect("a thread");
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

async fn compare_with_table() {
    let shop = BillShop::open().await;
    let mut entries: Vec<Entry> = Vec::new();
    // The first round opens connections and prepares statements.
    for round in 1..=2 {
        entries = use_cases::run_all(&shop, round).await;
    }
    let actual = table::render(&entries);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("bill/bill.txt");
    if Env::from_env().optional("UPDATE_BILL").is_some() {
        std::fs::write(&file, &actual).expect("the table can be written");
        return;
    }
    let expected = std::fs::read_to_string(&file).unwrap_or_default();
    let added = difference(&actual, &expected);
    let gone = difference(&expected, &actual);
    assert!(
        added.is_empty() && gone.is_empty(),
        "the calls differ from tests/bill/bill.txt; if they should, run `make bill`\nnow:\n{added}\nin the table:\n{gone}"
    );
}

/// The lines of `a` that `b` does not have.
fn difference(a: &str, b: &str) -> String {
    let missing: Vec<&str> = a.lines().filter(|line| !b.lines().any(|other| other == *line)).collect();
    missing.join("\n")
}
