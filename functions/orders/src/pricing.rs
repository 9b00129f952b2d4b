//! What orders cost, and what an admin sets for it: settings, tax rates, shipping methods and
//! discounts.

mod cache;

pub(crate) use cache::PricingRulesCache;
