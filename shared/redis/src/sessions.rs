//! Logins: a token is good only while its session is here.

use domain::users::Role;
use domain::{SessionId, UserId};
use serde::{Deserialize, Serialize};

use crate::{Redis, Result};

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
}

/// The sessions that live.
#[derive(Clone)]
pub struct Sessions(Redis);

impl Sessions {
    /// Sessions kept in `redis`.
    pub fn new(redis: Redis) -> Self {
        Self(redis)
    }

    /// Notes a login for so many seconds.
    ///
    /// # Errors
    /// When Redis is away: the login must then be refused.
    pub async fn open(&self, id: SessionId, session: &Session, seconds: i64) -> Result<()> {
        // Sessions are plain data: they always have a JSON form.
        let body = serde_json::to_string(session).unwrap_or_default();
        self.0.run(redis::cmd("SET").arg(self.key(id)).arg(body).arg("EX").arg(seconds)).await
    }

    /// The session, while it lives.
    ///
    /// # Errors
    /// When Redis is away: nobody can be let in then.
    pub async fn find(&self, id: SessionId) -> Result<Option<Session>> {
        let body: Option<String> = self.0.run(redis::cmd("GET").arg(self.key(id))).await?;
        Ok(body.and_then(|body| serde_json::from_str(&body).ok()))
    }

    /// Ends a login, from the very next request.
    ///
    /// # Errors
    /// When Redis is away: the login then still lives.
    pub async fn close(&self, id: SessionId) -> Result<()> {
        self.0.run(redis::cmd("DEL").arg(self.key(id))).await
    }

    fn key(&self, id: SessionId) -> String {
        self.0.key(&format!("session:{id}"))
    }
}
