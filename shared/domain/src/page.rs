//! Keyset pagination: a page starts after the last row of the previous one, wherever rows were
//! inserted in between, and costs the same at any depth.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::Problem;
use crate::whole_number::deserialize_whole_number;

/// The number of rows of a page: 1 to 100, default 50.
#[derive(Clone, Copy, Debug, PartialEq, Eq, utoipa::ToSchema)]
#[schema(value_type = u16, minimum = 1, maximum = 100, default = 50)]
pub struct PageSize(u16);

impl PageSize {
    /// Bounds what a store reads for one response; `web` bounds the response itself by its bytes.
    pub const MAX: u16 = 100;

    /// # Errors
    /// Outside 1 to 100.
    pub fn new(rows: u16) -> Result<Self, &'static str> {
        (1..=Self::MAX).contains(&rows).then_some(Self(rows)).ok_or("must be a whole number from 1 to 100")
    }

    pub fn rows(self) -> usize {
        usize::from(self.0)
    }

    /// Rows to fetch from a store: one more than the page, which tells whether another page
    /// follows.
    pub fn fetch_limit(self) -> i64 {
        i64::from(self.0) + 1
    }
}

impl Default for PageSize {
    fn default() -> Self {
        Self(50)
    }
}

impl<'de> Deserialize<'de> for PageSize {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        // A number outside of u16 is out of range, too.
        Self::new(u16::try_from(deserialize_whole_number(from)?).unwrap_or_default()).map_err(de::Error::custom)
    }
}

/// An opaque position in a list, made from the sort key of the last row shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, format = "cursor", pattern = "^[A-Za-z0-9_-]+$", max_length = 2048)]
pub struct Cursor(String);

impl Cursor {
    /// The maximum number of characters; the longest key, a product's name, needs 1,500.
    const MAX: usize = 2048;

    /// `key` identifies the last row in the order of the list.
    pub fn encode<K: Serialize>(key: &K) -> Self {
        // Tuples of numbers and text always have a JSON form.
        Self(URL_SAFE_NO_PAD.encode(serde_json::to_vec(key).unwrap_or_default()))
    }

    /// Decodes the key, if a list with such keys made this text. A client may send any text, so
    /// nothing but what [`Cursor::encode`] writes is accepted: the key is encoded again and
    /// compared, which detects extra members, another spelling of a number or a date, and bits that
    /// Base64 does not use.
    fn decode<K: Serialize + DeserializeOwned>(&self) -> Option<K> {
        if self.0.len() > Self::MAX {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(&self.0).ok()?;
        let key = serde_json::from_slice(&bytes).ok()?;
        (Self::encode(&key) == *self).then_some(key)
    }

    /// As it appears in a URL.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The field error for a cursor of another list.
const FOREIGN_CURSOR: &str = "is not a cursor of this list";

/// Where a page starts: the decoded key of a query's cursor. Deserializing rejects every text that
/// is no cursor of a list with such keys, together with whatever else is wrong with the query.
#[derive(Clone, Copy, Debug)]
pub struct DecodedCursor<K>(K);

impl<K> DecodedCursor<K> {
    /// The key, if a row with it can exist: `is_of_list` checks the bounds of the list's columns
    /// and the requested order.
    ///
    /// # Errors
    /// 400, naming `cursor`.
    pub fn into_key(self, is_of_list: impl FnOnce(&K) -> bool) -> Result<K, Problem> {
        if is_of_list(&self.0) { Ok(self.0) } else { Err(Problem::invalid_field("cursor", FOREIGN_CURSOR)) }
    }
}

impl<'de, K: Serialize + DeserializeOwned> Deserialize<'de> for DecodedCursor<K> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Cursor::deserialize(from)?.decode().map(Self).ok_or_else(|| de::Error::custom(FOREIGN_CURSOR))
    }
}

/// Rows of a list, at most as many as requested, and whether more follow. How many of them fit into
/// one response is decided where they are serialized: any of them may be the last one shown.
pub struct Page<T> {
    rows: Vec<T>,
    has_more: bool,
    /// Where the next page starts if all rows are shown, if that is not after the last of them.
    continuation: Option<Cursor>,
    row_cursor: Box<dyn Fn(&T) -> Cursor + Send + Sync>,
}

impl<T> Page<T> {
    /// Cuts `rows`, fetched with [`PageSize::fetch_limit`], to the page; `key` gives a row's sort
    /// key.
    pub fn from_rows<K: Serialize>(
        rows: Vec<T>,
        limit: PageSize,
        key: impl Fn(&T) -> K + Send + Sync + 'static,
    ) -> Self {
        Self::from_partial_rows(rows, limit, false, key)
    }

    /// As [`Page::from_rows`]; `stopped` says that the store stopped before it had as many rows as
    /// requested, as DynamoDB does after 1 MB.
    pub fn from_partial_rows<K: Serialize>(
        mut rows: Vec<T>,
        limit: PageSize,
        stopped: bool,
        key: impl Fn(&T) -> K + Send + Sync + 'static,
    ) -> Self {
        let more = stopped || rows.len() > limit.rows();
        rows.truncate(limit.rows());
        let row_cursor = Box::new(move |row: &T| Cursor::encode(&key(row)));
        Self { rows, has_more: more, continuation: None, row_cursor }
    }

