//! A clean shop is found clean, and whatever is then broken in one of its stores is found, named
//! by the promise that it breaks and by its ids, and nothing else is.

mod bounded;
mod clean;
mod counted;
mod living;
mod money;
mod shop;
mod signed_in;
mod stock;
mod told;

use reconcile::{Invariant, Report};
use shop::{Shop, new_findings};

/// Judges anew after something was broken; everything new must break this promise, and be about
/// these, each of them found.
async fn finds(shop: &Shop, before: &mut Report, what: &str, invariant: Invariant, about: &[&str]) {
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
