//! The lists of one day (users, products, event types) in one small document beside the rollups
//! that they are made of: `lists/2026-01-31`.
//!
//! A dashboard adds up the lists of its days: it reads as many documents as days, however many
//! users there are. An aggregation writes them with the rollups; where it cannot, [`crate::packing`]
//! does later. They are derived: `of` is the number of events that they contain, so whoever reads
//! them sees whether they are complete. A version that does not know them leaves them alone.

use std::collections::BTreeMap;

use domain::analytics::RollupDelta;
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, Document, doc};
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// The most users, and the most products, in the lists of one day: 120 kB and 200 kB. Of a day with
/// more, the most active and the best selling are listed.
pub const MAX_LISTED: usize = 10_000;
/// A user's entry: an id of 4 bytes and a count of 8, both little-endian, in the order of ids.
const USER_BYTES: usize = 12;
/// A product's entry: an id of 4 bytes, the quantity and the revenue in cents of 8 each.
const PRODUCT_BYTES: usize = 20;

/// The document.
#[derive(Serialize, Deserialize)]
pub(crate) struct DayListsRow {
    /// The events of the day that are in these lists.
    pub(crate) of: i64,
    /// Whether entries were left out: then nothing can be added to these lists.
    #[serde(default)]
    pub(crate) cut: bool,
    users: Binary,
    products: Binary,
    kinds: Vec<KindRow>,
}

#[derive(Serialize, Deserialize)]
struct KindRow {
    kind: String,
    count: i64,
}

/// The sums of one or more days.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DayLists {
    pub(crate) users: BTreeMap<i32, i64>,
    /// Quantity and revenue in cents.
    pub(crate) products: BTreeMap<i32, (i64, i64)>,
    pub(crate) types: BTreeMap<String, i64>,
}

pub(crate) fn lists_key(day: &str) -> String {
    format!("lists/{day}")
}

impl DayLists {
    /// Adds a day's document.
    ///
    /// # Errors
    /// When the document is not what [`Self::to_document`] makes.
    pub(crate) fn add_row(&mut self, row: &DayListsRow) -> Result<()> {
        let broken = || Error::InvalidDocument("the lists of a day are cut off".to_owned());
        for entry in entries::<USER_BYTES>(&row.users).ok_or_else(broken)? {
            *self.users.entry(read_id(entry)).or_default() += read_figure(entry, 4);
        }
        for entry in entries::<PRODUCT_BYTES>(&row.products).ok_or_else(broken)? {
            let sales = self.products.entry(read_id(entry)).or_default();
            *sales = (sales.0 + read_figure(entry, 4), sales.1 + read_figure(entry, 12));
        }
        for KindRow { kind, count } in &row.kinds {
            *self.types.entry(kind.clone()).or_default() += count;
        }
        Ok(())
    }

    /// Adds what an aggregation adds to the rollups of this day.
    pub(crate) fn add_delta(&mut self, delta: &RollupDelta, day: &str) {
        for ((_, user), count) in delta.users.iter().filter(|((of, _), _)| of == day) {
            *self.users.entry(user.get()).or_default() += count;
        }
        for ((_, product), sold) in delta.products.iter().filter(|((of, _), _)| of == day) {
            let sales = self.products.entry(product.get()).or_default();
            *sales = (sales.0 + sold.quantity, sales.1 + sold.revenue_cents);
        }
        for ((_, kind), count) in delta.types.iter().filter(|((of, _), _)| of == day) {
            *self.types.entry(kind.clone()).or_default() += count;
        }
    }

    /// Whether nothing has to be left out.
    pub(crate) fn fits(&self) -> bool {
        self.users.len() <= MAX_LISTED && self.products.len() <= MAX_LISTED
    }