    /// The store stopped early, after `last`, which is no row of the list: the next page continues
    /// there, even if this one is empty.
    #[must_use]
    pub fn continued_after(mut self, last: &T) -> Self {
        self.continuation = Some((self.row_cursor)(last));
        self
    }

    /// In the requested order.
    pub fn rows(&self) -> &[T] {
        &self.rows
    }

    /// Where the next page starts if the first `shown` rows are shown; `None` if nothing follows
    /// them.
    pub fn next_cursor(&self, shown: usize) -> Option<Cursor> {
        if shown == self.rows.len() && self.continuation.is_some() {
            return self.continuation.clone();
        }
        let last = self.rows.get(..shown)?.last()?;
        (self.has_more || shown < self.rows.len()).then(|| (self.row_cursor)(last))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{EventId, ProductId, Timestamp};

    #[test]
    fn a_page_ends_where_the_next_begins() {
        let next = |page: &Page<i32>, shown| page.next_cursor(shown).map(|cursor| cursor.decode::<i32>());
        let page = Page::from_rows(vec![3, 2, 1], PageSize(2), |row| *row);
        assert_eq!(page.rows(), [3, 2]);
        assert_eq!(next(&page, 2), Some(Some(2)));
        assert_eq!(next(&page, 1), Some(Some(3)), "an answer that ended early");
        let last = Page::from_rows(vec![3, 2], PageSize(2), |row| *row);
        assert_eq!((next(&last, 2), next(&last, 1)), (None, Some(Some(3))));
        assert_eq!(Page::from_rows(vec![], PageSize(2), |row: &i32| *row).next_cursor(0), None);
        assert_eq!(next(&Page::from_partial_rows(vec![3], PageSize(2), true, |row| *row), 1), Some(Some(3)));
        let stopped = |rows| Page::from_rows(rows, PageSize(2), |row| *row).continued_after(&1);
        assert_eq!(next(&stopped(vec![]), 0), Some(Some(1)), "an empty page that is not the last");
        assert_eq!((next(&stopped(vec![3, 2]), 2), next(&stopped(vec![3, 2]), 1)), (Some(Some(1)), Some(Some(3))));
    }

    fn cursor(json: &str) -> Cursor {
        Cursor(URL_SAFE_NO_PAD.encode(json))
    }

    #[test]
    fn nothing_but_what_was_written_is_read() {
        type Key = (Timestamp, EventId);
        let id = "0197a1b2-0000-7000-8000-000000000000";
        let good = cursor(&format!(r#"["2026-01-31T12:00:00.000Z","{id}"]"#));
        assert!(good.decode::<Key>().is_some());
        for bad in [
            format!(r#"["2026-01-31T12:00:00Z","{id}"]"#),
            format!(r#"["2026-01-31T13:00:00.000+01:00","{id}"]"#),
            format!(r#"["2026-02-31T12:00:00.000Z","{id}"]"#),
            format!(r#"["+90000-01-31T12:00:00.000Z","{id}"]"#),
            format!(r#"["0000-01-31T12:00:00.000Z","{id}"]"#),
            format!(r#"["2026-01-31T12:00:00.000Z","{id}",1]"#),
            format!(r#"["2026-01-31T12:00:00.000Z", "{id}"]"#),
            format!(r#"["2026-01-31T12:00:00.000Z","{}"]"#, id.to_uppercase().replace('0', "A")),
            format!(r#"[1769860800000,"{id}"]"#),
            "null".to_owned(),
        ] {
            assert_eq!(cursor(&bad).decode::<Key>(), None, "{bad}");
        }
        assert_eq!(cursor("7").decode::<ProductId>(), Some(ProductId::new(7)));
        for bad in ["7.0", "7e0", "07", " 7", "7 ", "0", "-1", "2147483648", "1e300", "\"7\"", "[7]", "{\"id\":7}"] {
            assert_eq!(cursor(bad).decode::<ProductId>(), None, "{bad}");
        }
        // `Nx` and `Nw` both decode to byte 7: the spare bits of the last letter differ.
        for bad in ["", "%%%", "Nx", "Nw==", "Nw=", "eyJhIjoxfQ", "bm90IGpzb24"] {
            assert_eq!(Cursor(bad.to_owned()).decode::<ProductId>(), None, "{bad}");
        }
        assert_eq!(cursor(&format!("\"{}\"", "x".repeat(2000))).decode::<String>(), None);
    }

    proptest! {
        #[test]
        fn a_cursor_is_the_only_one_of_its_key(text in "[A-Za-z0-9_-]{0,60}") {
            let cursor = Cursor(text);
            if let Some(key) = cursor.decode::<serde_json::Value>() {
                prop_assert_eq!(Cursor::encode(&key), cursor);
            }
        }
    }
}
