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

    /// Where they are kept, for what is asked beside them.
    pub(crate) fn redis(&self) -> &Redis {
        &self.0
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

    /// The session, while it lives and if it is this user's, with the role as it is now.
    ///
    /// # Errors
    /// When Redis is away: nobody can be let in then.
    pub async fn find(&self, id: SessionId, user: UserId) -> Result<Option<Session>> {
        let (body, role): (Option<String>, Option<String>) =
            self.0.run(redis::cmd("MGET").arg(self.key(id)).arg(self.role_key(user))).await?;
        let session: Option<Session> = body.and_then(|body| serde_json::from_str(&body).ok());
        let session = session.filter(|session| session.user_id == user);
        Ok(session.map(|session| match role {
            Some(role) => Session { role: Role::of(&role), ..session },
            None => session,
        }))
    }

    /// From now on every session of `user` has this role, those that are open and one that a
    /// login under way opens with the role it has read before. Kept for `seconds`, which must be
    /// longer than any such session lives.
    ///
    /// # Errors
    /// When Redis is away: open sessions then keep the role they were opened with.
    pub async fn change_role(&self, user: UserId, role: Role, seconds: i64) -> Result<()> {
        self.0.run(redis::cmd("SET").arg(self.role_key(user)).arg(role.as_str()).arg("EX").arg(seconds)).await
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

    fn role_key(&self, user: UserId) -> String {
        self.0.key(&format!("role:{user}"))
    }
}
