//! Finds the calls in what a client sends, for each protocol as far as that takes.

use std::collections::HashMap;

use crate::proxy::{Call, Store};

/// Functions of the databases that write.
const WRITING_FUNCTIONS: [&str; 9] = [
    "hold",
    "sell",
    "sell_before_close",
    "release",
    "take_back",
    "set_stock",
    "remove_stock",
    "mark_sent",
    "category_spelling",
];
/// Those of them that do not wait for the disk (decision 82).
const UNSYNCED_FUNCTIONS: [&str; 3] = ["hold", "sell_before_close", "mark_sent"];
/// What MongoDB's driver sends by itself.
const MONGO_UPKEEP: [&str; 4] = ["hello", "isMaster", "ismaster", "endSessions"];
/// What Redis's driver sends with a new connection.
const REDIS_UPKEEP: [&str; 2] = ["CLIENT", "PING"];

/// The requests of one connection.
pub(crate) struct Parser {
    store: Store,
    pending: Vec<u8>,
    postgres: Postgres,
}

#[derive(Default)]
struct Postgres {
    database: Option<String>,
    statements: HashMap<Vec<u8>, String>,
    bound: String,
}

impl Parser {
    pub(crate) fn new(store: Store) -> Self {
        Self { store, pending: Vec::new(), postgres: Postgres::default() }
    }

    /// The calls that these bytes complete.
    pub(crate) fn read(&mut self, bytes: &[u8]) -> Vec<Call> {
        self.pending.extend_from_slice(bytes);
        let mut calls = Vec::new();
        while let Some((used, call)) = self.next_message() {
            calls.extend(call);
            self.pending.drain(..used);
        }
        calls
    }

    /// The first complete message: its length, and the call that it is.
    fn next_message(&mut self) -> Option<(usize, Option<Call>)> {
        let call = |store, what: String| Call { store, what, waits: false };
        match self.store {
            Store::Sql => self.postgres.next(&self.pending),
            Store::Redis => {
                let (used, command) = redis_command(&self.pending)?;
                Some((used, (!REDIS_UPKEEP.contains(&command.as_str())).then(|| call(Store::Redis, command))))
            }
            Store::Mongo => {
                let (used, command) = mongo_command(&self.pending)?;
                let upkeep = MONGO_UPKEEP.iter().any(|one| command.starts_with(one));
                Some((used, (!upkeep).then(|| call(Store::Mongo, command))))
            }
            store @ (Store::DynamoDb | Store::Sqs) => {
                let (used, target) = http_request(&self.pending)?;
                Some((used, Some(call(store, target))))
            }
        }
    }
}

impl Postgres {
    fn next(&mut self, bytes: &[u8]) -> Option<(usize, Option<Call>)> {
        let Some(database) = &self.database else {
            let message = sized(bytes, 0)?;
            let words: Vec<&[u8]> = message[8..].split(|byte| *byte == 0).collect();
            let at = words.iter().position(|word| *word == b"database")?;
            // A test's databases have a prefix of its own.
            let name = String::from_utf8_lossy(words[at + 1]);
            self.database = Some(name.rsplit('_').next().unwrap_or_default().to_owned());
            return Some((message.len(), None));
        };
        let length = 1 + sized(bytes, 1)?.len();
        let (kind, body) = (bytes[0], &bytes[5..length]);
        let text = |part: &[u8]| String::from_utf8_lossy(part).into_owned();
        let mut words = body.split(|byte| *byte == 0);
        let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let sql = match kind {
            b'P' => {
                self.statements.insert(first.to_vec(), text(second));
                None
            }
            b'B' => {
                self.bound = self.statements.get(second).cloned().unwrap_or_default();
                None
            }
            b'E' => Some(self.bound.clone()),
            b'Q' => Some(text(first)),
            _ => None,
        };
        let call = sql.map(|sql| {
            let (what, waits) = describe(&sql);
            Call { store: Store::Sql, what: format!("{database}: {what}"), waits }
        });
        Some((length, call))
    }
}

