//! Sessions: a token is valid only while its session is stored here, and while its account allows
//! it.
//!
//! A session is what was true at its login. What has changed since is in one record per account
//! ([`AccountState`]), read with the session in one command: an operator's change takes effect from
//! the next request, whoever opened the session and however long it lives.
//!
//! The sessions of an account are listed beside it, so that they can be counted and revoked. The
//! list decides nothing: a session is valid by its own key and the account's record.

use std::sync::LazyLock;

use domain::users::{Email, Role};
use domain::{SessionId, Timestamp, UserId};
use redis::Script;
use serde::{Deserialize, Serialize};

use crate::{Redis, Result};

/// The maximum number of sessions of an account; one more login ends the oldest. Every device of a
/// person and of a family fits, and nobody fills Redis with logins.
pub const MAX_SESSIONS: usize = 20;
/// The longest lifetime of any session, in seconds: 30 days, as long as a lost device may stay
/// signed in. The users function rejects a longer configured one.
pub const MAX_SESSION_SECONDS: i64 = 30 * 24 * 60 * 60;
/// About how many sessions one step of a scan reads.
const SCAN_COUNT: usize = 500;
/// How long a login may take from reading its account to opening the session, in seconds; longer
/// than any request may last.
const MAX_LOGIN_SECONDS: i64 = 60;
/// The lifetime of an account's record: it outlives every session that any process may have opened
/// with what it has read before, however that process is configured.
const ACCOUNT_STATE_TTL_SECONDS: i64 = MAX_SESSION_SECONDS + MAX_LOGIN_SECONDS;

/// The session data that every request needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    pub user_id: UserId,
    /// The role at login.
    pub role: Role,
    /// The name at login, for what they write.
    pub name: String,
    /// The account's epoch when its credentials were read. Sessions of the version before this
    /// field have none: they have the first epoch.
    #[serde(default)]
    pub epoch: i32,
    /// Of a guest: where to write about what they buy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guest_email: Option<Email>,
}

/// The access of an account as an operator set it, from SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountState {
    pub role: Role,
    /// Sessions of an older epoch are revoked.
    pub epoch: i32,
    /// No login is accepted.
    pub disabled: bool,
    /// Counts the changes of the row: of two records the later one wins, whichever operator wrote
    /// last.
    pub version: i32,
}

impl Session {
    /// The session with its current role, if its account allows it: by the account's record or, if
    /// there is none, by the role entry of the previous version.
    fn authorize(self, record: Option<&str>, note: Option<&str>) -> Option<Self> {
        let Some(record) = record else {
            let role = note.map_or(self.role, Role::parse_or_customer);
            return Some(Self { role, ..self });
        };
        // A record that cannot be parsed admits no session.
        let access: AccountState = serde_json::from_str(record).ok()?;
        let good = !access.disabled && self.epoch >= access.epoch;
        good.then_some(Self { role: access.role, ..self })
    }
}

fn parse_session(body: &str) -> Option<Session> {
    serde_json::from_str(body).ok()
}

impl AccountState {
    /// For an account that is no longer in SQL: all of its sessions are revoked.
    pub const DELETED: Self = Self { role: Role::Customer, epoch: i32::MAX, disabled: true, version: 0 };
}

/// The result of writing a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountUpdateOutcome {
    /// It is in effect; this many sessions were revoked by it.
    Applied(usize),
    /// A later record is stored and stays, with this version and epoch: another operator was
    /// faster, or SQL has been restored to an earlier state.
    Superseded {
        /// Of the later row.
        version: i32,
        /// Of the later row.
        epoch: i32,
    },
}

/// Opens a session and lists it; removes expired sessions from the list, and ends the oldest if
/// there are too many. Never the one that is opened.
static OPEN_SCRIPT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
         redis.call('ZADD', KEYS[2], ARGV[3], ARGV[4])
         local live, ended = 1, 0
         for _, id in ipairs(redis.call('ZREVRANGE', KEYS[2], 0, -1)) do
           if id ~= ARGV[4] then
             local there = redis.call('EXISTS', ARGV[6] .. id) == 1
             if there and live < tonumber(ARGV[5]) then live = live + 1
             else
               if there then redis.call('UNLINK', ARGV[6] .. id) ended = ended + 1 end
               redis.call('ZREM', KEYS[2], id)
             end
           end
         end
         if redis.call('TTL', KEYS[2]) < tonumber(ARGV[2]) then redis.call('EXPIRE', KEYS[2], ARGV[2]) end
         return ended",
    )
});

/// Writes an account's record, unless a later one exists, and deletes the listed sessions that it
/// revokes: they would be rejected anyway, and need no memory.
static UPDATE_ACCOUNT_SCRIPT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local known, there = redis.call('GET', KEYS[1]), nil
         if known then local ok, record = pcall(cjson.decode, known) if ok then there = record end end
         if there and tonumber(ARGV[2]) > 0 and (tonumber(there.version) or 0) > tonumber(ARGV[2]) then
           return {-1, there.version, tonumber(there.epoch) or 0}
         end
         redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[3])
         local new, ended = cjson.decode(ARGV[1]), 0
         for _, id in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
           local body = redis.call('GET', ARGV[4] .. id)
           local ok, session = pcall(cjson.decode, body or '')
           local over = not body or new.disabled or not ok or (tonumber(session.epoch) or 0) < new.epoch
           if over then
             ended = ended + redis.call('UNLINK', ARGV[4] .. id)
             redis.call('ZREM', KEYS[2], id)
           end
         end
         return {ended, 0, 0}",
    )
});

static COUNT_SCRIPT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local live = 0
         for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
           live = live + redis.call('EXISTS', ARGV[1] .. id)
         end
         return live",
    )
});

