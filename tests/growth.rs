//! Every store that grows has its row in docs/growth.md, and every bound its test.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use domain::events::Queue;
use tests::root;

const PAGE: &str = "docs/growth.md";

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Files below a folder with this ending.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![root().join(folder)]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("target") && !path.ends_with("node_modules") {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Every text between two markers.
fn between<'a>(text: &'a str, from: &str, to: &str) -> Vec<&'a str> {
    text.split(from).skip(1).filter_map(|rest| rest.split_once(to).map(|(found, _)| found.trim())).collect()
}

/// The stores that the code writes to, by their names in the document.
fn stores() -> BTreeSet<String> {
    let mut stores = BTreeSet::new();
    for file in files("shared/store-postgres/migrations", ".sql") {
        let database = file.parent().and_then(Path::file_name).unwrap().to_string_lossy().into_owned();
        let text = read(&file);
        let tables = text.lines().filter_map(|line| line.strip_prefix("create table ")?.split_once(" ("));
        stores.extend(tables.map(|(table, _)| format!("{database}.{table}")));
        let gone = text.lines().filter_map(|line| line.strip_prefix("drop table ")?.strip_suffix(';'));
        for table in gone {
            stores.remove(&format!("{database}.{table}"));
        }
    }
    let collections = read("shared/store-mongo/src/migrate.rs");
    for database in ["reviewdb", "analyticsdb"] {
        // `create_collection(&reviewdb, reviews::REVIEWS, …)`: a collection is called as its constant.
        let made = between(&collections, &format!("create_collection(&{database}, "), ",").into_iter();
        stores
            .extend(made.map(|path| format!("{database}.{}", path.rsplit(':').next().unwrap_or(path).to_lowercase())));
    }
    stores.extend(store_dynamo::provision::tables("").map(|(_, table)| format!("dynamodb.{table}")));
    stores.extend(Queue::ALL.map(|queue| format!("sqs.{}", queue.name())));
    for file in files("shared/store-redis/src", ".rs") {
        let text = read(&file);
        for begin in ["self.0.key(&format!(\"", "self.0.key(\"", "Self(format!(\"", "Self(\""] {
            let names = between(&text, begin, "\"").into_iter();
            let names = names.map(|name| name.split([':', '{']).next().unwrap_or_default().to_owned());
            stores.extend(names.filter(|name| !name.is_empty()).map(|name| format!("redis.{name}")));
        }
    }
    stores
}

/// The document's rows: the stores, the bound or reason, and the test.
fn documented_rows() -> Vec<(Vec<String>, String, String)> {
    let page = read(PAGE);
    let rows = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| store |"));
    rows.map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        assert_eq!(cells.len(), 4, "{line}");
        let names = cells[0].split('`').skip(1).step_by(2).map(str::to_owned).collect();
        (names, cells[2].to_owned(), cells[3].trim_matches('`').to_owned())
    })
    .collect()
}

#[test]
fn every_store_that_grows_has_a_row_and_every_row_a_store() {
    let named: BTreeSet<String> = documented_rows().into_iter().flat_map(|(names, ..)| names).collect();
    let stores = stores();
    let missing: Vec<&String> = stores.difference(&named).collect();
    assert!(missing.is_empty(), "{PAGE} says nothing of {missing:?}: what keeps them from growing for ever?");
    let files = BTreeSet::from(["shop.log".to_owned(), "mails".to_owned()]);
    let gone: Vec<&String> = named.difference(&stores).filter(|name| !files.contains(*name)).collect();
    assert!(gone.is_empty(), "{PAGE} speaks of {gone:?}, which nobody writes");
    assert!(stores.len() >= 25, "{stores:?}");
}

#[test]
fn every_bound_has_its_test() {
    let mut tests: BTreeMap<String, usize> = BTreeMap::new();
    for folder in ["functions", "shared", "tools", "tests", "verify"] {
        for file in files(folder, ".rs") {
            let text = read(&file);
            for name in between(&text, "fn ", "(") {
                *tests.entry(name.to_owned()).or_default() += 1;
            }
        }
    }
    for (names, ends, test) in documented_rows() {
        if test == "—" {
            assert!(!ends.is_empty(), "{names:?} is kept without a reason");
            continue;
        }
        assert!(tests.contains_key(&test), "{names:?}: there is no test `{test}`");
    }
}
