//! What a mail tells in addition to a notification's text: pieces, amounts, an address, a link to
//! follow a parcel. Stored with the notification, and bounded: 50 lines of long names are 45 KB.

use serde::{Deserialize, Serialize};

use crate::Money;
use crate::addresses::Address;
use crate::events::{FulfilmentChanged, OrderStatusChanged, OrderSummary, ReturnChanged};
use crate::orders::{FulfilmentStatus, OrderEventLine, OrderStatus};
use crate::pricing::Currency;
use crate::users::Email;

/// The maximum number of lines in a mail, as many as an order may have; the rest is counted.
const MAX_LINES: usize = 50;
/// The maximum length of a text within the facts, in characters. A link may be longer than a name.
const MAX_TEXT: usize = 500;

/// The facts of one mail, in the order in which it shows them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Facts {
    /// The address of the order that it is about; the user's own if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Email>,
    /// Begins the mail in place of the notification's text, where that repeats the facts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intro: Option<String>,
    #[serde(default)]
    pub sections: Vec<Section>,
}

/// One group of facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Section {
    /// Pieces of products.
    Lines {
        title: String,
        lines: Vec<Line>,
        /// How many lines the list lacks.
        #[serde(default)]
        more: usize,
    },
    /// Money, one amount below the other.
    Amounts { amounts: Vec<Amount> },
    /// An address, or how a parcel travels.
    Details { title: String, details: Vec<Detail> },
}

/// Pieces of one product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub quantity: i32,
    pub name: String,
    /// The price of all pieces, as a sentence has it: `€12.50`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    pub label: String,
    /// As a sentence has it: `€12.50`.
    pub amount: String,
    /// Whether it is the sum of those above.
    #[serde(default)]
    pub total: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    /// Absent for a line of an address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    pub text: String,
}

impl Facts {
    /// Reads stored facts; `None` for those of a version that knows other ones: the notification's
    /// text is sent without them.
    pub fn from_json(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }

