//! Properties of prices, over random baskets and rules.

use domain::addresses::Address;
use domain::pricing::{
    Discount, DiscountValue, Goods, Percentage, PricingRules, ShippingMethod, ShopSettings, TaxRate, price,
};
use domain::{DiscountId, Money, ProductId, ShippingMethodId, TaxRateId};
use proptest::prelude::*;

const BASKETS: u32 = 10_000;

fn goods() -> impl Strategy<Value = Vec<Goods>> {
    let line = (0..=2_000_000i64, 1..=100i32, 0..4usize);
    prop::collection::vec(line, 1..=50).prop_map(|lines| {
        let line = |(place, (cents, quantity, category)): (usize, (i64, i32, usize))| Goods {
            product_id: ProductId::new(i32::try_from(place).unwrap() + 1),
            quantity,
            price: Money::from_cents(cents),
            category: [None, Some("Books"), Some("Food"), Some("shipping")][category].map(str::to_owned),
        };
        lines.into_iter().enumerate().map(line).collect()
    })
}

fn rate(place: usize, points: i32, category: Option<&str>) -> TaxRate {
    TaxRate {
        id: TaxRateId::new(i32::try_from(place).unwrap() + 1),
        country: "DE".to_owned().try_into().unwrap(),
        region: None,
        category: category.map(|category| category.to_owned().try_into().unwrap()),
        percentage: Percentage::from_basis_points(points),
    }
}

prop_compose! {
    fn rules()(
        prices_include_tax in any::<bool>(),
        all in 0..=10_000i32,
        books in prop::option::of(0..=10_000i32),
        cents in 0..=100_000i64,
        free_above in prop::option::of(0..=1_000_000i64),
    ) -> PricingRules {
        let mut tax_rates = vec![rate(0, all, None)];
        tax_rates.extend(books.map(|points| rate(1, points, Some("books"))));
        let standard = ShippingMethod {
            id: ShippingMethodId::new(1),
            name: "Standard".to_owned().try_into().unwrap(),
            price: Money::from_cents(cents),
            free_above: free_above.map(Money::from_cents),
            countries: vec![],
            min_days: 2,
            max_days: 5,
            active: true,
        };
        let settings = ShopSettings { prices_include_tax, ..ShopSettings::default() };
        PricingRules { version: 1, settings, tax_rates, shipping_methods: vec![standard] }
    }
}

fn discount() -> impl Strategy<Value = Option<Discount>> {
    let value = prop_oneof![
        (0..=10_000i32).prop_map(|points| DiscountValue::Percentage(Percentage::from_basis_points(points))),
        (1..=50_000_000i64).prop_map(|cents| DiscountValue::Amount(Money::from_cents(cents))),
    ];
    prop::option::of(value.prop_map(|value| Discount {
        id: DiscountId::new(1),
        code: "WELCOME".to_owned().try_into().unwrap(),
        value,
        minimum_subtotal: Money::ZERO,
        starts_at: None,
        ends_at: None,
        max_uses: None,
        max_uses_per_customer: None,
        uses: 0,
        active: true,
    }))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: BASKETS, ..ProptestConfig::default() })]

    #[test]
    fn all_lines_add_up_to_the_cent(goods in goods(), rules in rules(), discount in discount(), shipped in any::<bool>()) {
        let method = shipped.then(|| &rules.shipping_methods[0]);
        let Some(priced) = price(&goods, &rules, None, method, discount.as_ref()) else { return Ok(()) };
        let amounts = priced.amounts;
        let sum = |part: fn(&domain::pricing::PricedLine) -> Money| priced.lines.iter().map(part).sum::<Money>();
        let added = if amounts.tax_included { Money::ZERO } else { amounts.tax };
        prop_assert_eq!(amounts.subtotal - amounts.discount + amounts.shipping + added, amounts.total);
        prop_assert_eq!(sum(|line| line.discount), amounts.discount);
        prop_assert_eq!(sum(|line| line.tax) + amounts.shipping_tax, amounts.tax);
        let shipping = amounts.shipping + if amounts.tax_included { Money::ZERO } else { amounts.shipping_tax };
        prop_assert_eq!(sum(|line| line.total) + shipping, amounts.total);
        prop_assert!(amounts.discount <= amounts.subtotal);
        for (line, priced) in goods.iter().zip(&priced.lines) {
            let gross = line.price.checked_mul(i64::from(line.quantity)).unwrap();
            let exact = amounts.discount.cents() as f64 * gross.cents() as f64 / (amounts.subtotal.cents() as f64).max(1.0);
            prop_assert!(priced.discount <= gross && priced.discount >= Money::ZERO);
            prop_assert!((priced.discount.cents() as f64 - exact).abs() < 1.001, "{} of {exact}", priced.discount);
            prop_assert!(priced.tax >= Money::ZERO && priced.total >= Money::ZERO);
        }
    }

    #[test]
    fn tax_that_is_included_and_tax_that_is_added_agree_to_a_cent_a_line(goods in goods(), rules in rules()) {
        let excluded = PricingRules { settings: ShopSettings { prices_include_tax: false, ..rules.settings.clone() }, ..rules };
        let Some(net) = price(&goods, &excluded, None, None, None) else { return Ok(()) };
        let included =
            PricingRules { settings: ShopSettings { prices_include_tax: true, ..excluded.settings.clone() }, ..excluded };
        for (line, priced) in goods.iter().zip(&net.lines) {
            let with_tax = Goods { quantity: 1, price: priced.total, ..line.clone() };
            let Some(gross) = price(&[with_tax], &included, None, None, None) else { continue };
            prop_assert!((gross.lines[0].tax.cents() - priced.tax.cents()).abs() <= 1);
        }
    }
}

