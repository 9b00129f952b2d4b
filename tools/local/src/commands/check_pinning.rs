//! `local check-pinning`: finds the statements of a suite that would pin a connection of RDS Proxy.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use super::statement_log;
use crate::terminal;

/// A statement with a longer text pins by its length alone, in bytes.
const MAX_STATEMENT_BYTES: usize = 16 * 1024;
/// Find the statements that would pin a connection of RDS Proxy.
///
/// Reads a log of `local stores --log-statements-over 0` and checks what the functions' roles sent: no
/// SET, PREPARE, LISTEN, temporary tables, explicit sequence calls or session locks, and nothing
/// longer than 16 KB. The migrations connect directly, as the administrator.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// PostgreSQL's log
    log: PathBuf,
}

/// # Errors
/// A log that cannot be read, or that has too few statements to check.
pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let mut pinning: BTreeMap<(&'static str, String), usize> = BTreeMap::new();
    let count = statement_log::for_each_statement(&args.log, |sent| {
        if let Some(why) = pin_reason(sent.text) {
            *pinning.entry((why, sent.text.to_owned())).or_default() += 1;
        }
    })?;
    for ((why, text), times) in &pinning {
        terminal::print_line(format!("pins by {why} ({times} times): {}", text.chars().take(200).collect::<String>()));
    }
    if pinning.is_empty() {
        terminal::print_line(format!("None of {} statements pins a connection of RDS Proxy.", count));
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::FAILURE)
}

/// Why RDS Proxy would pin a connection for this statement; the list is that of its manual.
fn pin_reason(statement: &str) -> Option<&'static str> {
    if statement.len() > MAX_STATEMENT_BYTES {
        return Some("its length");
    }
    let words = unquoted_words(statement);
    let first = words.first().map_or("", String::as_str);
    match first {
        "set" | "reset" => return Some("a setting"),
        "prepare" | "execute" | "deallocate" => return Some("a prepared statement of SQL's"),
        "listen" | "unlisten" => return Some("a channel"),
        "discard" => return Some("discarding state"),
        "declare" => return Some("a cursor"),
        "load" => return Some("a library"),
        _ => {}
    }
    let has = |word: &str| words.iter().any(|other| other == word);
    if first == "create" && (has("temp") || has("temporary")) || has("pg_temp") {
        return Some("a temporary table");
    }
    if ["nextval", "setval", "currval", "lastval"].iter().any(|name| has(name)) {
        return Some("a sequence");
    }
    if has("set_config") {
        return Some("a setting");
    }
    let session_lock = |word: &String| {
        word.contains("advisory")
            && !word.contains("_xact_")
            && (word.starts_with("pg_advisory") || word.starts_with("pg_try_advisory"))
    };
    words.iter().any(session_lock).then_some("a lock of the session")
}

/// Names and keywords in lower case, without quoted parts: those may contain any text.
fn unquoted_words(statement: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (place, part) in statement.split('\'').enumerate() {
        if place % 2 == 0 {
            let found = part.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
            words.extend(found.filter(|word| !word.is_empty()).map(str::to_lowercase));
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_statements_that_pin_are_found() {
        for (statement, pinning) in [
            ("select * from orders where status = 'set'", false),
            ("update products set stock = $1 where id = $2", false),
            ("begin", false),
            ("select pg_advisory_xact_lock(1)", false),
            ("select id from orders order by step_at limit $2 for update skip locked", false),
            ("select next_order() as id", false),
            ("insert into audit (text) values ('nextval')", false),
            ("SET search_path = x", true),
            ("set local statement_timeout = '1s'", true),
            ("prepare p as select 1", true),
            ("LISTEN orders", true),
            ("create temporary table t (id int)", true),
            ("with fresh as (select nextval('orders_id_seq')) select 1", true),
            ("select pg_advisory_lock(7)", true),
            ("select pg_try_advisory_lock_shared(7)", true),
            ("select set_config('a.b', 'c', false)", true),
            (&format!("select '{}'", "x".repeat(MAX_STATEMENT_BYTES)), true),
        ] {
            assert_eq!(pin_reason(statement).is_some(), pinning, "{}", &statement[..statement.len().min(80)]);
        }
    }
}
