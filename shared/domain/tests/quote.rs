//! Quotes: what they cost, and what they find wrong.

use domain::addresses::Address;
use domain::orders::PricedProduct;
use domain::pricing::{
    Discount, DiscountCode, DiscountValue, NamedDiscount, Percentage, PricingRules, Quote, QuoteLines, QuoteRequest,
    ShippingMethod, ShopSettings, TaxRate, quote,
};
use domain::{DiscountId, Money, ProductId, ShippingMethodId, TaxRateId, Timestamp};
use serde_json::{Value, json};

const NOW: i64 = 1_769_860_800_000;

fn cents(cents: i64) -> Money {
    Money::from_cents(cents)
}

fn product(id: i32, price: i64, stock: i32) -> PricedProduct {
    let name = format!("Product {id}");
    PricedProduct { product_id: ProductId::new(id), name, price: cents(price), category: Some("Tea".to_owned()), stock }
}

fn method(id: i32, price: i64, country: &str) -> ShippingMethod {
    ShippingMethod {
        id: ShippingMethodId::new(id),
        name: format!("Method {id}").try_into().unwrap(),
        price: cents(price),
        free_above: Some(cents(10_000)),
        countries: vec![country.to_owned().try_into().unwrap()],
        min_days: 1,
        max_days: 3,
        active: true,
    }
}

/// 19 % in Germany, two methods there and one to France.
fn rules() -> PricingRules {
    let rate = TaxRate {
        id: TaxRateId::new(1),
        country: "DE".to_owned().try_into().unwrap(),
        region: None,
        category: None,
        percentage: Percentage::from_basis_points(1900),
    };
    let shipping_methods = vec![method(1, 990, "DE"), method(2, 490, "DE"), method(3, 1500, "FR")];
    PricingRules { version: 1, settings: ShopSettings::default(), tax_rates: vec![rate], shipping_methods }
}

fn address(country: &str, postal_code: &str) -> Address {
    let address =
        json!({"name": "Ada", "line1": "Street 1", "city": "City", "postalCode": postal_code, "country": country});
    serde_json::from_value(address).unwrap()
}

fn tenth() -> Discount {
    Discount {
        id: DiscountId::new(1),
        code: DiscountCode::try_from("TENTH".to_owned()).unwrap(),
        value: DiscountValue::Percentage(Percentage::from_basis_points(1000)),
        minimum_subtotal: cents(1000),
        starts_at: None,
        ends_at: None,
        max_uses: None,
        max_uses_per_customer: Some(1),
        uses: 0,
        active: true,
    }
}

fn lines(items: Value) -> QuoteLines {
    serde_json::from_value(items).unwrap()
}

fn ask(items: Value, address: Option<&Address>, method: Option<i32>, discount: NamedDiscount<'_>) -> Quote {
    let catalog = [product(1, 1190, 3), product(2, 595, 0)];
    let lines = lines(items);
    let request = QuoteRequest { lines: &lines, address, method: method.map(ShippingMethodId::new), discount };
    quote(request, &catalog, &rules(), Timestamp::from_millis(NOW)).unwrap()
}

fn problems(quote: &Quote) -> Vec<(&str, &str)> {
    quote.problems.iter().map(|problem| (problem.field.as_str(), problem.code)).collect()
}

#[test]
fn the_price_of_a_client_without_an_address_is_that_of_its_goods() {
    let quote = ask(json!([{"productId": 1, "quantity": 2}]), None, None, NamedDiscount::None);
    assert_eq!((quote.amounts.total, quote.amounts.shipping), (cents(2380), Money::ZERO));
    assert_eq!((quote.amounts.tax, quote.shipping_method_id), (cents(380), None));
    assert_eq!(problems(&quote), []);
    let offered: Vec<i32> = quote.shipping_methods.iter().map(|method| method.id.get()).collect();
    assert_eq!(offered, [2, 1], "of the shop's own country, by price");
}

#[test]
fn an_address_gets_the_cheapest_method_unless_another_one_is_named() {
    let (berlin, one) = (address("DE", "10115"), json!([{"productId": 1, "quantity": 1}]));
    let cheapest = ask(one.clone(), Some(&berlin), None, NamedDiscount::None);
    assert_eq!((cheapest.shipping_method_id, cheapest.amounts.total), (Some(ShippingMethodId::new(2)), cents(1680)));
    let named = ask(one, Some(&berlin), Some(1), NamedDiscount::None);
    assert_eq!((named.shipping_method_id, named.amounts.total), (Some(ShippingMethodId::new(1)), cents(2180)));
    let free = ask(json!([{"productId": 1, "quantity": 9}]), Some(&berlin), None, NamedDiscount::None);
    assert_eq!(free.amounts.shipping, Money::ZERO, "above the amount that makes it free");
    assert!(free.shipping_methods.iter().all(|method| method.price == Money::ZERO));
}

