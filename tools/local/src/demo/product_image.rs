//! Pictures of the products: a drawing per kind of product, colored for each one.
//!
//! Always the same bytes for the same product, so that browsers may cache them.

use super::catalog::{self, DemoProduct};

const MOTIFS: &str = include_str!("motifs.svg");

/// The picture of the product with this slug, as SVG.
pub fn render(slug: &str) -> Option<String> {
    catalog::all().iter().find(|good| good.slug() == slug).and_then(draw)
}

fn draw(product: &DemoProduct) -> Option<String> {
    let hue = f64::from(product.hue);
    let colours = [
        ("main", hsl_to_hex(hue, 0.52, 0.50)),
        ("dark", hsl_to_hex(hue, 0.48, 0.33)),
        ("light", hsl_to_hex(hue, 0.62, 0.77)),
        ("accent", hsl_to_hex(hue + 150.0, 0.64, 0.56)),
        ("ink", "#2b2a33".to_owned()),
        ("paper", "#fffaf2".to_owned()),
    ];
    let mut thing = find_motif(&product.motif)?.to_owned();
    for (word, colour) in colours {
        thing = thing.replace(&format!("=\"{word}\""), &format!("=\"{colour}\""));
    }
    let (wall, glow) = (hsl_to_hex(hue, 0.36, 0.86), hsl_to_hex(hue, 0.48, 0.93));
    // The only characters of names that are XML markup are `&` and quotes.
    let title = product.name.replace('&', "&amp;").replace('"', "&quot;");
    Some(format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" role="img" aria-label="{title}"><title>{title}</title><rect width="400" height="400" fill="{wall}"/><circle cx="200" cy="196" r="152" fill="{glow}"/><ellipse cx="200" cy="299" rx="118" ry="11" fill="#000" opacity=".13"/>{thing}</svg>"##
    ))
}

fn find_motif(name: &str) -> Option<&'static str> {
    let after = MOTIFS.split_once(&format!("<symbol id=\"{name}\">"))?.1;
    after.split_once("</symbol>").map(|(inside, _)| inside)
}

/// Degrees, and two fractions of one, as `#rrggbb`, which every SVG reader knows.
fn hsl_to_hex(hue: f64, saturation: f64, lightness: f64) -> String {
    let chroma = saturation * lightness.min(1.0 - lightness);
    let channel = |n: f64| {
        let k = (n + hue.rem_euclid(360.0) / 30.0) % 12.0;
        let value = lightness - chroma * (k - 3.0).min(9.0 - k).clamp(-1.0, 1.0);
        (value * 255.0).round() as u8
    };
    format!("#{:02x}{:02x}{:02x}", channel(0.0), channel(8.0), channel(4.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_product_has_a_picture_in_colors_that_exist() {
        for good in catalog::all() {
            let picture = render(&good.slug()).unwrap_or_else(|| panic!("no drawing {}", good.motif));
            for word in ["main", "dark", "light", "accent", "ink", "paper"] {
                assert!(!picture.contains(&format!("=\"{word}\"")), "{}: {word}", good.name);
            }
        }
        assert_eq!(render("../secret"), None);
    }

    #[test]
    fn colors_are_those_of_the_wheel() {
        assert_eq!(
            [hsl_to_hex(0.0, 1.0, 0.5), hsl_to_hex(120.0, 1.0, 0.5), hsl_to_hex(600.0, 1.0, 0.5)],
            ["#ff0000", "#00ff00", "#0000ff"]
        );
    }
}
