//! Lists as responses: a page of rows, cut if the response would be too large, and the link to the
//! next page.
//!
//! The size that counts is that of the response as Lambda hands it over: the body is a string
//! within JSON, where every `"` and every `\` takes two bytes, or it is Base64. So a page of 768 KB
//! may be a response of 1.5 MB, which a load balancer turns into a 502.

use std::marker::PhantomData;

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::{Cursor, Page, Problem};
use http::{HeaderValue, Uri, header};
use serde::Serialize;

use crate::response;

/// The maximum size of a list within a response, in bytes. An ALB accepts 1 MB from a function,
/// taken here as 1,000,000 bytes; the rest is for the headers, which some event sources get twice,
/// with a link that repeats the whole query.
pub(crate) const MAX_LIST_BYTES: usize = 960_000;

/// Rows encoded as a JSON array, as many as fit into a response.
pub struct EncodedPage {
    pub array: Vec<u8>,
    /// Where the next page starts, if there is one.
    pub next: Option<Cursor>,
}

impl EncodedPage {
    /// Encodes a page, each row once.
    pub fn encode<T: Serialize>(page: &Page<T>) -> Self {
        Self::encode_after(Vec::new(), page)
    }

    /// Encodes a page after the bytes that are there already.
    fn encode_after<T: Serialize>(mut array: Vec<u8>, page: &Page<T>) -> Self {
        let mut size = PayloadSize { start: array.len(), ..PayloadSize::default() };
        let mut shown = 0;
        array.push(b'[');
        for row in page.rows() {
            let end = array.len();
            if shown > 0 {
                array.push(b',');
            }
            // Rows are the shop's own response types: they always have a JSON form.
            let written = serde_json::to_writer(&mut array, row).is_ok();
            // One row always fits: the bounds of its type ensure that.
            if !written || (shown > 0 && size.measure(&array) > MAX_LIST_BYTES) {
                array.truncate(end);
                break;
            }
            shown += 1;
        }
        array.push(b']');
        Self { array, next: page.next_cursor(shown) }
    }
}

/// Measures the size of an array in a response.
#[derive(Default)]
struct PayloadSize {
    /// The offset at which the array begins.
    start: usize,
    /// How many bytes have been scanned.
    scanned: usize,
    /// How many of them take two bytes in a JSON string. JSON itself has no control characters.
    escaped: usize,
}

impl PayloadSize {
    /// The maximum size of the array. Below half of the limit no byte is scanned: it fits even if
    /// all of them take two.
    fn measure(&mut self, written: &[u8]) -> usize {
        let array = &written[self.start..];
        if array.len() * 2 <= MAX_LIST_BYTES {
            return array.len() * 2;
        }
        self.escaped += array[self.scanned..].iter().filter(|byte| matches!(byte, b'"' | b'\\')).count();
        self.scanned = array.len();
        // Base64 makes four bytes of three.
        (array.len() + self.escaped).max(array.len().div_ceil(3) * 4)
    }
}

/// 200 with a bare array, an ETag, and a link to the next page if there is one.
pub struct List<T> {
    encoded: EncodedList,
    rows: PhantomData<fn() -> T>,
}

impl<T: Serialize> List<T> {
    /// `uri` is the request's own: the link repeats its filters.
    pub fn new(uri: &Uri, page: &Page<T>) -> Self {
        let EncodedPage { array, next } = EncodedPage::encode(page);
        Self { encoded: EncodedList::new(uri, array.into(), next.as_ref().map(Cursor::as_str)), rows: PhantomData }
    }
}

impl<T> IntoResponse for List<T> {
    fn into_response(self) -> Response {
        self.encoded.into_response()
    }
}

/// The same as [`List`] for an array that [`EncodedPage::encode`] made earlier (a cached page).
pub struct EncodedList {
    body: Bytes,
    next: Option<HeaderValue>,
}

impl EncodedList {
    /// `cursor` is where the next page starts, `None` on the last one.
    pub fn new(uri: &Uri, array: Bytes, cursor: Option<&str>) -> Self {
        Self { body: array, next: cursor.and_then(|cursor| next_link(uri, cursor)) }
    }
}

impl IntoResponse for EncodedList {
    fn into_response(self) -> Response {
        let mut response = response::EncodedJson(self.body).into_response();
        if let Some(next) = self.next {
            response.headers_mut().insert(header::LINK, next);
        }
        response
    }
}

/// 200 with an object whose last member is a list, its ETag, and a link to the next page if there
/// is one.
pub struct ObjectWithList<T> {
    encoded: EncodedList,
    value: PhantomData<fn() -> T>,
}

