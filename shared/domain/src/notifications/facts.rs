//! What a mail tells in addition to a notification's text: pieces, amounts, an address, a link to
//! follow a parcel. Stored with the notification, and bounded: 50 lines of long names are 30 KB.

use serde::{Deserialize, Serialize};

use crate::Money;
use crate::addresses::Address;
use crate::events::{FulfilmentChanged, OrderStatusChanged, OrderSummary, ReturnChanged};
use crate::orders::{FulfilmentStatus, OrderEventLine, OrderStatus};
use crate::pricing::Currency;

/// The maximum number of lines in a mail, as many as an order may have; the rest is counted.
const MAX_LINES: usize = 50;
/// The maximum length of a text within the facts, in characters. A link may be longer than a name.
const MAX_TEXT: usize = 500;

/// The facts of one mail, in the order in which it shows them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Facts {
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

    fn of(sections: impl IntoIterator<Item = Option<Section>>) -> Self {
        Self { intro: None, sections: sections.into_iter().flatten().collect() }
    }

    /// Of an order that was confirmed, declined or cancelled.
    pub(super) fn of_order(order: &OrderStatusChanged) -> Self {
        let delivered_to =
            if order.status == OrderStatus::Confirmed { delivery(order.summary.as_deref()) } else { None };
        Self::of([lines("Items", &order.items, Some(order.currency)), Some(order_amounts(order)), delivered_to])
    }

    /// Of an order whose goods moved without a fulfilment, as the version before reports it.
    pub(super) fn of_goods(order: &OrderStatusChanged) -> Self {
        Self::of([lines("Items", &order.items, None), delivery(order.summary.as_deref())])
    }

    /// Of pieces that left or arrived.
    pub(super) fn of_shipment(order: &OrderStatusChanged, fulfilment: &FulfilmentChanged, intro: String) -> Self {
        let left = fulfilment.status == FulfilmentStatus::Shipped;
        let title = if left { "In this shipment" } else { "Delivered" };
        let tracking = if left { tracking(fulfilment) } else { None };
        let facts = Self::of([lines(title, &fulfilment.items, None), tracking, delivery(order.summary.as_deref())]);
        Self { intro: Some(intro), ..facts }
    }

    /// Of pieces that a customer sends back.
    pub(super) fn of_return(change: &ReturnChanged, intro: String) -> Self {
        let pieces = change.items.iter().map(|item| (item.quantity, item.name.as_str(), None));
        let refunded = change
            .refunded_cents
            .filter(|cents| *cents > 0)
            .map(|cents| Section::Amounts { amounts: vec![amount("Refunded", change.currency, cents, true)] });
        let note = change.note.as_ref().map(|note| Section::Details {
            title: "Our note".to_owned(),
            details: vec![Detail { label: None, text: plain(note) }],
        });
        Self { intro: Some(intro), ..Self::of([pieces_of("In this return", pieces), refunded, note]) }
    }

    /// Of money that was refunded.
    pub(super) fn of_refund(currency: Currency, cents: i64) -> Self {
        Self::of([Some(Section::Amounts { amounts: vec![amount("Refunded", currency, cents, true)] })])
    }
}

/// Pieces, with the price of each line if a currency is given; `None` if there are none.
pub(super) fn lines(title: &str, items: &[OrderEventLine], priced_in: Option<Currency>) -> Option<Section> {
    let price = |item: &OrderEventLine| {
        priced_in.map(|currency| money(currency, item.price_cents.saturating_mul(item.quantity.into())))
    };
    pieces_of(title, items.iter().map(|item| (item.quantity, item.name.as_str(), price(item))))
}

/// Pieces: their number, their name, and perhaps what they cost; `None` if there are none.
fn pieces_of<'a>(
    title: &str,
    pieces: impl ExactSizeIterator<Item = (i32, &'a str, Option<String>)>,
) -> Option<Section> {
    let count = pieces.len();
    let line = |(quantity, name, amount)| Line { quantity, name: plain(name), amount };
    let shown = pieces.take(MAX_LINES).map(line).collect();
    let more = count.saturating_sub(MAX_LINES);
    (count > 0).then(|| Section::Lines { title: title.to_owned(), lines: shown, more })
}

/// One amount of a [`Section::Amounts`].
pub(super) fn amount(label: &str, currency: Currency, cents: i64, total: bool) -> Amount {
    Amount { label: plain(label), amount: money(currency, cents), total }
}

/// `€12.50`, `-€12.50`.
fn money(currency: Currency, cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{}", currency.format(Money::from_cents(cents.saturating_abs())))
}

fn order_amounts(order: &OrderStatusChanged) -> Section {
    let of = |label: &str, cents, total| amount(label, order.currency, cents, total);
    let mut amounts = Vec::new();
    let summary = order.summary.as_deref();
    if let Some(summary) = summary {
        amounts.push(of("Subtotal", summary.subtotal_cents, false));
        if summary.discount_cents != 0 {
            amounts.push(of(
                &named("Discount", &summary.discount_code),
                summary.discount_cents.saturating_neg(),
                false,
            ));
        }
        if summary.shipping_cents != 0 || summary.shipping_method.is_some() {
            amounts.push(of(&named("Shipping", &summary.shipping_method), summary.shipping_cents, false));
        }
        if !summary.tax_included {
            amounts.push(of("Tax", summary.tax_cents, false));
        }
    }
    amounts.push(of("Total", order.total_cents, true));
    if let Some(included) = summary.filter(|summary| summary.tax_included && summary.tax_cents != 0) {
        amounts.push(of("Tax included", included.tax_cents, false));
    }
    if order.refunded_cents != 0 {
        amounts.push(of("Refunded", order.refunded_cents, false));
    }
    Section::Amounts { amounts }
}

/// `Discount (TEN)`.
fn named(label: &str, name: &Option<String>) -> String {
    name.as_ref().map_or_else(|| label.to_owned(), |name| format!("{label} ({name})"))
}

fn delivery(summary: Option<&OrderSummary>) -> Option<Section> {
    let address = summary?.shipping_address.as_ref()?;
    let details = address_lines(address).into_iter().map(|text| Detail { label: None, text }).collect();
    Some(Section::Details { title: "Delivery address".to_owned(), details })
}

/// As it is written on a parcel; without the phone number, which is for the carrier.
fn address_lines(address: &Address) -> Vec<String> {
    let mut lines = vec![plain(address.name.as_str()), plain(address.line1.as_str())];
    lines.extend(address.line2.as_ref().map(|line| plain(line.as_str())));
    lines.push(format!("{} {}", address.postal_code.as_str(), plain(address.city.as_str())));
    lines.extend(address.region.as_ref().map(|region| plain(region.as_str())));
    lines.push(address.country.as_str().to_owned());
    lines
}

fn tracking(fulfilment: &FulfilmentChanged) -> Option<Section> {
    let facts = [
        ("Carrier", &fulfilment.carrier),
        ("Tracking number", &fulfilment.tracking_number),
        ("Follow it at", &fulfilment.tracking_url),
    ];
    let detail = |(label, text): (&str, &Option<String>)| {
        text.as_ref().map(|text| Detail { label: Some(label.to_owned()), text: plain(text) })
    };
    let details: Vec<Detail> = facts.into_iter().filter_map(detail).collect();
    (!details.is_empty()).then(|| Section::Details { title: "Tracking".to_owned(), details })
}

/// One line of bounded length: whatever an event has.
fn plain(text: &str) -> String {
    text.chars().take(MAX_TEXT).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests;
