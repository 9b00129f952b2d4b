//! Reading one product.

use anyhow::{Result, ensure};
use api_client::ApiRequest;
use domain::ProductId;

use super::action::{Action, Exchange, NextStep};
use crate::simulation::action_kind::ActionKind;
use crate::simulation::known_catalog::ListedProduct;
use crate::simulation::user_state::UserState;

#[derive(Debug)]
struct ViewProduct {
    product: ProductId,
}

pub(super) fn choose(me: &mut UserState) -> Box<dyn Action> {
    view(me.shared.catalog.pick_random(&mut me.rng).id)
}

pub(super) fn view(product: ProductId) -> Box<dyn Action> {
    Box::new(ViewProduct { product })
}

impl Action for ViewProduct {
    fn kind(&self) -> ActionKind {
        ActionKind::Product
    }

    fn request(&self, _: &UserState) -> ApiRequest {
        ApiRequest::get(format!("/api/products/{}", self.product))
    }

    fn handle_response(&mut self, me: &mut UserState, exchange: &Exchange) -> Result<NextStep> {
        match exchange.status() {
            200 => {
                let product: ListedProduct = exchange.response.parse()?;
                ensure!(product.id == self.product, "another product: {}", exchange.response);
                me.shared.catalog.remember(vec![product]);
            }
            // An admin has removed it.
            404 => me.shared.catalog.forget(self.product),
            _ => return exchange.unexpected_response(),
        }
        Ok(NextStep::Done)
    }

    fn is_retryable(&self) -> bool {
        false
    }
}
