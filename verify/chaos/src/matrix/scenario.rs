//! The checkout scenarios, an admin's writes of products, and writes of reviews: each with its own initial state and
//! result.

use anyhow::{Context, Result, ensure};
use domain::ProductId;
use testkit::TestUser;

use super::env::MatrixEnv;
use super::proxied_function::Function;
use super::response::retry_until_final;
use super::{limits, take_overs};

mod requests;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Scenario {
    /// Two products, and a valid card.
    Happy,
    /// One of two products is sold out.
    OutOfStock,
    /// The card is declined.
    Declined,
    /// The processor charges and its reply is lost.
    ReplyLost,
    /// The processor fails once before it does anything.
    ErrorOnce,
    /// A declined order is paid once more.
    PayAgain,
    /// A confirmed order is cancelled.
    Cancel,
    /// A part of the payment is refunded.
    Refund,
    /// One of an order's pieces is shipped.
    Ship,
    /// A confirmed order is cancelled whose products have the maximum stock of an admin.
    CancelAtLimits,
    /// An order with a discount that may be used once, and with tax.
    Discount,
    /// Such an order is paid after its card was declined.
    DiscountPayAgain,
    /// Such an order is cancelled.
    DiscountCancel,
    /// An account verifies its address and takes over such an order, of a guest.
    TakeOver,
    /// A product is added, with stock.
    AddProduct,
    /// A product is replaced, and its stock set.
    ReplaceProduct,
    /// A product is removed.
    RemoveProduct,
    /// A delivery increases the stock.
    ReceiveDelivery,
    /// A review is written.
    WriteReview,
    /// A review gets another rating.
    ChangeReview,
    /// A review is deleted.
    DeleteReview,
}

/// The initial state of a case: users, products and an order of its own.
pub(super) struct ScenarioState {
    pub(super) scenario: Scenario,
    pub(super) customer: TestUser,
    caller: TestUser,
    pub(super) tea: ProductId,
    pub(super) pot: ProductId,
    /// The order that is paid, cancelled or refunded.
    pub(super) order: Option<i32>,
    pub(super) payment: Option<String>,
    /// The path of the review that is changed or deleted.
    review: Option<String>,
    /// The token that verifies the caller's address.
    link: Option<String>,
    key: String,
}

/// The initial stock of each product.
pub(super) const INITIAL_STOCK: i32 = 10;
/// The purchased quantity of each.
const TEA_QUANTITY: i32 = 2;
const POT_QUANTITY: i32 = 1;
/// Cents; an order is 2 × 10.01 + 33.33.
const TEA_CENTS: i64 = 1001;
const POT_CENTS: i64 = 3333;
const TOTAL_CENTS: i64 = 2 * TEA_CENTS + POT_CENTS;
/// Ten percent of it, half a cent rounded up.
const DISCOUNT_CENTS: i64 = 534;
/// The refunded amount: less than half, so that a second refund would fit.
pub(super) const REFUNDED_CENTS: i64 = 1234;

/// The tea's stock after the replacement, and the size of a delivery.
pub(super) const NEW_STOCK: i32 = 7;
pub(super) const NEW_PRICE: f64 = 12.5;
pub(super) const DELIVERED_QUANTITY: i32 = 5;

/// Stars of a new review, and of the same one after its change.
pub(super) const NEW_RATING: i64 = 5;
pub(super) const CHANGED_RATING: i64 = 2;

