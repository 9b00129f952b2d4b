//! The commands of an operator, in the one form that `aws lambda invoke` and `local account` send.

use domain::users::{Email, Role};
use domain::{Problem, UserId};
use runtime::SecurityEvent;
use serde::Deserialize;
use serde_json::Value;
use store_postgres::accounts::{AccountChange, AccountSelector};

/// `{"action": "setRole", "email": "ada@example.org", "role": "admin"}`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Command {
    pub action: Action,
    /// The account's email address, or ...
    #[serde(default)]
    pub email: Option<Email>,
    /// The account's id, if no email address is given.
    #[serde(default)]
    pub user_id: Option<UserId>,
    /// The new role, only for [`Action::SetRole`].
    #[serde(default)]
    pub role: Option<Role>,
}

/// What to do with an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Action {
    /// Shows the account and changes nothing.
    Show,
    /// Changes its role; its sessions continue with the new one.
    SetRole,
    /// Revokes its sessions and blocks logins until it is enabled.
    Disable,
    /// Allows its owner to log in again.
    Enable,
    /// Revokes all its sessions; its owner may log in again.
    EndSessions,
}

impl Command {
    /// Parses a command.
    ///
    /// # Errors
    /// 400, which names the problem.
    pub fn from_json(json: Value) -> Result<Self, Problem> {
        let command: Self =
            serde_json::from_value(json).map_err(|why| Problem::invalid_field("command", why.to_string()))?;
        match (command.action, command.role) {
            (Action::SetRole, None) => return Err(Problem::invalid_field("role", "is required: admin or customer")),
            (Action::SetRole, Some(_)) | (_, None) => {}
            (_, Some(_)) => return Err(Problem::invalid_field("role", "is only valid for setRole")),
        }
        command.account_selector()?;
        Ok(command)
    }

    /// The account that the command names.
    pub(crate) fn account_selector(&self) -> Result<AccountSelector, Problem> {
        match (&self.email, self.user_id) {
            (Some(email), None) => Ok(AccountSelector::Email(email.clone())),
            (None, Some(id)) => Ok(AccountSelector::Id(id)),
            _ => Err(Problem::invalid_field("email", "is required, unless userId is given")),
        }
    }

    /// What it changes, and how that is recorded; `None` if it only reads.
    pub(crate) fn change(&self) -> Option<(AccountChange, SecurityEvent)> {
        let none = AccountChange::default();
        match self.action {
            Action::Show => None,
            Action::SetRole => Some((AccountChange { role: self.role, ..none }, SecurityEvent::RoleChanged)),
            // The epoch is incremented too: revoked sessions do not return when the account is
            // enabled.
            Action::Disable => Some((
                AccountChange { disabled: Some(true), revoke_sessions: true, ..none },
                SecurityEvent::AccountDisabled,
            )),
            Action::Enable => Some((AccountChange { disabled: Some(false), ..none }, SecurityEvent::AccountEnabled)),
            Action::EndSessions => {
                Some((AccountChange { revoke_sessions: true, ..none }, SecurityEvent::SessionsRevoked))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_command_names_one_account_and_a_role_only_where_it_sets_one() {
        for good in [
            json!({"action": "show", "userId": 7}),
            json!({"action": "setRole", "email": "Ada@example.org", "role": "admin"}),
            json!({"action": "setRole", "userId": 7, "role": "customer"}),
            json!({"action": "disable", "email": "ada@example.org"}),
            json!({"action": "enable", "userId": 7}),
            json!({"action": "endSessions", "userId": 7}),
        ] {
            assert!(Command::from_json(good.clone()).is_ok(), "{good}");
        }
        for bad in [
            json!(null),
            json!({}),
            json!([]),
            json!({"action": "show"}),
            json!({"action": "show", "email": "ada@example.org", "userId": 7}),
            json!({"action": "show", "email": "ada"}),
            json!({"action": "show", "userId": 0}),
            json!({"action": "show", "userId": 7, "role": "admin"}),
            json!({"action": "setRole", "userId": 7}),
            json!({"action": "setRole", "userId": 7, "role": "root"}),
            json!({"action": "delete", "userId": 7}),
            json!({"action": "show", "userId": 7, "force": true}),
        ] {
            assert!(Command::from_json(bad.clone()).is_err(), "{bad}");
        }
    }
}
