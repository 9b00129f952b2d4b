//! Reads the functions' statements from a log of `local stores --log-statements-over 0`.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::{Context, bail};
use store_postgres::Role;
use store_postgres::migrate::SCHEMAS;

/// Fewer statements than this are no suite's log: then nothing was checked.
const MIN_STATEMENTS: usize = 100;

/// One statement of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Statement<'a> {
    pub(super) role: Role,
    /// `orderdb`, without the prefix of a test.
    pub(super) database: &'static str,
    pub(super) text: &'a str,
}

/// Passes each statement of a function to `visit`; returns their number.
///
/// # Errors
/// A log that cannot be read, or that has too few statements to check.
pub(super) fn for_each_statement(log: &Path, mut visit: impl FnMut(Statement<'_>)) -> anyhow::Result<usize> {
    let file = File::open(log).with_context(|| format!("cannot read {}", log.display()))?;
    let (mut count, mut statement) = (0, String::new());
    let mut visit_line = |line: &str| {
        if let Some(sent) = parse_function_statement(line) {
            count += 1;
            visit(sent);
        }
    };
    for line in BufReader::new(file).split(b'\n') {
        let line = String::from_utf8_lossy(&line?).into_owned();
        // Further lines of a statement begin with a tab.
        if let Some(rest) = line.strip_prefix('\t') {
            statement.push('\n');
            statement.push_str(rest);
            continue;
        }
        visit_line(&statement);
        statement = line;
    }
    visit_line(&statement);
    if count < MIN_STATEMENTS {
        bail!(
            "{} has {count} statements of the functions: was it written with --log-statements-over 0?",
            log.display()
        );
    }
    Ok(count)
}

/// The statement of a log line, if a function's role sent it: `2026-11-24 13:05:09.123 UTC [42]
/// fn_orders@orderdb LOG:  execute sqlx_s_1: select …`.
fn parse_function_statement(line: &str) -> Option<Statement<'_>> {
    let (before, message) = line.split_once(" LOG:  ")?;
    let (user, database) = before.rsplit_once("] ")?.1.split_once('@')?;
    let role = Role::from_name(user)?;
    let database = SCHEMAS.iter().find(|schema| database.ends_with(schema.database))?.database;
    let text = match message.strip_prefix("statement: ") {
        Some(text) => text,
        None => message.strip_prefix("execute ")?.split_once(": ")?.1,
    };
    Some(Statement { role, database, text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_functions_sent_is_looked_at() {
        let line =
            |user: &str, message: &str| format!("2026-11-24 13:05:09.123 UTC [42] {user}@t1_orderdb LOG:  {message}");
        let text =
            |line: &str| parse_function_statement(line).map(|sent| (sent.role, sent.database, sent.text.to_owned()));
        let of_orders = |text: &str| Some((Role::ORDERS, "orderdb", text.to_owned()));
        assert_eq!(text(&line("fn_orders", "statement: begin")), of_orders("begin"));
        assert_eq!(text(&line("fn_orders", "execute sqlx_s_1: select 1: 2")), of_orders("select 1: 2"));
        assert_eq!(text(&line("postgres", "statement: set x = 1")), None);
        assert_eq!(text("2026-11-24 13:05:09.123 UTC [42] fn_orders@orderdb ERROR:  set"), None);
        assert_eq!(text(&line("fn_orders", "disconnection: session time: 0:00:00")), None);
    }
}
