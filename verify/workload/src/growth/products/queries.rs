//! What is asked of the catalog.

use anyhow::{Result, anyhow};
use domain::Money;
use domain::products::{Category, ProductFilter, ProductSort, Search};

pub(super) struct ProductQuery {
    pub(super) name: String,
    pub(super) filter: ProductFilter,
    pub(super) sort: ProductSort,
}

const ALL_SORTS: [ProductSort; 5] = [
    ProductSort::Newest,
    ProductSort::Price,
    ProductSort::PriceDescending,
    ProductSort::Name,
    ProductSort::RatingDescending,
];
const TWO_SORTS: [ProductSort; 2] = [ProductSort::Newest, ProductSort::Price];

/// Searches; [`super::fill`] says how many products have each word.
const SEARCHES: [(&str, &str); 12] = [
    ("a word that half have", "common"),
    ("the beginning of a word that half have", "com"),
    ("a word that 1 % have", "percent"),
    ("a word that 1 in 1,000 have", "promille"),
    ("a word that three have", "rarissime"),
    ("a word that nobody has", "unheard"),
    ("a word of the oldest 4 %", "ancient"),
    ("two words of 10 %, never together", "alpha beta"),
    ("two words of 10 and 50 %, never together", "alpha common"),
    ("a word of 1 % and one of 10 %", "percent delta"),
    ("a rare number's beginning", "x123"),
    ("16 letters", "a b c d e f g h i k l m n o p q"),
];

pub(super) fn all() -> Result<Vec<ProductQuery>> {
    let mut queries = Vec::new();
    let mut add = |name: &str, filter: &ProductFilter, sorts: &[ProductSort]| {
        for sort in sorts {
            let by = match sort {
                ProductSort::Newest => "newest",
                ProductSort::Price => "price",
                ProductSort::PriceDescending => "-price",
                ProductSort::Name => "name",
                ProductSort::RatingDescending => "-rating",
            };
            queries.push(ProductQuery { name: format!("{name}, {by}"), filter: filter.clone(), sort: *sort });
        }
    };
    let everything = ProductFilter::default();
    let category = |name: &str| {
        let category = Category::try_from(name.to_owned()).map_err(|error| anyhow!("{error:?}"))?;
        anyhow::Ok(ProductFilter { category: Some(category), ..ProductFilter::default() })
    };
    let price = |from, to| ProductFilter {
        min_price: Some(Money::from_cents(from)),
        max_price: Some(Money::from_cents(to)),
        ..ProductFilter::default()
    };
    add("everything", &everything, &ALL_SORTS);
    add("a category", &category("cat8")?, &ALL_SORTS);
    add("half of the prices", &price(0, 499_999), &TWO_SORTS);
    add("1 % of the prices", &price(100_000, 109_999), &TWO_SORTS);
    add("in stock", &ProductFilter { in_stock: Some(true), ..everything.clone() }, &TWO_SORTS);
    add("sold out (2 %)", &ProductFilter { in_stock: Some(false), ..everything }, &TWO_SORTS);
    for (name, words) in SEARCHES {
        let search = Search::try_from(words.to_owned()).map_err(|error| anyhow!("{error:?}"))?;
        let filter = ProductFilter { search: Some(search), ..ProductFilter::default() };
        add(name, &filter, if words == "common" { &ALL_SORTS } else { &TWO_SORTS });
    }
    let search = Some(Search::try_from("common".to_owned()).map_err(|error| anyhow!("{error:?}"))?);
    for (name, of) in [("a word that half of a category have", "cat8"), ("a word that none of a category has", "cat7")]
    {
        add(name, &ProductFilter { search: search.clone(), ..category(of)? }, &TWO_SORTS);
    }
    Ok(queries)
}
