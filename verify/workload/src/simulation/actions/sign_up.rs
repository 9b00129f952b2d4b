//! Creating an account.

use anyhow::Result;
use api_client::ApiRequest;
use invariants::Acknowledged;
use serde_json::json;

use super::action::{Action, Exchange, NextStep};
use super::log_in;
use super::session::SignedIn;
use crate::simulation::action_kind::ActionKind;
use crate::simulation::user_state::{Account, UserState};

#[derive(Debug)]
struct SignUp {
    email: String,
}

pub(super) fn choose(me: &mut UserState) -> Box<dyn Action> {
    Box::new(SignUp { email: me.new_email() })
}

impl Action for SignUp {
    fn kind(&self) -> ActionKind {
        ActionKind::SignUp
    }

    fn request(&self, me: &UserState) -> ApiRequest {
        let account = json!({"name": "Lou Load", "email": self.email, "password": me.shared.password});
        ApiRequest::post("/api/users/signup", &account)
    }

    fn handle_response(&mut self, me: &mut UserState, exchange: &Exchange) -> Result<NextStep> {
        match exchange.status() {
            201 => {
                let SignedIn { user, token } = exchange.response.parse()?;
                me.record_acknowledgement(&Acknowledged::Signup { user_id: user.id })?;
                me.switch_account(Account { id: user.id, email: self.email.clone(), token })?;
                Ok(NextStep::Done)
            }
            // The first attempt has created it, and its response was lost.
            409 if exchange.is_retry() => Ok(NextStep::Then(log_in::into_lost_account(&self.email))),
            _ => exchange.unexpected_response(),
        }
    }
}
