//! Keyset paging: a page starts after the last row of the one before, wherever rows were
//! inserted meanwhile, and costs the same however deep it lies.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, de};

/// How many rows a page has: 1 to 100, 50 unless told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit(u16);

impl Limit {
    /// Keeps every answer well below the 1 MB that an ALB takes from a function.
    pub const MAX: u16 = 100;

    /// # Errors
    /// Outside 1 to 100.
    pub fn new(rows: u16) -> Result<Self, &'static str> {
        (1..=Self::MAX).contains(&rows).then_some(Self(rows)).ok_or("must be from 1 to 100")
    }

    /// Rows in the page.
    pub fn rows(self) -> usize {
        usize::from(self.0)
    }

    /// Rows to ask a store for: one more than the page, which tells whether another follows.
    pub fn and_one(self) -> i64 {
        i64::from(self.0) + 1
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(50)
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let rows = u16::deserialize(from).map_err(|_| de::Error::custom("must be from 1 to 100"))?;
        Self::new(rows).map_err(de::Error::custom)
    }
}

/// An opaque place in a list, made of the sort key of the last row shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(String);

impl Cursor {
    /// `key` identifies the last row under the list's own order.
    pub fn after<K: Serialize>(key: &K) -> Self {
        // Tuples of numbers and text always have a JSON form.
        Self(URL_SAFE_NO_PAD.encode(serde_json::to_vec(key).unwrap_or_default()))
    }

    /// The key again; `None` when the text was not made by [`Cursor::after`] for such a list.
    pub fn key<K: DeserializeOwned>(&self) -> Option<K> {
        let bytes = URL_SAFE_NO_PAD.decode(&self.0).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// As it stands in a URL.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Rows of a list, and where the next page starts.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// In the order asked for.
    pub items: Vec<T>,
    /// `None` on the last page.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// Cuts `rows`, fetched with [`Limit::and_one`], to the page; `key` gives a row's sort key.
    pub fn cut<K: Serialize>(mut rows: Vec<T>, limit: Limit, key: impl Fn(&T) -> K) -> Self {
        let more = rows.len() > limit.rows();
        rows.truncate(limit.rows());
        let next = rows.last().filter(|_| more).map(|last| Cursor::after(&key(last)));
        Self { items: rows, next }
    }

    /// The same page with every row turned into another shape.
    pub fn map<U>(self, shape: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(shape).collect(), next: self.next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_ends_where_the_next_begins() {
        let page = Page::cut(vec![3, 2, 1], Limit(2), |row| *row);
        assert_eq!(page.items, [3, 2]);
        assert_eq!(page.next.and_then(|c| c.key::<i32>()), Some(2));
        assert!(Page::cut(vec![3, 2], Limit(2), |row| *row).next.is_none());
    }

    #[test]
    fn a_foreign_cursor_is_no_key() {
        for bad in ["", "%%%", "eyJhIjoxfQ", "bm90IGpzb24"] {
            assert_eq!(Cursor(bad.to_owned()).key::<(i64, i32)>(), None);
        }
    }
}
