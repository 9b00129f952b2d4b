//! Placing an order: one line or several, with a card that succeeds, is faulty or is declined; perhaps
//! to an address and with a code, perhaps by a guest.

use anyhow::{Context, Result, ensure};
use api_client::ApiRequest;
use domain::orders::{Order, OrderStatus};
use domain::{Money, ProductId};
use invariants::Acknowledged;
use invariants::history::{OrderOutcome, OrderedItem};
use rand::Rng;
use serde_json::{Map, Value, json};

use super::action::{Action, Exchange, NextStep};
use super::{browse, view_product};
use crate::simulation::action_kind::ActionKind;
use crate::simulation::user_state::{Account, UserState};

/// Cards that are slow, fail once, or charge and lose the reply. All lead to a purchase.
const FAULTY_CARDS: [&str; 3] = ["tok_timeout", "tok_error_once", "tok_slow"];
const DECLINED_CARDS: [&str; 2] = ["tok_declined", "tok_insufficient_funds"];
/// The maximum number of different products in a mixed basket.
pub(super) const MAX_LINES: usize = 5;
const QUANTITY: std::ops::RangeInclusive<i32> = 1..=3;

#[derive(Clone, Debug)]
pub(super) struct Buy {
    pub(super) kind: ActionKind,
    pub(super) items: Vec<(ProductId, i32)>,
    /// As the shop's pages showed it.
    pub(super) total: Money,
    pub(super) method: Option<&'static str>,
    /// Where it goes, and its code: members of the request.
    pub(super) delivery: Map<String, Value>,
    /// A guest; the customer otherwise.
    pub(super) buyer: Option<Account>,
    pub(super) key: String,
}

pub(super) fn buy_one(me: &mut UserState) -> Box<dyn Action> {
    let method = choose_card(me);
    Box::new(fill_basket(me, ActionKind::BuyOne, 1, method))
}

pub(super) fn buy_many(me: &mut UserState) -> Box<dyn Action> {
    let (lines, method) = (me.rng.random_range(2..=MAX_LINES), choose_card(me));
    Box::new(fill_basket(me, ActionKind::BuyMany, lines, method))
}

pub(super) fn buy_declined(me: &mut UserState) -> Box<dyn Action> {
    let method = DECLINED_CARDS[me.rng.random_range(0..DECLINED_CARDS.len())];
    Box::new(fill_basket(me, ActionKind::BuyDeclined, 1, Some(method)))
}

/// Usually the default card.
fn choose_card(me: &mut UserState) -> Option<&'static str> {
    let awkward = me.rng.random_bool(me.shared.faulty_card_share);
    awkward.then(|| FAULTY_CARDS[me.rng.random_range(0..FAULTY_CARDS.len())])
}

/// An order of so many lines, without anything but its goods.
pub(super) fn fill_basket(me: &mut UserState, kind: ActionKind, lines: usize, method: Option<&'static str>) -> Buy {
    let (mut items, mut total) = (Vec::<(ProductId, i32)>::new(), Money::ZERO);
    for _ in 0..lines {
        let good = me.shared.catalog.pick_random(&mut me.rng);
        let pieces = me.rng.random_range(QUANTITY);
        total = total + Money::from_cents(good.price.cents() * i64::from(pieces));
        // In the order of choosing, and sometimes a product twice: as people fill a basket.
        items.push((good.id, pieces));
    }
    let key = format!("load-{}", me.shared.clock.new_uuid());
    Buy { kind, items, total, method, delivery: Map::new(), buyer: None, key }
}

impl Action for Buy {
    fn kind(&self) -> ActionKind {
        self.kind
    }

    fn request(&self, me: &UserState) -> ApiRequest {
        let mut order = self.delivery.clone();
        order.insert("items".to_owned(), json!(self.lines()));
        order.insert("total".to_owned(), json!(self.total));
        if let Some(method) = self.method {
            order.insert("payment".to_owned(), json!({"method": method}));
        }
        let token = self.buyer.as_ref().map_or(me.token(), |guest| &guest.token);
        ApiRequest::post("/api/orders", &order).with_token(token).with_idempotency_key(&self.key)
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
            // Used up since it was quoted.
            (409, code) if code.starts_with("discount_") => Ok(NextStep::Done),
            (409, "price_changed") if !self.delivery.is_empty() => Ok(NextStep::Done),
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
    /// The basket, as requests have it.
    pub(super) fn lines(&self) -> Vec<Value> {
        let line = |(product, pieces): &(ProductId, i32)| json!({"productId": product, "quantity": pieces});
        self.items.iter().map(line).collect()
    }

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
        let buyer = self.buyer.as_ref().map(|guest| guest.id).or(me.id());
        ensure!(Some(order.user_id) == buyer, "another user's order: {}", exchange.response);
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
        // A guest's session ends for good: nobody can send the request again.
        if self.buyer.is_none() {
            me.record_keyed_request(&exchange.request, &exchange.response, buyer)?;
            me.remember_order(&order);
        }
        Ok(NextStep::Done)
    }
}