/// What a statement does, and whether it writes and waits for the disk.
fn describe(sql: &str) -> (String, bool) {
    let spaced = sql.to_lowercase().replace(['(', ')', ',', '\n'], " ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let called = WRITING_FUNCTIONS.iter().find(|name| sql.contains(&format!("{name}(")));
    let mut parts: Vec<String> = called.iter().map(|name| format!("{name}()")).collect();
    for (at, pair) in words.windows(2).enumerate() {
        let object = words.get(at + 2).copied().unwrap_or_default();
        match pair {
            ["insert", "into"] => parts.push(format!("insert {object}")),
            ["delete", "from"] => parts.push(format!("delete {object}")),
            // Not `do update set`, `for update of`, `for no key update`.
            ["update", table]
                if !["set", "skip", "of", "update"].contains(table)
                    && !["for", "key"].contains(&words[at.saturating_sub(1)]) =>
            {
                parts.push(format!("update {table}"));
            }
            _ => {}
        }
    }
    if !parts.is_empty() {
        let waits = !called.is_some_and(|name| UNSYNCED_FUNCTIONS.contains(name));
        return (parts.join(", "), waits);
    }
    let from = words.windows(2).find(|pair| pair[0] == "from").map(|pair| pair[1]);
    (format!("{} {}", words.first().unwrap_or(&"?"), from.unwrap_or_default()).trim_end().to_owned(), false)
}

/// A message that begins with its own length at `at`, as Postgres counts it.
fn sized(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let length = u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?) as usize;
    bytes.get(at..at + length)
}

fn redis_command(bytes: &[u8]) -> Option<(usize, String)> {
    let (parts, mut at) = redis_number(bytes, 0)?;
    let mut name = None;
    for _ in 0..parts {
        let (length, start) = redis_number(bytes, at)?;
        at = start + length + 2;
        let text = bytes.get(start..at)?;
        name.get_or_insert_with(|| String::from_utf8_lossy(&text[..length]).to_uppercase());
    }
    Some((at, name?))
}

/// The number of a line such as `*3`, and the place after it.
fn redis_number(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let end = at + bytes.get(at..)?.windows(2).position(|pair| pair == b"\r\n")?;
    let digits = std::str::from_utf8(bytes.get(at + 1..end)?).ok()?;
    Some((digits.parse().ok()?, end + 2))
}

fn mongo_command(bytes: &[u8]) -> Option<(usize, String)> {
    const OP_MSG: u32 = 2013;
    let number = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let length = number(0)? as usize;
    let message = bytes.get(..length)?;
    if number(12)? != OP_MSG {
        return Some((length, MONGO_UPKEEP[0].to_owned()));
    }
    // Header, flags, kind of section, length of the document, type of its first member.
    let name_at = 16 + 4 + 1 + 4;
    let is_text = message[name_at] == 2;
    let name = message[name_at + 1..].split(|byte| *byte == 0).next()?;
    let value = is_text.then(|| message[name_at + 1 + name.len() + 1 + 4..].split(|byte| *byte == 0).next());
    let text = |part: &[u8]| String::from_utf8_lossy(part).into_owned();
    Some((length, format!("{} {}", text(name), value.flatten().map(text).unwrap_or_default()).trim_end().to_owned()))
}

fn http_request(bytes: &[u8]) -> Option<(usize, String)> {
    let head_end = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&bytes[..head_end]);
    let header = |name: &str| {
        head.lines().filter_map(|line| line.split_once(':')).find(|(one, _)| one.eq_ignore_ascii_case(name))
    };
    let length = header("content-length").map_or(0, |(_, value)| value.trim().parse().unwrap_or(0));
    bytes.get(..head_end + length)?;
    let target = header("x-amz-target").map_or("?", |(_, value)| value.trim());
    Some((head_end + length, target.rsplit('.').next().unwrap_or_default().to_owned()))
}