impl Scenario {
    pub(super) const ALL: [Self; 21] = [
        Self::Happy,
        Self::OutOfStock,
        Self::Declined,
        Self::ReplyLost,
        Self::ErrorOnce,
        Self::PayAgain,
        Self::Cancel,
        Self::Refund,
        Self::Ship,
        Self::CancelAtLimits,
        Self::Discount,
        Self::DiscountPayAgain,
        Self::DiscountCancel,
        Self::TakeOver,
        Self::AddProduct,
        Self::ReplaceProduct,
        Self::RemoveProduct,
        Self::ReceiveDelivery,
        Self::WriteReview,
        Self::ChangeReview,
        Self::DeleteReview,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Happy => "happy",
            Self::OutOfStock => "short",
            Self::Declined => "declined",
            Self::ReplyLost => "reply-lost",
            Self::ErrorOnce => "error-once",
            Self::PayAgain => "pay-again",
            Self::Cancel => "cancel",
            Self::Refund => "refund",
            Self::Ship => "ship",
            Self::CancelAtLimits => "cancel-at-bounds",
            Self::Discount => "discount",
            Self::DiscountPayAgain => "discount-pay-again",
            Self::DiscountCancel => "discount-cancel",
            Self::TakeOver => "take-over",
            Self::AddProduct => "add-product",
            Self::ReplaceProduct => "replace-product",
            Self::RemoveProduct => "remove-product",
            Self::ReceiveDelivery => "move-stock",
            Self::WriteReview => "write-review",
            Self::ChangeReview => "change-review",
            Self::DeleteReview => "delete-review",
        }
    }

    pub(super) const fn function(self) -> Function {
        match self {
            Self::PayAgain | Self::DiscountPayAgain | Self::Refund => Function::Payments,
            Self::AddProduct | Self::ReplaceProduct | Self::RemoveProduct => Function::Products,
            Self::ReceiveDelivery => Function::Inventory,
            Self::WriteReview | Self::ChangeReview | Self::DeleteReview => Function::Reviews,
            Self::TakeOver => Function::Users,
            _ => Function::Orders,
        }
    }

    /// Whether it is an admin's write of a product or of its stock, not a checkout.
    pub(super) const fn is_admin_write(self) -> bool {
        matches!(self.function(), Function::Products | Function::Inventory)
    }

    /// Whether it is a write of a review.
    pub(super) const fn is_review(self) -> bool {
        matches!(self.function(), Function::Reviews)
    }

    /// Whether it cancels an order.
    pub(super) const fn is_cancel(self) -> bool {
        matches!(self, Self::Cancel | Self::CancelAtLimits | Self::DiscountCancel)
    }

    /// Whether its order uses a discount.
    pub(super) const fn has_discount(self) -> bool {
        matches!(self, Self::Discount | Self::DiscountPayAgain | Self::DiscountCancel | Self::TakeOver)
    }

    /// What one of its orders costs, in cents.
    pub(super) const fn total_cents(self) -> i64 {
        TOTAL_CENTS - if self.has_discount() { DISCOUNT_CENTS } else { 0 }
    }

    /// Whether its request carries an idempotency key, so that a repetition gets the same bytes.
    pub(super) const fn is_keyed(self) -> bool {
        !self.is_cancel()
            && !self.is_review()
            && !matches!(self, Self::ReplaceProduct | Self::RemoveProduct | Self::TakeOver)
    }

    /// The status of the response without faults.
    pub(super) const fn expected_status(self) -> u16 {
        match self {
            Self::OutOfStock => 409,
            Self::Declined => 402,
            Self::Cancel | Self::CancelAtLimits | Self::DiscountCancel | Self::TakeOver => 200,
            Self::ReplaceProduct | Self::ReceiveDelivery | Self::ChangeReview => 200,
            Self::RemoveProduct | Self::DeleteReview => 204,
            _ => 201,
        }
    }

    const fn payment_method(self) -> &'static str {
        match self {
            Self::Declined => "tok_declined",
            Self::ReplyLost => "tok_timeout",
            Self::ErrorOnce => "tok_error_once",
            _ => "tok_visa",
        }
    }

    /// Creates the initial state, without faults.
    pub(super) async fn prepare(self, world: &MatrixEnv, key: String) -> Result<ScenarioState> {
        let test_env = &world.env;
        let is_take_over = self == Self::TakeOver;
        let customer = if is_take_over { test_env.guest().await } else { test_env.customer().await };
        let pots = if self == Self::OutOfStock { 0 } else { INITIAL_STOCK };
        let (tea, pot) = (test_env.product(TEA_CENTS, INITIAL_STOCK).await, test_env.product(POT_CENTS, pots).await);
        let by_admin = matches!(self, Self::Refund | Self::Ship) || self.is_admin_write();
        let caller = if by_admin { world.admin.clone() } else { customer.clone() };
        let (order, payment, review, link) = (None, None, None, None);
        let mut scene = ScenarioState { scenario: self, customer, caller, tea, pot, order, payment, review, link, key };
        if self.has_discount() {
            scene.insert_discount(world).await?;
        }
        let before = match self {
            Self::PayAgain | Self::DiscountPayAgain => Some(("tok_declined", 402)),
            Self::Cancel | Self::CancelAtLimits | Self::DiscountCancel | Self::TakeOver => Some(("tok_visa", 201)),
            Self::Refund | Self::Ship => Some(("tok_visa", 201)),
            _ => None,
        };
        if let Some((method, status)) = before {
            let client = world.orders.as_user(&scene.customer);
            let placed = retry_until_final(|| client.post("/api/orders", scene.order_body(method))).await;
            ensure!(placed.status == status, "preparing {}: {placed:?}", self.name());
            let placed = placed.json();
            let order = if status == 402 { &placed["order"] } else { &placed };
            scene.order = order["id"].as_i64().and_then(|id| i32::try_from(id).ok());
            let id = scene.order.context("an order without an id")?;
            if self == Self::CancelAtLimits {
                limits::set_max_stock(world, &scene).await?;
            }
            if self == Self::Refund {
                let (client, path) = (world.payments.as_user(&scene.customer), format!("/api/payments/order/{id}"));
                let paid = retry_until_final(|| client.get(&path)).await.json();
                scene.payment = paid[0]["id"].as_str().map(str::to_owned);
            }
        }
        if is_take_over {
            scene.caller = take_overs::open_account(world, &scene.customer).await?;
            scene.link = Some(test_env.verification_token(&scene.caller));
        }
        if matches!(self, Self::ChangeReview | Self::DeleteReview) {
            let client = world.reviews.as_user(&scene.customer);
            let written = retry_until_final(|| client.post("/api/reviews", scene.review_body())).await;
            ensure!(written.status == 201, "preparing {}: {written:?}", self.name());
            scene.review = Some(written.header("location").to_owned());
        }
        Ok(scene)
    }
}

impl std::str::FromStr for Scenario {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|path| path.name() == text).with_context(|| format!("no path {text}"))
    }
}

impl ScenarioState {
    /// For one use at a time: one that is not given back, or taken twice, is noticed at the next step.
    async fn insert_discount(&self, world: &MatrixEnv) -> Result<()> {
        let mut db = world.env.connection("ORDERDB_URL").await;
        let insert = "insert into discounts (code, kind, value, max_uses) values ($1, 'percentage', 1000, 1)";
        sqlx::query(insert).bind(self.discount_code()).execute(&mut *db).await?;
        Ok(())
    }

    pub(super) fn key(&self) -> &str {
        &self.key
    }

    pub(super) fn caller_id(&self) -> i32 {
        self.caller.id.get()
    }

    /// The quantities sold by one confirmed order.
    pub(super) fn quantities(&self) -> [(ProductId, i32); 2] {
        [(self.tea, TEA_QUANTITY), (self.pot, POT_QUANTITY)]
    }
}
