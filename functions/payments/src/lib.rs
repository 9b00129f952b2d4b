//! The payments group: retry the payment of an order, read payments, refund.
//!
//! Takes payment tokens only, never card numbers, and shows a user only their own payments. The first
//! payment of an order is made by placing it, in `orders`.

mod find;
mod list;
mod pay;
mod refund;
mod refund_schema;

use checkout::Checkout;
use domain::orders::Order;
use domain::{OrderId, Problem};
use futures::FutureExt;
use projection::StockProjection;
use runtime::{Clock, Env};
use store_postgres::Database;
use store_redis::{Cache, Redis, Sessions};
use web::{Authenticator, Buyer, ReadinessChecks, StoreCheck};

/// The stores of the group. `runtime::open_stores` opens them while the function starts.
#[derive(Clone)]
pub struct App {
    checkout: Checkout,
    productdb: Database,
    redis: Redis,
    authenticator: Authenticator,
    clock: Clock,
}

impl App {
    /// Reads the configuration.
    ///
    /// # Errors
    /// When a variable is missing; the error names it.
    pub fn from_env(env: &Env, clock: &Clock) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let redis = Redis::new(&store_redis::Config::from_env(env)?)?;
        let authenticator = Authenticator::from_env(env, Sessions::new(redis.clone()), clock.clone())?;
        let productdb =
            Database::new(store_postgres::Config::from_env(env, store_postgres::Role::PAYMENTS, "PRODUCTDB_URL")?);
        let stock = StockProjection::new(productdb.clone(), Cache::new(redis.clone()), clock.clone());
        let checkout =
            Checkout::from_env(env, store_postgres::Role::PAYMENTS, clock)?.with_stock_delivery(move |events| {
                let stock = stock.clone();
                async move { stock.apply(events).await }
            });
        Ok(Self { checkout, productdb, redis, authenticator, clock: clock.clone() })
    }

    /// An order that the caller may see.
    async fn find_visible_order(&self, caller: &Buyer, id: OrderId) -> Result<Order, Problem> {
        let mut db = self.checkout.orders().acquire().await?;
        let order = store_postgres::orders::find(&mut db, id).await?.filter(|order| caller.may_see(order.user_id));
        order.ok_or_else(|| Problem::not_found("order"))
    }
}

impl AsRef<Authenticator> for App {
    fn as_ref(&self) -> &Authenticator {
        &self.authenticator
    }
}

impl ReadinessChecks for App {
    fn readiness_checks(&self) -> Vec<StoreCheck> {
        let (orders, inventory) = (self.checkout.orders().clone(), self.checkout.inventory().clone());
        let (checkout, products, redis) = (self.checkout.clone(), self.productdb.clone(), self.redis.clone());
        vec![
            ("orderdb", async move { Ok(orders.ping().await?) }.boxed()),
            ("inventorydb", async move { Ok(inventory.ping().await?) }.boxed()),
            ("productdb", async move { Ok(products.ping().await?) }.boxed()),
            ("payments", async move { checkout.processor().ping().await }.boxed()),
            ("redis", async move { Ok(redis.ping().await?) }.boxed()),
        ]
    }

    fn startup_checks(&self) -> Vec<StoreCheck> {
        let queues = self.checkout.queues().clone();
        let mut all = self.readiness_checks();
        all.push(("queues", async move { queues.open().await }.boxed()));
        all
    }
}

web::endpoints!("payments", App:
    pay::pay_order {
        access: BuyingOwnerOrAdmin, rate: Pay, repeat: IdempotencyKey,
        body: {"orderId": 1, "method": "tok_visa"}
    },
    list::list_payments { access: BuyingOwnerOrAdmin },
    find::find_payment { access: BuyingOwnerOrAdmin },
    refund::refund_payment { access: Admin, repeat: IdempotencyKey, body: {"amount": 5} },
);
