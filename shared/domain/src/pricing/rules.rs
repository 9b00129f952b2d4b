//! What a shop sets: its currency, tax rates, shipping methods and discount codes.

use serde::{Deserialize, Serialize};

use crate::addresses::{Address, AddressLine, City, Country, PostalCode, Region};
use crate::products::Category;
use crate::text::{InvalidText, text};
use crate::{DiscountId, Money, ShippingMethodId, TaxRateId, Timestamp};

use super::Percentage;

text! {
    /// The shop's name, as invoices have it.
    ShopName = 1..=100 by one_line,
    /// The name of a shipping method.
    MethodName = 1..=60 by one_line,
}

/// Currencies whose smallest unit is a hundredth: all amounts are hundredths.
const CURRENCIES: &str = "AED AUD BAM BGN BRL CAD CHF CNY CZK DKK EGP EUR GBP HKD ILS INR KES MAD MXN MYR NOK NZD PHP PLN \
                          RON RSD SAR SEK SGD THB TRY UAH USD ZAR";

/// A currency of ISO 4217, in upper case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, pattern = "^[A-Za-z]{3}$", example = "EUR")]
pub struct Currency([u8; 3]);

impl Currency {
    pub const EUR: Self = Self(*b"EUR");

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Whether it is the one that needs no mention, since everything was paid in it once.
    pub fn is_euro(&self) -> bool {
        *self == Self::EUR
    }

    /// An amount as a sentence has it: `€12.50`, `CHF 12.50`.
    pub fn format(self, amount: Money) -> String {
        match self.as_str() {
            "EUR" => format!("€{amount}"),
            "GBP" => format!("£{amount}"),
            "USD" => format!("${amount}"),
            code => format!("{code} {amount}"),
        }
    }
}

impl Default for Currency {
    /// What every order was paid in before a shop could choose.
    fn default() -> Self {
        Self::EUR
    }
}

impl TryFrom<String> for Currency {
    type Error = InvalidText;
    fn try_from(code: String) -> Result<Self, InvalidText> {
        let upper = code.trim().to_ascii_uppercase();
        let known = CURRENCIES.split_ascii_whitespace().any(|currency| currency == upper);
        let bytes = <[u8; 3]>::try_from(upper.as_bytes()).ok().filter(|_| known);
        let message = || InvalidText("must be a currency of ISO 4217 with hundredths, such as EUR".to_owned());
        bytes.map(Self).ok_or_else(message)
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.as_str().to_owned()
    }
}

/// Where the shop is, for invoices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InvoiceAddress {
    pub line1: AddressLine,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line2: Option<AddressLine>,
    pub city: City,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    pub postal_code: PostalCode,
    pub country: Country,
}

/// The settings of the shop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ShopSettings {
    /// The currency of all prices. An order keeps the one it was placed in.
    pub currency: Currency,
    /// Orders without an address are taxed as if they went here.
    pub home_country: Country,
    /// Whether prices include tax.
    pub prices_include_tax: bool,
    /// Whether an order must have a shipping address.
    pub address_required: bool,
    /// For how many days after delivery a customer may return goods: 0 to 365.
    #[schema(minimum = 0, maximum = 365)]
    pub return_days: i32,
    /// For invoices.
    pub name: Option<ShopName>,
    /// For invoices.
    pub address: Option<InvoiceAddress>,
}

impl Default for ShopSettings {
    fn default() -> Self {
        Self {
            currency: Currency::EUR,
            home_country: Country::GERMANY,
            prices_include_tax: true,
            address_required: false,
            return_days: 14,
            name: None,
            address: None,
        }
    }
}

/// The tax on what is delivered to a country, or to one of its regions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TaxRate {
    pub id: TaxRateId,
    pub country: Country,
    /// Only this region of the country.
    pub region: Option<Region>,
    /// Only products of this category; `shipping` is the category of shipping.
    pub category: Option<Category>,
    pub percentage: Percentage,
}

/// A way to ship an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShippingMethod {
    pub id: ShippingMethodId,
    pub name: MethodName,
    pub price: Money,
    /// Free when the goods, less the discount, cost at least so much.
    pub free_above: Option<Money>,
    /// Where it delivers; empty for every country.
    pub countries: Vec<Country>,
    /// The fewest days until delivery.
    pub min_days: i32,
    /// The most days until delivery.
    pub max_days: i32,
    pub active: bool,
}

impl ShippingMethod {
    pub fn serves(&self, country: Country) -> bool {
        self.active && (self.countries.is_empty() || self.countries.contains(&country))
    }

    /// The price for goods that cost so much less their discount.
    pub fn price_for(&self, goods: Money) -> Money {
        if self.free_above.is_some_and(|free| goods >= free) { Money::ZERO } else { self.price }
    }
}

/// A discount's code in upper case: letters, digits, hyphens and underscores.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, min_length = 3, max_length = 32, pattern = "^[A-Za-z0-9_-]{3,32}$", example = "WELCOME10")]
pub struct DiscountCode(String);

impl DiscountCode {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for DiscountCode {
    type Error = InvalidText;
    fn try_from(code: String) -> Result<Self, InvalidText> {
        let code = code.trim().to_ascii_uppercase();
        let plain = code.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        if plain && (3..=32).contains(&code.len()) {
            return Ok(Self(code));
        }
        Err(InvalidText("must be 3 to 32 letters, digits, hyphens and underscores".to_owned()))
    }
}

impl From<DiscountCode> for String {
    fn from(code: DiscountCode) -> Self {
        code.0
    }
}

/// How much a discount takes off: exactly one of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiscountValue {
    /// Of the goods.
    Percentage(Percentage),
    /// At most what the goods cost.
    Amount(Money),
}

