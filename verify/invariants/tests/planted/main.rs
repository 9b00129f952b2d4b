//! A clean shop is found clean, and whatever is then broken in one of its stores is found, named
//! by the promise that it breaks and by its ids, and nothing else is.

mod clean;
mod live;
mod money;
mod notifications;
mod recounts;
mod retention;
mod sessions;
mod shop;
mod stock;

use invariants::{Invariant, InvariantReport};
use shop::{Shop, new_findings};

/// Judges anew after something was broken; everything new must break this promise, and be about
/// these, each of them found.
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