    /// The fields of the document, for a day of this many events.
    pub(crate) fn to_document(&self, of: i64) -> Document {
        let (mut users, mut products) = (Vec::new(), Vec::new());
        for (id, count) in largest(&self.users, |count| *count, MAX_LISTED) {
            users.extend(id.to_le_bytes());
            users.extend(count.to_le_bytes());
        }
        for (id, (quantity, cents)) in largest(&self.products, |(_, cents)| *cents, MAX_LISTED) {
            products.extend(id.to_le_bytes());
            products.extend(quantity.to_le_bytes());
            products.extend(cents.to_le_bytes());
        }
        let kinds: Vec<Document> =
            self.types.iter().map(|(kind, count)| doc! { "kind": kind, "count": count }).collect();
        doc! { "of": of, "cut": !self.fits(), "users": binary(users), "products": binary(products), "kinds": kinds }
    }
}

/// The largest entries by `figure`, in the order of their keys; of equal ones the smaller key.
fn largest<K: Ord + Copy, V: Copy>(all: &BTreeMap<K, V>, figure: impl Fn(&V) -> i64, most: usize) -> BTreeMap<K, V> {
    if all.len() <= most {
        return all.clone();
    }
    let mut sorted: Vec<(K, V)> = all.iter().map(|(key, value)| (*key, *value)).collect();
    sorted.sort_by_key(|(key, value)| (std::cmp::Reverse(figure(value)), *key));
    sorted.into_iter().take(most).collect()
}

fn binary(bytes: Vec<u8>) -> Binary {
    Binary { subtype: BinarySubtype::Generic, bytes }
}

/// `None` if the bytes are no whole number of entries.
fn entries<const BYTES: usize>(list: &Binary) -> Option<&[[u8; BYTES]]> {
    let (entries, rest) = list.bytes.as_chunks::<BYTES>();
    rest.is_empty().then_some(entries)
}

fn read_id<const BYTES: usize>(entry: &[u8; BYTES]) -> i32 {
    entry.first_chunk().map_or(0, |id| i32::from_le_bytes(*id))
}

fn read_figure<const BYTES: usize>(entry: &[u8; BYTES], at: usize) -> i64 {
    entry[at..].first_chunk().map_or(0, |figure| i64::from_le_bytes(*figure))
}

#[cfg(test)]
mod tests {
    use mongodb::bson::deserialize_from_document;

    use super::*;

    fn stored(lists: &DayLists) -> DayListsRow {
        deserialize_from_document(lists.to_document(7)).unwrap()
    }

    #[test]
    fn lists_are_read_as_they_were_written_and_added_up() {
        let lists = DayLists {
            users: [(1, 3), (i32::MAX, i64::MAX / 4)].into(),
            products: [(7, (-2, -1_000)), (9, (5, 4_999))].into(),
            types: [("product.view".to_owned(), 4), ("(other)".to_owned(), 2)].into(),
        };
        let row = stored(&lists);
        assert_eq!((row.of, row.cut), (7, false));
        let mut sum = DayLists::default();
        sum.add_row(&row).unwrap();
        assert_eq!(sum, lists);
        sum.add_row(&row).unwrap();
        assert_eq!((sum.users[&1], sum.products[&7], sum.types["(other)"]), (6, (-4, -2_000), 4));
    }

    #[test]
    fn the_least_active_users_of_a_day_with_too_many_are_left_out() {
        let busy = (0..=MAX_LISTED as i32).map(|id| (id, if id == 5 { 1 } else { 2 })).collect();
        let row = stored(&DayLists { users: busy, ..DayLists::default() });
        assert!(row.cut);
        let mut read = DayLists::default();
        read.add_row(&row).unwrap();
        assert_eq!((read.users.len(), read.users.contains_key(&5)), (MAX_LISTED, false));
    }

    #[test]
    fn a_list_that_was_cut_off_is_an_error() {
        let mut row = stored(&DayLists { users: [(1, 3)].into(), ..DayLists::default() });
        row.users.bytes.pop();
        assert!(DayLists::default().add_row(&row).is_err());
    }
}