impl DiscountValue {
    /// What it takes off goods of this price.
    pub fn of(self, subtotal: Money) -> Money {
        match self {
            Self::Percentage(percentage) => percentage.of(subtotal),
            Self::Amount(amount) => amount.min(subtotal),
        }
    }
}

/// A discount, as far as a price depends on it. Its limits are checked where its uses are counted: in
/// the transaction of the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discount {
    pub id: DiscountId,
    pub code: DiscountCode,
    pub value: DiscountValue,
    /// The goods must cost at least so much.
    pub minimum_subtotal: Money,
    pub starts_at: Option<Timestamp>,
    pub ends_at: Option<Timestamp>,
    pub max_uses: Option<i32>,
    pub max_uses_per_customer: Option<i32>,
    /// By orders that are neither cancelled nor failed.
    pub uses: i32,
    pub active: bool,
}

/// Why a code takes nothing off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiscountError {
    /// There is no such code, or it is switched off.
    Unknown,
    NotStarted,
    Ended,
    BelowMinimum {
        /// What the goods must cost.
        minimum: Money,
    },
    /// As often as it may be used at all.
    UsedUp,
    /// As often as this customer may use it.
    UsedByCustomer,
}

impl Discount {
    /// Whether goods of this price may have the discount now.
    ///
    /// # Errors
    /// All but [`DiscountError::UsedByCustomer`], which the transaction of the order finds out.
    pub fn check(&self, subtotal: Money, now: Timestamp) -> Result<(), DiscountError> {
        if !self.active {
            return Err(DiscountError::Unknown);
        }
        if self.starts_at.is_some_and(|start| now < start) {
            return Err(DiscountError::NotStarted);
        }
        if self.ends_at.is_some_and(|end| now >= end) {
            return Err(DiscountError::Ended);
        }
        if subtotal < self.minimum_subtotal {
            return Err(DiscountError::BelowMinimum { minimum: self.minimum_subtotal });
        }
        if self.max_uses.is_some_and(|most| self.uses >= most) {
            return Err(DiscountError::UsedUp);
        }
        Ok(())
    }
}

/// Everything but discounts that a price depends on, as of one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PricingRules {
    /// Grows with every change; an order is priced by the latest version only.
    pub version: i64,
    pub settings: ShopSettings,
    pub tax_rates: Vec<TaxRate>,
    pub shipping_methods: Vec<ShippingMethod>,
}

impl Default for PricingRules {
    /// Those of an empty shop, but without a shipping method.
    fn default() -> Self {
        Self { version: 1, settings: ShopSettings::default(), tax_rates: Vec::new(), shipping_methods: Vec::new() }
    }
}

/// Why an order cannot be shipped as it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShippingError {
    /// There is no such method, or it is switched off.
    UnknownMethod,
    /// The method does not deliver there.
    NotToCountry(Country),
    /// No method delivers there.
    NoMethod(Country),
}

impl PricingRules {
    /// The country whose taxes and shipping methods apply.
    pub fn country(&self, address: Option<&Address>) -> Country {
        address.map_or(self.settings.home_country, |address| address.country)
    }

    /// The methods that deliver to a country, by price and id.
    pub fn methods_for(&self, country: Country) -> Vec<&ShippingMethod> {
        let mut methods: Vec<_> = self.shipping_methods.iter().filter(|method| method.serves(country)).collect();
        methods.sort_by_key(|method| (method.price, method.id));
        methods
    }

    /// The method of an order: the one it names, else the cheapest one to its address. An order that
    /// has neither is not shipped: that of a client that knows no addresses.
    ///
    /// # Errors
    /// When the named method does not deliver there, or none does.
    pub fn choose_method(
        &self,
        address: Option<&Address>,
        named: Option<ShippingMethodId>,
    ) -> Result<Option<&ShippingMethod>, ShippingError> {
        let country = self.country(address);
        if let Some(id) = named {
            let method = self.shipping_methods.iter().find(|method| method.id == id && method.active);
            let method = method.ok_or(ShippingError::UnknownMethod)?;
            return if method.serves(country) { Ok(Some(method)) } else { Err(ShippingError::NotToCountry(country)) };
        }
        if address.is_none() {
            return Ok(None);
        }
        self.methods_for(country).first().copied().map(Some).ok_or(ShippingError::NoMethod(country))
    }

    /// The most specific rate: one for the region comes before one for the category, and both come
    /// before one for the whole country. Zero without any.
    pub fn tax_rate(&self, country: Country, region: Option<&str>, category: Option<&str>) -> Percentage {
        let same = |a: &str, b: Option<&str>| b.is_some_and(|b| a.to_lowercase() == b.to_lowercase());
        let applies = |rate: &&TaxRate| {
            rate.country == country
                && rate.region.as_ref().is_none_or(|own| same(own.as_str(), region))
                && rate.category.as_ref().is_none_or(|own| same(own.as_str(), category))
        };
        let specific = |rate: &&TaxRate| (rate.region.is_some(), rate.category.is_some());
        self.tax_rates.iter().filter(applies).max_by_key(specific).map_or(Percentage::ZERO, |rate| rate.percentage)
    }
}
