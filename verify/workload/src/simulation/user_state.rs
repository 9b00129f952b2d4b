//! The state of one virtual customer: their account and their records.

use std::collections::HashSet;
use std::sync::Arc;

use anyhow::Result;
use api_client::{ApiRequest, ApiResponse};
use domain::orders::{Order, OrderStatus};
use domain::payments::Payment;
use domain::reviews::Review;
use domain::{Money, OrderId, PaymentId, ProductId, ReviewId, UserId};
use invariants::Acknowledged;
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::shared_state::SharedState;
use crate::history_writer::{KeyedRequest, ReplayEntry};

/// How many of each kind a customer remembers; older ones are forgotten.
const MAX_REMEMBERED: usize = 50;

#[derive(Debug)]
pub(crate) struct UserState {
    pub(crate) shared: Arc<SharedState>,
    pub(crate) rng: StdRng,
    pub(crate) account: Option<Account>,
    /// Those without a pending request.
    pub(crate) orders: Vec<KnownOrder>,
    pub(crate) payments: Vec<RefundablePayment>,
    pub(crate) reviews: Vec<OwnReview>,
    pub(crate) reviewed: HashSet<ProductId>,
    index: usize,
    accounts_created: u32,
}

#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) id: UserId,
    pub(crate) email: String,
    /// Empty when the session is gone.
    pub(crate) token: String,
}

/// An order as its owner last saw it.
#[derive(Clone, Debug)]
pub(crate) struct KnownOrder {
    pub(crate) id: OrderId,
    pub(crate) total: Money,
    pub(crate) status: OrderStatus,
    pub(crate) products: Vec<ProductId>,
    /// Of all its products together.
    pub(crate) pieces: i32,
}

/// A payment that can be refunded in part.
#[derive(Clone, Debug)]
pub(crate) struct RefundablePayment {
    pub(crate) id: PaymentId,
    pub(crate) order: OrderId,
    pub(crate) refundable: Money,
}

/// A review of one's own.
#[derive(Clone, Debug)]
pub(crate) struct OwnReview {
    pub(crate) id: ReviewId,
    pub(crate) product: ProductId,
}

impl UserState {
    pub(crate) fn new(run: Arc<SharedState>, place: usize, seed: u64) -> Self {
        Self {
            shared: run,
            // A different odd factor for each customer: far apart, whatever the seed.
            rng: StdRng::seed_from_u64(seed ^ (place as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15)),
            account: None,
            orders: Vec::new(),
            payments: Vec::new(),
            reviews: Vec::new(),
            reviewed: HashSet::new(),
            index: place,
            accounts_created: 0,
        }
    }

    /// An address that no account has yet.
    pub(crate) fn new_email(&mut self) -> String {
        self.accounts_created += 1;
        format!("load-{}-{}-{}@load.example", self.shared.run_id, self.index, self.accounts_created)
    }

    /// Starts again as another customer.
    pub(crate) fn switch_account(&mut self, account: Account) -> Result<()> {
        self.orders.clear();
        self.payments.clear();
        self.reviews.clear();
        self.reviewed.clear();
        self.set_session(account)
    }

    pub(crate) fn set_session(&mut self, account: Account) -> Result<()> {
        self.shared.record_replay_entry(|| ReplayEntry::Account {
            user_id: account.id,
            email: account.email.clone(),
            password: self.shared.password.clone(),
            token: account.token.clone(),
        })?;
        self.account = Some(account);
        Ok(())
    }

    pub(crate) fn token(&self) -> &str {
        self.account.as_ref().map_or("", |account| &account.token)
    }

    /// Of the admin, for what only an admin may do.
    pub(crate) fn admin_token(&self) -> String {
        self.shared.admin.as_ref().map(crate::admin::Admin::token).unwrap_or_default()
    }

    pub(crate) fn id(&self) -> Option<UserId> {
        self.account.as_ref().map(|account| account.id)
    }

    pub(crate) fn record_acknowledgement(&self, acknowledged: &Acknowledged) -> Result<()> {
        self.shared.record_acknowledgement(acknowledged)
    }

    /// Records a keyed request and its response, which must be the same from now on.
    pub(crate) fn record_keyed_request(
        &self,
        request: &ApiRequest,
        answer: &ApiResponse,
        by: Option<UserId>,
    ) -> Result<()> {
        let text = std::str::from_utf8(&answer.bytes)?;
        self.shared.record_replay_entry(|| {
            ReplayEntry::Keyed(KeyedRequest {
                at: self.shared.clock.now().millis(),
                by,
                path: request.path_and_query.clone(),
                key: request.idempotency_key().unwrap_or_default().to_owned(),
                body: String::from_utf8_lossy(request.body.as_deref().unwrap_or_default()).into_owned(),
                status: answer.status.as_u16(),
                answer: text.to_owned(),
            })
        })
    }

    pub(crate) fn remember_order(&mut self, order: &Order) {
        let products = order.items.iter().map(|line| line.product_id).collect();
        let pieces = order.items.iter().map(|line| line.quantity).sum();
        let known = KnownOrder { id: order.id, total: order.total, status: order.status, products, pieces };
        push_bounded(&mut self.orders, known);
    }

    pub(crate) fn remember_payment(&mut self, payment: &Payment) {
        self.payments.retain(|known| known.id != payment.id);
        if payment.net_amount() > Money::ZERO {
            push_bounded(
                &mut self.payments,
                RefundablePayment { id: payment.id, order: payment.order_id, refundable: payment.net_amount() },
            );
        }
    }

    /// Records a review that the shop has acknowledged.
    pub(crate) fn record_review(&mut self, review: &Review) -> Result<()> {
        self.record_acknowledgement(&Acknowledged::Review {
            review_id: review.id.clone(),
            product_id: review.product_id,
            user_id: review.user_id,
            rating: review.rating,
        })?;
        self.remember_review(OwnReview { id: review.id.clone(), product: review.product_id });
        Ok(())
    }

    pub(crate) fn remember_review(&mut self, review: OwnReview) {
        self.reviewed.insert(review.product);
        push_bounded(&mut self.reviews, review);
    }

    /// Takes an order with this status: nothing else is begun with it in the meantime.
    pub(crate) fn take_order(&mut self, status: OrderStatus) -> Option<KnownOrder> {
        let place = self.orders.iter().position(|order| order.status == status)?;
        Some(self.orders.remove(place))
    }

    /// Returns an order that was in use.
    pub(crate) fn return_order(&mut self, order: KnownOrder) {
        push_bounded(&mut self.orders, order);
    }
}

fn push_bounded<T>(known: &mut Vec<T>, new: T) {
    if known.len() >= MAX_REMEMBERED {
        known.remove(0);
    }
    known.push(new);
}
