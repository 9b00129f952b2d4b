//! Sending the analytics events of a storefront.

use anyhow::{Result, ensure};
use api_client::ApiRequest;
use domain::{EventId, ProductId};
use invariants::Acknowledged;
use rand::Rng;
use serde::Deserialize;
use serde_json::json;

use super::action::{Action, Exchange, NextStep};
use crate::simulation::action_kind::ActionKind;
use crate::simulation::user_state::UserState;

#[derive(Debug)]
struct Track {
    event: &'static str,
    product: ProductId,
    id: EventId,
    /// Whether the event is sent with a token.
    authenticated: bool,
}

pub(super) fn choose(me: &mut UserState) -> Box<dyn Action> {
    const EVENTS: [&str; 4] = ["product.view", "product.view", "basket.add", "checkout.start"];
    let event = EVENTS[me.rng.random_range(0..EVENTS.len())];
    let product = me.shared.catalog.pick_random(&mut me.rng).id;
    let by_name = me.account.is_some() && me.rng.random_bool(0.7);
    Box::new(Track { event, product, id: EventId::new(me.shared.clock.new_uuid()), authenticated: by_name })
}

impl Action for Track {
    fn kind(&self) -> ActionKind {
        ActionKind::Track
    }

    fn request(&self, me: &UserState) -> ApiRequest {
        let event = json!({"eventType": self.event, "metadata": {"productId": self.product}, "eventId": self.id});
        let request = ApiRequest::post("/api/analytics/event", &event);
        if self.authenticated { request.with_token(me.token()) } else { request }
    }

    fn handle_response(&mut self, me: &mut UserState, exchange: &Exchange) -> Result<NextStep> {
        #[derive(Deserialize)]
        struct StoredEvent {
            id: EventId,
        }
        match (exchange.status(), exchange.response.error_code().as_str()) {
            (201, _) => {
                let taken: StoredEvent = exchange.response.parse()?;
                ensure!(taken.id == self.id, "another event: {}", exchange.response);
            }
            // Accepted the first time from an anonymous caller, since the shop had no Redis then.
            (409, "event_id_taken") if exchange.is_retry() && self.authenticated => {}
            _ => return exchange.unexpected_response(),
        }
        me.record_acknowledgement(&Acknowledged::Event { event_id: self.id })?;
        Ok(NextStep::Done)
    }
}
