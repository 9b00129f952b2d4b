//! Listing one's notifications.

use anyhow::Result;
use api_client::ApiRequest;
use serde_json::Value;

use super::action::{Action, Exchange, NextStep};
use crate::simulation::action_kind::ActionKind;
use crate::simulation::user_state::UserState;

#[derive(Debug)]
struct ListNotifications;

pub(super) fn choose() -> Box<dyn Action> {
    Box::new(ListNotifications)
}

impl Action for ListNotifications {
    fn kind(&self) -> ActionKind {
        ActionKind::Notifications
    }

    fn request(&self, me: &UserState) -> ApiRequest {
        let me_id = me.id().map_or(0, domain::UserId::get);
        ApiRequest::get(format!("/api/notifications/user/{me_id}?limit=20")).with_token(me.token())
    }

    fn handle_response(&mut self, _: &mut UserState, exchange: &Exchange) -> Result<NextStep> {
        if exchange.status() != 200 {
            return exchange.unexpected_response();
        }
        exchange.response.parse::<Vec<Value>>().map(|_| NextStep::Done)
    }

    fn is_retryable(&self) -> bool {
        false
    }
}