#[derive(Clone)]
pub struct Sessions(Redis);

impl Sessions {
    pub fn new(redis: Redis) -> Self {
        Self(redis)
    }

    /// The store, for what is queried beside the sessions.
    pub(crate) fn redis(&self) -> &Redis {
        &self.0
    }

    /// Opens a session at `now` for this many seconds, in one command. If the account has
    /// [`MAX_SESSIONS`], the oldest ends; returns how many did.
    ///
    /// # Errors
    /// When Redis is unavailable: the login must then be rejected.
    pub async fn open(&self, id: SessionId, session: &Session, seconds: i64, now: Timestamp) -> Result<usize> {
        // Sessions are plain data: they always have a JSON form.
        let body = serde_json::to_string(session).unwrap_or_default();
        let mut open = OPEN_SCRIPT.prepare_invoke();
        open.key(self.session_key(id)).key(self.session_list_key(session.user_id));
        open.arg(body).arg(seconds).arg(now.millis()).arg(id.to_string()).arg(MAX_SESSIONS).arg(self.session_prefix());
        self.0.run_script(&open).await
    }

    /// The session, while it is open, if it belongs to this user and their account allows it, with
    /// the current role.
    ///
    /// # Errors
    /// When Redis is unavailable: no session is accepted then.
    pub async fn find(&self, id: SessionId, user: UserId) -> Result<Option<Session>> {
        type Texts = (Option<String>, Option<String>, Option<String>);
        let keys = [self.session_key(id), self.account_key(user), self.legacy_role_key(user)];
        let (body, record, note): Texts = self.0.run(redis::cmd("MGET").arg(&keys)).await?;
        let session = body.and_then(|body| parse_session(&body)).filter(|session| session.user_id == user);
        Ok(session.and_then(|session| session.authorize(record.as_deref(), note.as_deref())))
    }

    /// A page of all valid sessions, each in its current form, and the cursor of the next page: 0
    /// at the end. For checks of all sessions; a session may occur twice.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn scan(&self, cursor: u64) -> Result<(u64, Vec<Session>)> {
        let mut scan = redis::cmd("SCAN");
        scan.arg(cursor).arg("MATCH").arg(format!("{}*", self.session_prefix())).arg("COUNT").arg(SCAN_COUNT);
        let (next, keys): (u64, Vec<String>) = self.0.run(&scan).await?;
        if keys.is_empty() {
            return Ok((next, Vec::new()));
        }
        let bodies: Vec<Option<String>> = self.0.run(redis::cmd("MGET").arg(&keys)).await?;
        let sessions: Vec<Session> = bodies.iter().flatten().filter_map(|body| parse_session(body)).collect();
        if sessions.is_empty() {
            return Ok((next, sessions));
        }
        let mut states = redis::cmd("MGET");
        for session in &sessions {
            states.arg(self.account_key(session.user_id)).arg(self.legacy_role_key(session.user_id));
        }
        let states: Vec<Option<String>> = self.0.run(&states).await?;
        let authorized = sessions.into_iter().zip(states.chunks(2));
        Ok((
            next,
            authorized
                .filter_map(|(session, state)| session.authorize(state[0].as_deref(), state[1].as_deref()))
                .collect(),
        ))
    }

    /// From now on every session of `user` is checked against this, both open ones and one that a
    /// concurrent login opens with what it has read before. Repeating it is safe.
    ///
    /// # Errors
    /// When Redis is unavailable: open sessions then continue unchanged.
    pub async fn update_account(&self, user: UserId, state: &AccountState) -> Result<AccountUpdateOutcome> {
        // As above.
        let body = serde_json::to_string(state).unwrap_or_default();
        let mut change = UPDATE_ACCOUNT_SCRIPT.prepare_invoke();
        change.key(self.account_key(user)).key(self.session_list_key(user));
        change.arg(body).arg(state.version).arg(ACCOUNT_STATE_TTL_SECONDS).arg(self.session_prefix());
        let (ended, version, epoch): (i64, i32, i32) = self.0.run_script(&change).await?;
        // Negative if nothing was written.
        Ok(usize::try_from(ended)
            .map_or(AccountUpdateOutcome::Superseded { version, epoch }, AccountUpdateOutcome::Applied))
    }

    /// The number of open sessions of `user`, of those that were opened since sessions are listed.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn count(&self, user: UserId) -> Result<usize> {
        self.0
            .run_script(COUNT_SCRIPT.prepare_invoke().key(self.session_list_key(user)).arg(self.session_prefix()))
            .await
    }

    /// Ends a session, from the next request.
    ///
    /// # Errors
    /// When Redis is unavailable: the session then stays open.
    pub async fn close(&self, id: SessionId, user: UserId) -> Result<()> {
        let mut both = redis::pipe();
        both.atomic();
        both.cmd("DEL").arg(self.session_key(id)).ignore();
        both.cmd("ZREM").arg(self.session_list_key(user)).arg(id.to_string()).ignore();
        self.0.run_all(&both).await
    }

    fn session_key(&self, id: SessionId) -> String {
        self.0.key(&format!("session:{id}"))
    }

    /// The prefix of a session's key, for scripts that read the list.
    fn session_prefix(&self) -> String {
        self.0.key("session:")
    }

    /// The user's sessions by the time of their login.
    fn session_list_key(&self, user: UserId) -> String {
        self.0.key(&format!("sessions:{user}"))
    }

    fn account_key(&self, user: UserId) -> String {
        self.0.key(&format!("account:{user}"))
    }

    /// A changed role as the previous version wrote it; no version writes it anymore. The last one
    /// expires with that version's longest session.
    fn legacy_role_key(&self, user: UserId) -> String {
        self.0.key(&format!("role:{user}"))
    }
}