#[test]
fn lines_are_named_as_they_were_sent_and_short_goods_keep_their_price() {
    let items = json!([
        {"productId": 9, "quantity": 1}, {"productId": 2, "quantity": 1},
        {"productId": 1, "quantity": 2}, {"productId": 1, "quantity": 2},
    ]);
    let quote = ask(items, None, None, NamedDiscount::None);
    assert_eq!(
        problems(&quote),
        [("items[2]", "insufficient_stock"), ("items[1]", "insufficient_stock"), ("items[0]", "unknown_product")]
    );
    let left: Vec<Option<i32>> = quote.problems.iter().map(|problem| problem.available).collect();
    assert_eq!(left, [Some(3), Some(0), None]);
    let items: Vec<(i32, i32, Option<&str>)> =
        quote.items.iter().map(|item| (item.product_id.get(), item.quantity, item.problem)).collect();
    assert_eq!(items, [(1, 4, Some("insufficient_stock")), (2, 1, Some("insufficient_stock"))]);
    assert_eq!(quote.amounts.total, cents(4 * 1190 + 595));
}

#[test]
fn a_basket_of_unknown_products_costs_nothing_and_ships_nothing() {
    let berlin = address("DE", "10115");
    let quote = ask(json!([{"productId": 9, "quantity": 1}]), Some(&berlin), None, NamedDiscount::None);
    assert_eq!((quote.amounts.total, quote.items.len(), quote.shipping_method_id), (Money::ZERO, 0, None));
}

#[test]
fn a_discount_lowers_the_price_or_says_why_it_does_not() {
    let discount = tenth();
    let found = |customer_uses| NamedDiscount::Found { discount: &discount, customer_uses };
    let (one, none) = (json!([{"productId": 1, "quantity": 1}]), json!([{"productId": 9, "quantity": 1}]));
    let quote = ask(one.clone(), None, None, found(0));
    assert_eq!(
        (quote.amounts.discount, quote.amounts.total, quote.items[0].total),
        (cents(119), cents(1071), cents(1071))
    );
    for (items, named, code) in [
        (&one, NamedDiscount::Unknown, "discount_unknown"),
        (&one, found(1), "discount_used_by_customer"),
        (&none, found(0), "discount_below_minimum"),
    ] {
        let quote = ask(items.clone(), None, None, named);
        assert_eq!(problems(&quote).last(), Some(&("discountCode", code)));
        assert_eq!(quote.amounts.discount, Money::ZERO);
    }
    let switched_off = Discount { active: false, ..tenth() };
    let used_up = Discount { max_uses: Some(5), uses: 5, ..tenth() };
    let later = Discount { starts_at: Some(Timestamp::from_millis(NOW + 1)), ..tenth() };
    let over = Discount { ends_at: Some(Timestamp::from_millis(NOW)), ..tenth() };
    for (discount, code) in [
        (switched_off, "discount_unknown"),
        (used_up, "discount_used_up"),
        (later, "discount_not_started"),
        (over, "discount_ended"),
    ] {
        let named = NamedDiscount::Found { discount: &discount, customer_uses: 0 };
        assert_eq!(problems(&ask(one.clone(), None, None, named)), [("discountCode", code)]);
    }
}

#[test]
fn an_address_that_no_method_serves_is_a_problem_and_so_is_a_method_that_does_not() {
    let (rome, paris) = (address("IT", "00184"), address("FR", "75001"));
    let one = json!([{"productId": 1, "quantity": 1}]);
    for (to, method, problem) in [
        (&rome, None, ("shippingAddress.country", "shipping_unavailable")),
        (&paris, Some(1), ("shippingMethodId", "shipping_unavailable")),
        (&paris, Some(9), ("shippingMethodId", "unknown_shipping_method")),
    ] {
        let quote = ask(one.clone(), Some(to), method, NamedDiscount::None);
        assert_eq!(problems(&quote), [problem]);
        assert_eq!((quote.amounts.shipping, quote.shipping_method_id), (Money::ZERO, None));
    }
}

#[test]
fn more_than_any_order_may_cost_has_no_quote() {
    let lines = lines(json!([{"productId": 1, "quantity": 100}]));
    let catalog = [product(1, 9_999_999_999, 1000)];
    let request = QuoteRequest { lines: &lines, address: None, method: None, discount: NamedDiscount::None };
    assert!(quote(request, &catalog, &rules(), Timestamp::from_millis(NOW)).is_none());
}