impl<T: Serialize> ObjectWithList<T> {
    /// `value` has an empty list as its last member: the page's rows are written into it.
    ///
    /// # Errors
    /// When it has none.
    pub fn new<R: Serialize>(uri: &Uri, value: &T, page: &Page<R>) -> Result<Self, Problem> {
        let mut head = serde_json::to_vec(value).map_err(Problem::internal)?;
        if !head.ends_with(b"[]}") {
            return Err(Problem::internal("a response whose last member is not an empty list"));
        }
        head.truncate(head.len() - b"[]}".len());
        let EncodedPage { array: mut body, next } = EncodedPage::encode_after(head, page);
        body.push(b'}');
        Ok(Self { encoded: EncodedList::new(uri, body.into(), next.as_ref().map(Cursor::as_str)), value: PhantomData })
    }
}

impl<T> IntoResponse for ObjectWithList<T> {
    fn into_response(self) -> Response {
        self.encoded.into_response()
    }
}

/// A header such as `</api/orders?limit=2&cursor=…>; rel="next"`.
fn next_link(uri: &Uri, cursor: &str) -> Option<HeaderValue> {
    // Compared by its decoded name: `c%75rsor` is parsed as a cursor, too.
    let is_other =
        |pair: &&str| form_urlencoded::parse(pair.as_bytes()).next().is_some_and(|(name, _)| name != "cursor");
    let mut query: Vec<&str> = uri.query().unwrap_or_default().split('&').filter(is_other).collect();
    let cursor = format!("cursor={cursor}");
    query.push(&cursor);
    HeaderValue::from_str(&format!("<{}?{}>; rel=\"next\"", uri.path(), query.join("&"))).ok()
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use domain::PageSize;
    use serde_json::{Value, json};

    use super::*;

    /// The size of an array as Lambda hands it over: the larger of both encodings.
    fn lambda_payload_size(array: &[u8]) -> usize {
        let text = serde_json::to_string(std::str::from_utf8(array).unwrap()).unwrap();
        text.len().max(base64::engine::general_purpose::STANDARD.encode(array).len())
    }

    fn page(text: &str) -> Page<(usize, String)> {
        Page::from_rows((1..=101).map(|id| (id, text.to_owned())).collect(), PageSize::new(100).unwrap(), |row| row.0)
    }

    #[test]
    fn a_page_fits_into_an_answer_whatever_it_says() {
        for text in [r#"""#, "\\", "\n", "\u{1}", "x", "ж", "茶", "🫖", r#"a"茶\"#] {
            for length in [1, 900, 5_000, 20_000] {
                let page = page(&text.repeat(length));
                let EncodedPage { array, next } = EncodedPage::encode(&page);
                let rows: Vec<(usize, String)> = serde_json::from_slice(&array).unwrap();
                let size = lambda_payload_size(&array);
                assert!(size <= MAX_LIST_BYTES + 4, "{size} bytes of {text:?} times {length}");
                assert_eq!(rows, page.rows()[..rows.len()], "the rows that come first");
                assert_eq!(next, page.next_cursor(rows.len()));
                // And no page is cut needlessly: one more row would have been too large.
                let row = lambda_payload_size(&serde_json::to_vec(&rows[0]).unwrap());
                assert!(
                    rows.len() == 100 || size + row + 8 > MAX_LIST_BYTES,
                    "{} rows of {row} are {size}",
                    rows.len()
                );
            }
        }
    }

    #[test]
    fn one_row_is_always_shown() {
        let rows = EncodedPage::encode(&page(&"\"".repeat(1_000_000)));
        assert_eq!(serde_json::from_slice::<Vec<Value>>(&rows.array).unwrap().len(), 1);
    }

    #[test]
    fn a_list_is_written_into_its_object() {
        let uri: Uri = "/api/analytics/user/7?limit=2".parse().unwrap();
        let page = Page::from_rows(vec![3, 2, 1], PageSize::new(2).unwrap(), |row| *row);
        let linked = ObjectWithList::new(&uri, &json!({"id": 7, "recent": []}), &page).unwrap();
        assert_eq!(linked.encoded.body, r#"{"id":7,"recent":[3,2]}"#);
        assert_eq!(linked.encoded.next.unwrap(), "</api/analytics/user/7?limit=2&cursor=Mg>; rel=\"next\"");
        assert!(ObjectWithList::new(&uri, &json!({"recent": [], "z": 7}), &page).is_err());
    }

    #[test]
    fn a_link_keeps_the_filters_and_has_one_cursor() {
        for (query, kept) in [
            ("/a", "/a?cursor=Mg"),
            ("/a?q=x%26y&cursor=Mw&limit=2", "/a?q=x%26y&limit=2&cursor=Mg"),
            ("/a?c%75rsor=Mw&&q=cursor=", "/a?q=cursor=&cursor=Mg"),
        ] {
            let link = next_link(&query.parse().unwrap(), "Mg").unwrap();
            assert_eq!(link, format!("<{kept}>; rel=\"next\""), "{query}");
        }
    }
}
