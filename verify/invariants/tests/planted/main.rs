//! A clean shop has no violations; whatever is then broken in one of its stores is found, under its
//! invariant and with its ids, and nothing else is.

mod address_books;
mod clean;
mod discounts;
mod fulfilments;
mod live;
mod money;
mod notifications;
mod recounts;
mod retention;
mod returns;
mod sessions;
mod shop;
mod stock;
mod take_overs;

use invariants::{Invariant, InvariantReport};
use shop::{Shop, new_findings};

/// Checks again after something was broken; every new violation must be of this invariant, and
/// about these subjects, each of which must be found.
async fn expect_violations(
    shop: &Shop,
    before: &mut InvariantReport,
    what: &str,
    invariant: Invariant,
    about: &[&str],
) {
    let after = shop.check().await;
    let new = new_findings(before, &after);
    for finding in &new {
        let expected = finding.invariant == invariant && about.iter().any(|about| finding.about.contains(about));
        assert!(expected, "{what}: {finding:?}");
    }
    for about in about {
        assert!(new.iter().any(|finding| finding.about.contains(about)), "{what}: nothing about {about} in {new:?}");
    }
    *before = after;
}