    /// The stored form.
    pub fn to_json(&self) -> String {
        // Plain data: it always has a JSON form.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// These sections, without those that have nothing to show.
    pub(super) fn of(sections: impl IntoIterator<Item = Option<Section>>) -> Self {
        Self { to: None, intro: None, sections: sections.into_iter().flatten().collect() }
    }

    /// The same facts, for a mail to this address.
    pub(super) fn addressed_to(self, to: Option<&Email>) -> Self {
        Self { to: to.cloned(), ..self }
    }

    /// Of an order that was confirmed, declined or cancelled.
    pub(super) fn of_order(order: &OrderStatusChanged) -> Self {
        let delivered_to =
            if order.status == OrderStatus::Confirmed { delivery(order.summary.as_deref()) } else { None };
        let items = order.items.iter().map(|item| piece(item, Some(order.currency)));
        Self::of([lines("Items", items), order_amounts(order), delivered_to])
    }

    /// Of an order whose goods moved without a fulfilment, as the version before reports it.
    pub(super) fn of_goods(order: &OrderStatusChanged) -> Self {
        let items = order.items.iter().map(|item| piece(item, None));
        Self::of([lines("Items", items), delivery(order.summary.as_deref())])
    }

    /// Of pieces that left or arrived.
    pub(super) fn of_shipment(order: &OrderStatusChanged, fulfilment: &FulfilmentChanged, intro: String) -> Self {
        let left = fulfilment.status == FulfilmentStatus::Shipped;
        let title = if left { "In this shipment" } else { "Delivered" };
        let tracking = if left { tracking(fulfilment) } else { None };
        let items = fulfilment.items.iter().map(|item| piece(item, None));
        let facts = Self::of([lines(title, items), tracking, delivery(order.summary.as_deref())]);
        Self { intro: Some(intro), ..facts }
    }

    /// Of pieces that a customer sends back.
    pub(super) fn of_return(change: &ReturnChanged, intro: String) -> Self {
        let pieces = change.items.iter().map(|item| line(item.quantity, &item.name, None));
        let refunded = change.refunded_cents.filter(|cents| *cents > 0);
        let refunded = refunded.map(|cents| amount("Refunded", change.currency, cents, true));
        let note = change.note.iter().map(|note| (None, note));
        let facts = Self::of([lines("In this return", pieces), amounts(refunded), details("Our note", note)]);
        Self { intro: Some(intro), ..facts }
    }

    /// Of money that was refunded.
    pub(super) fn of_refund(currency: Currency, cents: i64) -> Self {
        Self::of([amounts([amount("Refunded", currency, cents, true)])])
    }
}

/// A list of products; `None` without one.
fn lines(title: &str, lines: impl ExactSizeIterator<Item = Line>) -> Option<Section> {
    let more = lines.len().saturating_sub(MAX_LINES);
    let lines: Vec<Line> = lines.take(MAX_LINES).collect();
    (!lines.is_empty()).then(|| Section::Lines { title: title.to_owned(), lines, more })
}

/// Pieces of a product; `amount` is the price of all of them.
fn line(quantity: i32, name: &str, amount: Option<String>) -> Line {
    Line { quantity, name: plain(name), amount }
}

fn piece(item: &OrderEventLine, priced_in: Option<Currency>) -> Line {
    let price = item.price_cents.saturating_mul(item.quantity.into());
    line(item.quantity, &item.name, priced_in.map(|currency| money(currency, price)))
}

/// A list of amounts; `None` without one.
fn amounts(amounts: impl IntoIterator<Item = Amount>) -> Option<Section> {
    let amounts: Vec<Amount> = amounts.into_iter().collect();
    (!amounts.is_empty()).then_some(Section::Amounts { amounts })
}

fn amount(label: &str, currency: Currency, cents: i64, total: bool) -> Amount {
    Amount { label: plain(label), amount: money(currency, cents), total }
}

/// Further facts, each with or without a label; `None` without one.
fn details<T: AsRef<str>>(
    title: &str,
    details: impl IntoIterator<Item = (Option<&'static str>, T)>,
) -> Option<Section> {
    let detail =
        |(label, text): (Option<&str>, T)| Detail { label: label.map(str::to_owned), text: plain(text.as_ref()) };
    let details: Vec<Detail> = details.into_iter().map(detail).collect();
    (!details.is_empty()).then(|| Section::Details { title: title.to_owned(), details })
}

/// `€12.50`, `-€12.50`.
fn money(currency: Currency, cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{}", currency.format(Money::from_cents(cents.saturating_abs())))
}

fn order_amounts(order: &OrderStatusChanged) -> Option<Section> {
    let of = |label: &str, cents, total| amount(label, order.currency, cents, total);
    let mut all = Vec::new();
    let summary = order.summary.as_deref();
    if let Some(summary) = summary {
        all.push(of("Subtotal", summary.subtotal_cents, false));
        if summary.discount_cents != 0 {
            all.push(of(&named("Discount", &summary.discount_code), summary.discount_cents.saturating_neg(), false));
        }
        if summary.shipping_cents != 0 || summary.shipping_method.is_some() {
            all.push(of(&named("Shipping", &summary.shipping_method), summary.shipping_cents, false));
        }
        if !summary.tax_included {
            all.push(of("Tax", summary.tax_cents, false));
        }
    }
    all.push(of("Total", order.total_cents, true));
    if let Some(included) = summary.filter(|summary| summary.tax_included && summary.tax_cents != 0) {
        all.push(of("Tax included", included.tax_cents, false));
    }
    if order.refunded_cents != 0 {
        all.push(of("Refunded", order.refunded_cents, false));
    }
    amounts(all)
}

/// `Discount (TEN)`.
fn named(label: &str, name: &Option<String>) -> String {
    name.as_ref().map_or_else(|| label.to_owned(), |name| format!("{label} ({name})"))
}

fn delivery(summary: Option<&OrderSummary>) -> Option<Section> {
    let address = summary?.shipping_address.as_ref()?;
    details("Delivery address", address_lines(address).into_iter().map(|line| (None, line)))
}

/// As it is written on a parcel; without the phone number, which is for the carrier.
fn address_lines(address: &Address) -> Vec<String> {
    let city = format!("{} {}", address.postal_code.as_str(), address.city);
    let mut lines = vec![address.name.to_string(), address.line1.to_string()];
    lines.extend(address.line2.as_ref().map(ToString::to_string));
    lines.push(city);
    lines.extend(address.region.as_ref().map(ToString::to_string));
    lines.push(address.country.as_str().to_owned());
    lines
}

fn tracking(fulfilment: &FulfilmentChanged) -> Option<Section> {
    let facts = [
        ("Carrier", &fulfilment.carrier),
        ("Tracking number", &fulfilment.tracking_number),
        ("Follow it at", &fulfilment.tracking_url),
    ];
    details("Tracking", facts.into_iter().filter_map(|(label, fact)| Some((Some(label), fact.as_ref()?))))
}

/// One line of bounded length: whatever an event has.
fn plain(text: &str) -> String {
    text.chars().take(MAX_TEXT).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests;
