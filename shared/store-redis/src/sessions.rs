//! Logins: a token is good only while its session is here, and while its account lets it.
//!
//! A session is what was true at its login. What has changed since is in one record per account
//! ([`Access`]), read with the session in one command: an operator's change counts from the very
//! next request, whoever opened the session and however long it lives.
//!
//! The sessions of an account are listed beside it, so that they can be counted and ended. The
//! list decides nothing: a session is good by its own key and the account's record.

use std::sync::LazyLock;

use domain::users::Role;
use domain::{SessionId, Timestamp, UserId};
use redis::Script;
use serde::{Deserialize, Serialize};

use crate::{Redis, Result};

/// So many sessions an account may have; one more login ends the oldest. Every device of a person
/// and of a family fits, and nobody fills Redis with logins.
pub const MAX_SESSIONS: usize = 20;
/// The longest that any session may live, in seconds: 30 days, as long as a lost device may stay
/// signed in. The users function refuses to be configured for more.
pub const MAX_SESSION_SECONDS: i64 = 30 * 24 * 60 * 60;
/// About so many sessions are looked at at once by whoever looks at all.
const SCAN_COUNT: usize = 500;
/// How long a login may take from reading its account to opening the session, in seconds; longer
/// than any request may last.
const MAX_LOGIN_SECONDS: i64 = 60;
/// The life of an account's record: it outlives every session that any process may have opened
/// with what it has read before, however that process is configured.
const ACCOUNT_STATE_TTL_SECONDS: i64 = MAX_SESSION_SECONDS + MAX_LOGIN_SECONDS;

/// Who logged in, as every request needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// Who.
    pub user_id: UserId,
    /// What they may do.
    pub role: Role,
    /// What they are called, for what they write.
    pub name: String,
    /// The account's epoch when its credentials were read. Sessions of the version before this
    /// field have none: they are of the first epoch.
    #[serde(default)]
    pub epoch: i32,
}

/// What an operator has said of an account, from SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountState {
    /// What they may do.
    pub role: Role,
    /// Sessions of an older one are over.
    pub epoch: i32,
    /// Nobody may be signed in.
    pub disabled: bool,
    /// Counts the changes of the row: of two records the later one stands, whichever of two
    /// operators wrote last.
    pub version: i32,
}

impl Session {
    /// As it is now, if its account lets it: by the account's record, or, where there is none, by
    /// the note of a role that the version before has left.
    fn authorize(self, record: Option<&str>, note: Option<&str>) -> Option<Self> {
        let Some(record) = record else {
            let role = note.map_or(self.role, Role::parse_or_customer);
            return Some(Self { role, ..self });
        };
        // A record that cannot be read is no reason to let anybody in.
        let access: AccountState = serde_json::from_str(record).ok()?;
        let good = !access.disabled && self.epoch >= access.epoch;
        good.then_some(Self { role: access.role, ..self })
    }
}

fn parse_session(body: &str) -> Option<Session> {
    serde_json::from_str(body).ok()
}

impl AccountState {
    /// Of an account that is not in SQL any more: whatever sessions it still has are over.
    pub const DELETED: Self = Self { role: Role::Customer, epoch: i32::MAX, disabled: true, version: 0 };
}

/// What became of a record that was to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountUpdateOutcome {
    /// It counts from now on; so many sessions are over by it.
    Applied(usize),
    /// A record of a later row is there and stands, of this version and epoch: somebody was quicker,
    /// or SQL has been restored to a moment before it.
    Superseded {
        /// The later row's.
        version: i32,
        /// The later row's.
        epoch: i32,
    },
}

/// Opens a session and lists it; forgets what the list has that is over, and ends the oldest where
/// there are too many. The one that is opened is never the one that goes.
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

/// Writes an account's record, unless a later one is there, and ends the listed sessions that are
/// over by it: they would be refused in any case, and need no memory.
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

/// The sessions that live.
#[derive(Clone)]
pub struct Sessions(Redis);

impl Sessions {
    /// Sessions kept in `redis`.
    pub fn new(redis: Redis) -> Self {
        Self(redis)
    }

    /// Where they are kept, for what is asked beside them.
    pub(crate) fn redis(&self) -> &Redis {
        &self.0
    }

    /// Notes a login at `now` for so many seconds, in one command. Where the account has
    /// [`MOST_SESSIONS`], the oldest ends; answers how many did.
    ///
    /// # Errors
    /// When Redis is away: the login must then be refused.
    pub async fn open(&self, id: SessionId, session: &Session, seconds: i64, now: Timestamp) -> Result<usize> {
        // Sessions are plain data: they always have a JSON form.
        let body = serde_json::to_string(session).unwrap_or_default();
        let mut open = OPEN_SCRIPT.prepare_invoke();
        open.key(self.session_key(id)).key(self.session_list_key(session.user_id));
        open.arg(body).arg(seconds).arg(now.millis()).arg(id.to_string()).arg(MAX_SESSIONS).arg(self.session_prefix());
        self.0.run_script(&open).await
    }

    /// The session, while it lives, if it is this user's and their account lets it, with the role
    /// as it is now.
    ///
    /// # Errors
    /// When Redis is away: nobody can be let in then.
    pub async fn find(&self, id: SessionId, user: UserId) -> Result<Option<Session>> {
        type Texts = (Option<String>, Option<String>, Option<String>);
        let keys = [self.session_key(id), self.account_key(user), self.legacy_role_key(user)];
        let (body, record, note): Texts = self.0.run(redis::cmd("MGET").arg(&keys)).await?;
        let session = body.and_then(|body| parse_session(&body)).filter(|session| session.user_id == user);
        Ok(session.and_then(|session| session.authorize(record.as_deref(), note.as_deref())))
    }

    /// A page of all sessions that would be let in, each as it would be, and where the next page
    /// begins: nowhere at 0. For whoever checks them all; a session may come twice.
    ///
    /// # Errors
    /// When Redis is away.
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

    /// From now on this is what every session of `user` is held against, those that are open and
    /// one that a login under way opens with what it has read before. Repeating it is safe.
    ///
    /// # Errors
    /// When Redis is away: open sessions then go on as before.
    pub async fn update_account(&self, user: UserId, state: &AccountState) -> Result<AccountUpdateOutcome> {
        // As above.
        let body = serde_json::to_string(state).unwrap_or_default();
        let mut change = UPDATE_ACCOUNT_SCRIPT.prepare_invoke();
        change.key(self.account_key(user)).key(self.session_list_key(user));
        change.arg(body).arg(state.version).arg(ACCOUNT_STATE_TTL_SECONDS).arg(self.session_prefix());
        let (ended, version, epoch): (i64, i32, i32) = self.0.run_script(&change).await?;
        // Below zero where nothing was written.
        Ok(usize::try_from(ended)
            .map_or(AccountUpdateOutcome::Superseded { version, epoch }, AccountUpdateOutcome::Applied))
    }

    /// How many sessions of `user` live, of those that were opened since sessions are listed.
    ///
    /// # Errors
    /// When Redis is away.
    pub async fn count(&self, user: UserId) -> Result<usize> {
        self.0
            .run_script(COUNT_SCRIPT.prepare_invoke().key(self.session_list_key(user)).arg(self.session_prefix()))
            .await
    }

    /// Ends a login, from the very next request.
    ///
    /// # Errors
    /// When Redis is away: the login then still lives.
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

    /// What a session's key begins with, for scripts that read the list.
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

    /// A changed role as the version before wrote it; nobody does any more. The last one ends with
    /// that version's longest session.
    fn legacy_role_key(&self, user: UserId) -> String {
        self.0.key(&format!("role:{user}"))
    }
}
