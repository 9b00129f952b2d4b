//! Opening a session.

use anyhow::{Result, ensure};
use api_client::ApiRequest;
use invariants::Acknowledged;
use serde_json::json;

use super::action::{Action, Exchange, NextStep};
use super::session::SignedIn;
use crate::simulation::action_kind::ActionKind;
use crate::simulation::user_state::{Account, UserState};

/// A login to one's own account.
#[derive(Debug)]
struct LogInAgain;

/// A login to an account that was created although the response was lost.
#[derive(Debug)]
struct FirstLogIn {
    email: String,
}

pub(crate) fn into_known_account() -> Box<dyn Action> {
    Box::new(LogInAgain)
}

pub(super) fn into_lost_account(email: &str) -> Box<dyn Action> {
    Box::new(FirstLogIn { email: email.to_owned() })
}

fn login_request(email: &str, me: &UserState) -> ApiRequest {
    ApiRequest::post("/api/users/login", &json!({"email": email, "password": me.shared.password}))
}

impl Action for LogInAgain {
    fn kind(&self) -> ActionKind {
        ActionKind::LogIn
    }

    fn request(&self, me: &UserState) -> ApiRequest {
        login_request(me.account.as_ref().map_or("", |account| &account.email), me)
    }

    fn handle_response(&mut self, me: &mut UserState, exchange: &Exchange) -> Result<NextStep> {
        if exchange.status() != 200 {
            return exchange.unexpected_response();
        }
        let SignedIn { user, token } = exchange.response.parse()?;
        ensure!(Some(user.id) == me.id(), "another user's account: {}", exchange.response);
        if let Some(account) = me.account.take() {
            me.set_session(Account { token, ..account })?;
        }
        Ok(NextStep::Done)
    }

    /// A customer without a session chooses it again.
    fn is_retryable(&self) -> bool {
        false
    }
}

impl Action for FirstLogIn {
    fn kind(&self) -> ActionKind {
        // While it is pending, nobody signs up once more.
        ActionKind::SignUp
    }

    fn request(&self, me: &UserState) -> ApiRequest {
        login_request(&self.email, me)
    }

    fn handle_response(&mut self, me: &mut UserState, exchange: &Exchange) -> Result<NextStep> {
        if exchange.status() != 200 {
            return exchange.unexpected_response();
        }
        let SignedIn { user, token } = exchange.response.parse()?;
        me.record_acknowledgement(&Acknowledged::Signup { user_id: user.id })?;
        me.switch_account(Account { id: user.id, email: self.email.clone(), token })?;
        Ok(NextStep::Done)
    }
}
