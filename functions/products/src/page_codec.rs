//! A page of the list in its cached form: the next page's cursor, a line break, the array.

use bytes::Bytes;
use domain::Page;
use domain::products::Product;
use web::EncodedPage;

/// Encodes a page, as much of it as fits into a response.
pub(crate) fn encode(page: &Page<Product>) -> Vec<u8> {
    let EncodedPage { array, next } = EncodedPage::encode(page);
    let mut framed = next.map_or_else(Vec::new, |cursor| cursor.as_str().as_bytes().to_vec());
    framed.push(b'\n');
    framed.extend(array);
    framed
}

/// The array and the next page's cursor; `None` for bytes that [`encode`] did not write.
pub(crate) fn decode(framed: &Bytes) -> Option<(Bytes, Option<String>)> {
    let end = cursor_end(framed)?;
    let cursor = str::from_utf8(&framed[..end]).ok()?;
    Some((framed.slice(end + 1..), (!cursor.is_empty()).then(|| cursor.to_owned())))
}

/// Whether [`decode`] can read it.
pub(crate) fn is_valid(framed: &[u8]) -> bool {
    cursor_end(framed).is_some()
}

fn cursor_end(framed: &[u8]) -> Option<usize> {
    let end = framed.iter().position(|byte| !byte.is_ascii_alphanumeric() && !b"-_".contains(byte))?;
    let sound = framed[end] == b'\n' && framed[end + 1..].starts_with(b"[") && framed.ends_with(b"]");
    sound.then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::products::AverageRating;
    use domain::{Money, PageSize, ProductId, Timestamp};

    fn products(count: i32) -> Vec<Product> {
        let product = |id| Product {
            id: ProductId::new(id),
            name: format!("Tea {id}"),
            description: Some("good".to_owned()),
            price: Money::from_cents(199),
            stock: 1,
            image: None,
            category: None,
            rating: AverageRating::default(),
            created_at: Timestamp::from_millis(0),
            updated_at: Timestamp::from_millis(0),
        };
        (1..=count).rev().map(product).collect()
    }

    #[test]
    fn a_page_reads_back_as_it_was_written() {
        for (count, more) in [(0, false), (1, false), (50, false), (51, true)] {
            let all = products(count);
            let page = Page::from_rows(all.clone(), PageSize::default(), |product| product.id);
            let (array, next) = decode(&encode(&page).into()).expect("a page");
            let shown: Vec<Product> = serde_json::from_slice(&array).expect("an array");
            assert_eq!(shown, all[..all.len().min(50)]);
            assert_eq!(next.is_some(), more);
        }
    }

    #[test]
    fn invalid_pages_are_rejected() {
        for bad in ["", "[]", "\n", "\n{}", "a b\n[]", "\"x\"\r\n[]", "eyJ9\n[", "<\n[]"] {
            assert!(!is_valid(bad.as_bytes()), "{bad:?}");
        }
    }
}
