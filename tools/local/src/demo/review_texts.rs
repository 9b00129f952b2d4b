//! The reviews of the demo customers: composed from sentences, the same ones every time.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::catalog::{self, DemoProduct};

#[derive(Deserialize)]
struct Sentences {
    openings: HashMap<u8, Vec<String>>,
    closings: HashMap<String, Vec<String>>,
    details: HashMap<String, HashMap<String, Vec<String>>>,
}

static SENTENCES: LazyLock<Sentences> =
    LazyLock::new(|| serde_json::from_str(include_str!("opinions.json")).expect("a test reads it"));

#[derive(Debug, PartialEq, Eq)]
pub(super) struct DemoReview {
    /// The author, by position in the list of customers.
    pub(super) customer: usize,
    /// From 1 to 5 stars.
    pub(super) rating: u8,
    pub(super) comment: String,
}

/// The reviews of a product by some of the customers; nobody writes two.
pub(super) fn compose_reviews(product_index: usize, customers: usize) -> Vec<DemoReview> {
    let product = &catalog::all()[product_index];
    let popularity = hash_below(&product.name, 0, 10);
    let count = hash_below(&product.name, 1, 6);
    let first = hash_below(&product.name, 2, customers);
    // A step that is coprime to the number of customers meets each once.
    let customer = |nth: usize| (first + nth * 5) % customers;
    (0..count).map(|nth| compose_review(product, nth, customer(nth), popularity)).collect()
}

fn compose_review(product: &DemoProduct, nth: usize, customer: usize, popularity: usize) -> DemoReview {
    // Most products please most customers; a few are controversial.
    const STARS: [[u8; 6]; 3] = [[5, 5, 4, 5, 4, 5], [5, 4, 3, 4, 5, 4], [4, 2, 3, 1, 4, 3]];
    let kind = match popularity {
        0..=4 => 0,
        5..=7 => 1,
        _ => 2,
    };
    let rating = STARS[kind][(nth + hash_below(&product.name, 3, 6)) % 6];
    let (detail, closing) = match rating {
        4.. => ("good", "good"),
        3 => (if nth.is_multiple_of(2) { "good" } else { "poor" }, "fair"),
        _ => ("poor", "poor"),
    };
    let pick = |from: &'static [String], salt: usize| {
        from[(hash_below(&product.name, salt, from.len()) + nth) % from.len()].as_str()
    };
    let parts = [
        pick(&SENTENCES.openings[&rating], 4),
        pick(&SENTENCES.details[&product.category][detail], 5),
        pick(&SENTENCES.closings[closing], 6),
    ];
    DemoReview { customer, rating, comment: parts.join(" ").trim().to_owned() }
}

/// A number below `bound`, always the same for the same words (FNV-1a).
pub(super) fn hash_below(text: &str, salt: usize, bound: usize) -> usize {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in text.bytes().chain(salt.to_le_bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    // The high bits are mixed better.
    (hash >> 33) as usize % bound
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn about_150_reviews_no_two_of_a_product_alike_or_by_the_same_customer() {
        let mut stars = [0; 6];
        for place in 0..catalog::all().len() {
            let said = compose_reviews(place, 14);
            let distinct = said.iter().map(|o| &o.comment).collect::<HashSet<_>>().len();
            assert_eq!(distinct, said.len(), "{said:?}");
            assert_eq!(said.iter().map(|o| o.customer).collect::<HashSet<_>>().len(), said.len());
            said.iter().for_each(|o| stars[usize::from(o.rating)] += 1);
        }
        let all: usize = stars.iter().sum();
        assert!((125..=175).contains(&all), "{all}");
        assert!(stars[1..].iter().all(|count| *count > 2), "{stars:?}");
        assert!(stars[5] > stars[1] + stars[2], "{stars:?}");
    }
}