#[test]
fn the_most_specific_tax_rate_applies() {
    let region = |name: &str| name.to_owned().try_into().unwrap();
    let mut rules = PricingRules {
        version: 1,
        settings: ShopSettings::default(),
        tax_rates: vec![rate(0, 1900, None), rate(1, 700, Some("Books"))],
        shipping_methods: vec![],
    };
    let germany = rules.settings.home_country;
    let points = |rules: &PricingRules, region, category| rules.tax_rate(germany, region, category).basis_points();
    assert_eq!(points(&rules, None, None), 1900);
    assert_eq!(points(&rules, None, Some("books")), 700);
    assert_eq!(points(&rules, Some("Island"), Some("books")), 700);
    rules.tax_rates.push(TaxRate { region: Some(region("Island")), ..rate(2, 0, None) });
    assert_eq!(points(&rules, Some("island"), Some("Books")), 0);
    rules.tax_rates.push(TaxRate { region: Some(region("Island")), ..rate(3, 300, Some("Books")) });
    assert_eq!(points(&rules, Some("island"), Some("Books")), 300);
    assert_eq!(rules.tax_rate("FR".to_owned().try_into().unwrap(), None, None), Percentage::ZERO);
}

#[test]
fn an_address_gets_the_cheapest_method_that_serves_it_and_no_address_none() {
    let method = |id, cents, countries: &[&str], active| ShippingMethod {
        id: ShippingMethodId::new(id),
        name: format!("M{id}").try_into().unwrap(),
        price: Money::from_cents(cents),
        free_above: None,
        countries: countries.iter().map(|country| (*country).to_owned().try_into().unwrap()).collect(),
        min_days: 1,
        max_days: 2,
        active,
    };
    let rules = PricingRules {
        version: 1,
        settings: ShopSettings::default(),
        tax_rates: vec![],
        shipping_methods: vec![method(1, 900, &[], true), method(2, 500, &["DE"], true), method(3, 0, &[], false)],
    };
    let address = |country: &str, code: &str| -> Address {
        serde_json::from_value(serde_json::json!({
            "name": "Ada", "line1": "Street 1", "city": "Town", "postalCode": code, "country": country
        }))
        .unwrap()
    };
    let chosen = |address: Option<&Address>, named: Option<i32>| {
        let method = rules.choose_method(address, named.map(ShippingMethodId::new));
        method.map(|method| method.map(|method| method.id.get()))
    };
    let (berlin, paris) = (address("DE", "10115"), address("FR", "75001"));
    assert_eq!(chosen(None, None), Ok(None));
    assert_eq!(chosen(Some(&berlin), None), Ok(Some(2)));
    assert_eq!(chosen(Some(&paris), None), Ok(Some(1)));
    assert_eq!(chosen(Some(&berlin), Some(1)), Ok(Some(1)));
    assert!(chosen(Some(&paris), Some(2)).is_err());
    assert!(chosen(None, Some(3)).is_err());
}
