//! Placing an order: one line or several, with a card that succeeds, is faulty or is declined.

use anyhow::{Context, Result, ensure};
use api_client::ApiRequest;
use domain::orders::{Order, OrderStatus};
use domain::{Money, ProductId};
use invariants::Acknowledged;
use invariants::history::{OrderOutcome, OrderedItem};
use rand::Rng;
use serde_json::{Value, json};

use super::action::{Action, Exchange, NextStep};
use super::{browse, view_product};
use crate::simulation::action_kind::ActionKind;
use crate::simulation::user_state::UserState;

/// Cards that are slow, fail once, or charge and lose the reply. All lead to a purchase.
const FAULTY_CARDS: [&str; 3] = ["tok_timeout", "tok_error_once", "tok_slow"];
const DECLINED_CARDS: [&str; 2] = ["tok_declined", "tok_insufficient_funds"];
/// The maximum number of different products in a mixed basket.
const MAX_LINES: usize = 5;
const QUANTITY: std::ops::RangeInclusive<i32> = 1..=3;

#[derive(Debug)]
struct Buy {
    kind: ActionKind,
    items: Vec<(ProductId, i32)>,
    /// As the shop's pages showed it.
    total: Money,
    method: Option<&'static str>,
    key: String,
}

pub(super) fn buy_one(me: &mut UserState) -> Box<dyn Action> {
    let method = choose_card(me);
    build_order(me, ActionKind::BuyOne, 1, method)
}

pub(super) fn buy_many(me: &mut UserState) -> Box<dyn Action> {
    let (lines, method) = (me.rng.random_range(2..=MAX_LINES), choose_card(me));
    build_order(me, ActionKind::BuyMany, lines, method)
}

pub(super) fn buy_declined(me: &mut UserState) -> Box<dyn Action> {
    let method = DECLINED_CARDS[me.rng.random_range(0..DECLINED_CARDS.len())];
    build_order(me, ActionKind::BuyDeclined, 1, Some(method))
}

/// Usually the default card.
fn choose_card(me: &mut UserState) -> Option<&'static str> {
    let awkward = me.rng.random_bool(me.shared.faulty_card_share);
    awkward.then(|| FAULTY_CARDS[me.rng.random_range(0..FAULTY_CARDS.len())])
}

fn build_order(me: &mut UserState, kind: ActionKind, lines: usize, method: Option<&'static str>) -> Box<dyn Action> {
    let (mut items, mut total) = (Vec::<(ProductId, i32)>::new(), Money::ZERO);
    for _ in 0..lines {
        let good = me.shared.catalog.pick_random(&mut me.rng);
        let pieces = me.rng.random_range(QUANTITY);
        total = total + Money::from_cents(good.price.cents() * i64::from(pieces));
        // In the order of choosing, and sometimes a product twice: as people fill a basket.
        items.push((good.id, pieces));
    }
    let key = format!("load-{}", me.shared.clock.new_uuid());
    Box::new(Buy { kind, items, total, method, key })
}

impl Action for Buy {
    fn kind(&self) -> ActionKind {
        self.kind
    }

    fn request(&self, me: &UserState) -> ApiRequest {
        let item = |(product, pieces): &(ProductId, i32)| json!({"productId": product, "quantity": pieces});
        let items: Vec<Value> = self.items.iter().map(item).collect();
        let mut order = json!({"items": items, "total": self.total});
        if let Some(method) = self.method {
            order["payment"] = json!({"method": method});
        }
        ApiRequest::post("/api/orders", &order).with_token(me.token()).with_idempotency_key(&self.key)
    }

    fn handle_response(&mut self, me: &mut UserState, exchange: &Exchange) -> Result<NextStep> {
        match (exchange.status(), exchange.response.error_code().as_str()) {
            (201, _) => self.handle_placed(me, exchange, exchange.response.parse()?, OrderOutcome::Confirmed),
            (402, "payment_declined") => {
                let problem: Value = exchange.response.parse()?;
                let order = problem.get("order").cloned().context("no order in the response to a declined order")?;
                self.handle_placed(me, exchange, serde_json::from_value(order)?, OrderOutcome::PaymentFailed)
            }
            (409, "insufficient_stock") => Ok(NextStep::Done),
            (409, "price_changed") if self.items.len() == 1 => Ok(NextStep::Then(view_product::view(self.items[0].0))),
            (409, "price_changed") => Ok(NextStep::Then(browse::choose(me))),
            (404, "unknown_product") => {
                self.items.iter().for_each(|(product, _)| me.shared.catalog.forget(*product));
                Ok(NextStep::Done)
            }
            _ => exchange.unexpected_response(),
        }
    }
}

impl Buy {
    fn handle_placed(
        &self,
        me: &mut UserState,
        exchange: &Exchange,
        order: Order,
        placed: OrderOutcome,
    ) -> Result<NextStep> {
        let wanted =
            if self.kind == ActionKind::BuyDeclined { OrderStatus::PaymentFailed } else { OrderStatus::Confirmed };
        ensure!(order.status == wanted, "another status than {}: {}", wanted.as_str(), exchange.response);
        ensure!(order.total == self.total, "another total than {}: {}", self.total, exchange.response);
        ensure!(Some(order.user_id) == me.id(), "another user's order: {}", exchange.response);
        let piece =
            |line: &domain::orders::OrderLine| OrderedItem { product_id: line.product_id, quantity: line.quantity };
        me.record_acknowledgement(&Acknowledged::Order {
            order_id: order.id,
            user_id: order.user_id,
            total: order.total,
            status: placed,
            items: order.items.iter().map(piece).collect(),
            key: exchange.request.idempotency_key().map(str::to_owned),
        })?;
        me.record_keyed_request(&exchange.request, &exchange.response, me.id())?;
        me.remember_order(&order);
        Ok(NextStep::Done)
    }
}
