//! What a shop sets: its currency, tax rates and shipping methods.

use serde::{Deserialize, Serialize};

use crate::addresses::{Address, AddressLine, City, Country, PostalCode, Region};
use crate::products::Category;
use crate::text::{InvalidText, text};
use crate::{Money, ShippingMethodId, TaxRateId};

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

/// What of the settings everyone may know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Shop {
    /// As on invoices and in mails.
    pub name: Option<ShopName>,
    /// The currency of all prices. An order keeps the one it was placed in.
    pub currency: Currency,
    /// Whether the prices of products include tax.
    pub prices_include_tax: bool,
}

impl From<&ShopSettings> for Shop {
    fn from(settings: &ShopSettings) -> Self {
        Self {
            name: settings.name.clone(),
            currency: settings.currency,
            prices_include_tax: settings.prices_include_tax,
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

    /// The methods that are offered, wherever they deliver, by price and id.
    pub fn offered_methods(&self) -> Vec<&ShippingMethod> {
        let mut methods: Vec<_> = self.shipping_methods.iter().filter(|method| method.active).collect();
        methods.sort_by_key(|method| (method.price, method.id));
        methods
    }

    /// The methods that deliver to a country, by price and id.
    pub fn methods_for(&self, country: Country) -> Vec<&ShippingMethod> {
        let mut methods = self.offered_methods();
        methods.retain(|method| method.serves(country));
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
