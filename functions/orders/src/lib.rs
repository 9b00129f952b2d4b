//! The orders group: place, list, read, ship (in parts, too), deliver and cancel orders; returns; links
//! that show one order; quotes, and what an admin sets for prices.
//!
//! Prices a basket by productdb, then calls `checkout`. Never trusts a client's price, and shows a
//! user only their own orders.

mod find;
mod fulfilments;
mod links;
mod list;
mod place;
mod pricing;
mod returns;
mod update;

use checkout::Checkout;
use futures::FutureExt;
use pricing::{PricingRulesCache, discounts, quote, settings, shipping_methods, tax_rates};
use projection::StockProjection;
use runtime::{Clock, Env, ExposeSecret};
use store_postgres::Database;
use store_redis::{Cache, Redis, Sessions};
use tokens::links::Links;
use web::{Authenticator, ReadinessChecks, StoreCheck};

/// The stores of the group. `runtime::open_stores` opens them while the function starts.
#[derive(Clone)]
pub struct App {
    checkout: Checkout,
    productdb: Database,
    pricing_rules: PricingRulesCache,
    links: Links,
    clock: Clock,
    redis: Redis,
    authenticator: Authenticator,
}

impl App {
    /// Reads the configuration.
    ///
    /// # Errors
    /// When a variable is missing; the error names it.
    pub fn from_env(env: &Env, clock: &Clock) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let redis = Redis::new(&store_redis::Config::from_env(env)?)?;
        let productdb =
            Database::new(store_postgres::Config::from_env(env, store_postgres::Role::ORDERS, "PRODUCTDB_URL")?);
        let stock = StockProjection::new(productdb.clone(), Cache::new(redis.clone()), clock.clone());
        let checkout =
            Checkout::from_env(env, store_postgres::Role::ORDERS, clock)?.with_stock_delivery(move |events| {
                let stock = stock.clone();
                async move { stock.apply(events).await }
            });
        Ok(Self {
            checkout,
            productdb,
            pricing_rules: PricingRulesCache::new(clock.clone()),
            links: Links::new(env.secret("LINK_KEY")?.expose_secret())?,
            clock: clock.clone(),
            authenticator: Authenticator::from_env(env, Sessions::new(redis.clone()), clock.clone())?,
            redis,
        })
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

web::endpoints!("orders", App:
    place::place_order {
        access: Buyer, rate: PlaceOrder, repeat: IdempotencyKey,
        body: {"items": [{"productId": 1, "quantity": 2}], "payment": {"method": "tok_visa"}}
    },
    list::list_orders { access: Buyer, query: "status=confirmed&limit=10" },
    find::find_order { access: BuyingOwnerAdminOrLink },
    update::update_order {
        access: BuyingOwnerOrAdmin, repeat: Safe("a status is reached once"),
        body: {"status": "cancelled"}
    },
    links::make_link { access: BuyingOwnerOrAdmin, repeat: Safe("another link to the same order") },
    links::revoke_links { access: BuyingOwnerOrAdmin, repeat: Safe("links are revoked once") },
    fulfilments::ship_order {
        access: Admin, repeat: IdempotencyKey,
        body: {"carrier": "DHL", "trackingNumber": "00340434", "trackingUrl": "https://track.example/00340434"}
    },
    fulfilments::deliver_fulfilment {
        access: Admin, repeat: Safe("a shipment arrives once"),
        body: {"status": "delivered"}
    },
    returns::list_returns { access: Admin, query: "status=requested&limit=10" },
    returns::request_return {
        access: OwnerOrAdmin, repeat: IdempotencyKey,
        body: {"items": [{"productId": 1, "quantity": 1}], "reason": "It arrived broken."}
    },
    returns::update_return {
        access: Admin, repeat: Safe("a return reaches a status once"),
        body: {"status": "received", "note": "Thank you."}
    },
    quote::quote_order {
        access: MaybeCustomer, rate: Read, repeat: Safe("it changes nothing"),
        body: {
            "items": [{"productId": 1, "quantity": 2}],
            "shippingAddress": {
                "name": "Ada Lovelace", "line1": "Unter den Linden 1", "city": "Berlin", "postalCode": "10117", "country": "DE"
            }
        }
    },
    settings::find_shop { access: Anyone },
    settings::find_settings { access: Admin },
    settings::replace_settings {
        access: Admin, repeat: Safe("it writes all settings"),
        body: {
            "currency": "EUR", "homeCountry": "DE", "pricesIncludeTax": true, "addressRequired": false,
            "returnDays": 30, "name": "Tea and Cups"
        }
    },
    tax_rates::list_tax_rates { access: Admin },
    tax_rates::find_tax_rate { access: Admin },
    tax_rates::add_tax_rate {
        access: Admin, repeat: Safe("a country, region and category have one rate"),
        body: {"country": "US", "region": "NY", "percentage": 8.88}
    },
    tax_rates::replace_tax_rate {
        access: Admin, repeat: Safe("it writes the whole rate"),
        body: {"country": "US", "region": "CA", "percentage": 7.25}
    },
    tax_rates::remove_tax_rate { access: Admin, repeat: Safe("a rate is deleted once") },
    shipping_methods::list_shipping_methods { access: MaybeCustomer, query: "country=DE" },
    shipping_methods::find_shipping_method { access: Admin },
    shipping_methods::add_shipping_method {
        access: Admin, repeat: Safe("a name is taken once"),
        body: {"name": "Express", "price": 9.9, "freeAbove": 100, "countries": ["DE", "AT"], "minDays": 1, "maxDays": 2}
    },
    shipping_methods::replace_shipping_method {
        access: Admin, repeat: Safe("it writes the whole method"),
        body: {"name": "Express", "price": 12.5, "minDays": 1, "maxDays": 3}
    },
    shipping_methods::remove_shipping_method { access: Admin, repeat: Safe("a method is deleted once") },
    discounts::list_discounts { access: Admin, query: "limit=10" },
    discounts::find_discount { access: Admin },
    discounts::add_discount {
        access: Admin, repeat: Safe("a code is taken once"),
        body: {"code": "WELCOME10", "percentage": 10, "minimumSubtotal": 20, "maxUses": 100, "maxUsesPerCustomer": 1}
    },
    discounts::replace_discount {
        access: Admin, repeat: Safe("it writes the whole discount"),
        body: {"code": "WELCOME5", "amount": 5, "active": false}
    },
    discounts::remove_discount { access: Admin, repeat: Safe("a discount is deleted once") },
);
