//! The products of the demo data.

use std::sync::LazyLock;

use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub struct DemoProduct {
    /// Unique among the products.
    pub name: String,
    pub category: String,
    /// The drawing in `motifs.svg`.
    pub motif: String,
    /// The picture's main color, in degrees of the color wheel.
    pub hue: u16,
    /// As the API accepts it.
    pub price: serde_json::Number,
    /// Units before the first demo order.
    pub stock: u32,
    /// One or two sentences.
    pub description: String,
}

static PRODUCTS: LazyLock<Vec<DemoProduct>> =
    LazyLock::new(|| serde_json::from_str(include_str!("goods.json")).expect("a test reads it"));

/// All products, by category.
pub fn all() -> &'static [DemoProduct] {
    &PRODUCTS
}

impl DemoProduct {
    /// Its name in file names: `sencha-first-flush-100-g`.
    pub fn slug(&self) -> String {
        let plain = self.name.to_lowercase().replace('\'', "");
        let words = plain.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        words.collect::<Vec<_>>().join("-")
    }

    /// The path of its picture on the local server.
    pub fn image_path(&self) -> String {
        format!("/images/{}.svg", self.slug())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn sixty_products_in_eight_categories_some_sold_out_some_low() {
        assert_eq!(all().len(), 60);
        let distinct = |of: fn(&DemoProduct) -> String| all().iter().map(of).collect::<HashSet<_>>().len();
        assert_eq!(distinct(DemoProduct::slug), 60);
        assert_eq!(distinct(|good| good.category.clone()), 8);
        assert!(all().iter().filter(|good| good.stock == 0).count() >= 2);
        assert!(all().iter().filter(|good| (1..10).contains(&good.stock)).count() >= 4);
    }

    #[test]
    fn a_slug_is_a_plain_file_name() {
        assert_eq!(all()[4].slug(), "sencha-first-flush-100-g");
        assert!(all().iter().all(|good| good.slug().bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')));
    }
}
