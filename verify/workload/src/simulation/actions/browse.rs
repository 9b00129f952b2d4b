//! Browsing the catalog.

use anyhow::Result;
use api_client::ApiRequest;
use rand::Rng;

use super::action::{Action, Exchange, NextStep};
use crate::simulation::action_kind::ActionKind;
use crate::simulation::user_state::UserState;

#[derive(Debug)]
struct Browse {
    path: String,
}

pub(super) fn choose(me: &mut UserState) -> Box<dyn Action> {
    const SORTS: [&str; 5] = ["newest", "price", "-price", "name", "-rating"];
    let sort = SORTS[me.rng.random_range(0..SORTS.len())];
    let mut path = format!("/api/products?sort={sort}&limit=20");
    if me.rng.random_bool(0.3) {
        path.push_str("&inStock=true");
    }
    if me.rng.random_bool(0.3)
        && let Some(category) = me.shared.catalog.pick_random(&mut me.rng).category
    {
        path.push_str("&category=");
        path.extend(form_urlencoded::byte_serialize(category.as_bytes()));
    }
    Box::new(Browse { path })
}

impl Action for Browse {
    fn kind(&self) -> ActionKind {
        ActionKind::Browse
    }

    fn request(&self, _: &UserState) -> ApiRequest {
        ApiRequest::get(&self.path)
    }

    fn handle_response(&mut self, me: &mut UserState, exchange: &Exchange) -> Result<NextStep> {
        if exchange.status() != 200 {
            return exchange.unexpected_response();
        }
        me.shared.catalog.remember(exchange.response.parse()?);
        Ok(NextStep::Done)
    }

    fn is_retryable(&self) -> bool {
        false
    }
}
