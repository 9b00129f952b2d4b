//! One customer: who they are, what they have, and what they have still to hear of.

use std::collections::HashSet;
use std::sync::Arc;

use anyhow::Result;
use domain::orders::{Order, Status};
use domain::payments::Payment;
use domain::{Money, OrderId, PaymentId, ProductId, ReviewId, UserId};
use rand::SeedableRng;
use rand::rngs::StdRng;
use reconcile::Acknowledged;

use super::deeds::{Deed, Exchange, Next};
use super::errand::Errand;
use super::run::Run;
use crate::record::{Keyed, Note};

/// What a customer remembers of each; older ones are forgotten.
const REMEMBERED: usize = 50;

#[derive(Debug)]
pub(crate) struct Customer {
    pub(crate) run: Arc<Run>,
    pub(crate) rng: StdRng,
    pub(crate) account: Option<Account>,
    /// Those that nothing is under way with.
    pub(crate) orders: Vec<Bought>,
    pub(crate) payments: Vec<Captured>,
    pub(crate) reviews: Vec<Written>,
    pub(crate) reviewed: HashSet<ProductId>,
    pub(crate) errands: Vec<Errand>,
    /// The last request met with a trouble, not an answer.
    pub(crate) was_turned_away: bool,
    place: usize,
    accounts: u32,
}

#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) id: UserId,
    pub(crate) email: String,
    /// Empty when the session is gone.
    pub(crate) token: String,
}

/// An order as its owner was told of it.
#[derive(Clone, Debug)]
pub(crate) struct Bought {
    pub(crate) id: OrderId,
    pub(crate) total: Money,
    pub(crate) status: Status,
    pub(crate) products: Vec<ProductId>,
}

/// A payment of which something can go back.
#[derive(Clone, Debug)]
pub(crate) struct Captured {
    pub(crate) id: PaymentId,
    pub(crate) order: OrderId,
    pub(crate) left: Money,
}

/// A review of one's own.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) id: ReviewId,
    pub(crate) product: ProductId,
}

impl Customer {
    pub(crate) fn new(run: Arc<Run>, place: usize, seed: u64) -> Self {
        Self {
            run,
            // Another odd factor for each customer: far apart, whatever the seed.
            rng: StdRng::seed_from_u64(seed ^ (place as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15)),
            account: None,
            orders: Vec::new(),
            payments: Vec::new(),
            reviews: Vec::new(),
            reviewed: HashSet::new(),
            errands: Vec::new(),
            was_turned_away: false,
            place,
            accounts: 0,
        }
    }

    /// An address that nobody has.
    pub(crate) fn new_email(&mut self) -> String {
        self.accounts += 1;
        format!("load-{}-{}-{}@load.example", self.run.name, self.place, self.accounts)
    }

    /// Begins anew as somebody else.
    pub(crate) fn become_somebody(&mut self, account: Account) -> Result<()> {
        self.orders.clear();
        self.payments.clear();
        self.reviews.clear();
        self.reviewed.clear();
        self.signed_in(account)
    }

    pub(crate) fn signed_in(&mut self, account: Account) -> Result<()> {
        self.run.note(|| Note::Account {
            user_id: account.id,
            email: account.email.clone(),
            password: self.run.password.clone(),
            token: account.token.clone(),
        })?;
        self.account = Some(account);
        Ok(())
    }

    pub(crate) fn token(&self) -> &str {
        self.account.as_ref().map_or("", |account| &account.token)
    }

    pub(crate) fn id(&self) -> Option<UserId> {
        self.account.as_ref().map(|account| account.id)
    }

    pub(crate) fn told(&self, fact: &Acknowledged) -> Result<()> {
        self.run.told(fact)
    }

    /// Notes a keyed request and its answer, which must be the same from now on.
    pub(crate) fn keep(&self, exchange: &Exchange, by: Option<UserId>) -> Result<()> {
        let (request, answer) = (&exchange.request, &exchange.answer);
        let text = std::str::from_utf8(&answer.body)?;
        self.run.note(|| {
            Note::Keyed(Keyed {
                at: self.run.clock.now().millis(),
                by,
                path: request.path.clone(),
                key: request.key.clone().unwrap_or_default(),
                body: request.body.clone().unwrap_or_default(),
                status: answer.status,
                answer: text.to_owned(),
            })
        })
    }

    pub(crate) fn remember_order(&mut self, order: &Order) {
        let products = order.items.iter().map(|line| line.product_id).collect();
        remember(&mut self.orders, Bought { id: order.id, total: order.total, status: order.status, products });
    }

    pub(crate) fn remember_payment(&mut self, payment: &Payment) {
        self.payments.retain(|known| known.id != payment.id);
        if payment.kept() > Money::ZERO {
            remember(&mut self.payments, Captured { id: payment.id, order: payment.order_id, left: payment.kept() });
        }
    }

    pub(crate) fn remember_review(&mut self, review: Written) {
        self.reviewed.insert(review.product);
        remember(&mut self.reviews, review);
    }

    /// Takes an order that stands so: nothing else is begun with it meanwhile.
    pub(crate) fn take_order(&mut self, status: Status) -> Option<Bought> {
        let place = self.orders.iter().position(|order| order.status == status)?;
        Some(self.orders.remove(place))
    }

    /// Puts an order back that something was under way with.
    pub(crate) fn put_back(&mut self, order: Bought) {
        remember(&mut self.orders, order);
    }

    pub(crate) fn settle(&mut self, deed: &mut dyn Deed, exchange: &Exchange) -> Result<Next> {
        deed.settle(self, exchange)
    }
}

fn remember<T>(known: &mut Vec<T>, new: T) {
    if known.len() >= REMEMBERED {
        known.remove(0);
    }
    known.push(new);
}
