//! Orders as they are placed: what they cost, and why they are refused.

use domain::addresses::Address;
use domain::orders::{Basket, OrderError, OrderRequest, PricedProduct, price_order};
use domain::pricing::{Discount, DiscountValue, MethodName, Percentage, PricingRules, ShopSettings, TaxRate};
use domain::{DiscountId, Money, OrderId, Problem, ProductId, ShippingMethodId, TaxRateId, Timestamp, UserId};
use proptest::prelude::*;
use serde_json::{Value, json};

fn basket(lines: &[(i32, i32)]) -> Basket {
    let lines = lines.iter().map(|(id, quantity)| json!({"productId": id, "quantity": quantity})).collect();
    serde_json::from_value(Value::Array(lines)).unwrap()
}

/// Product 7 costs 23.31.
fn catalog() -> Vec<PricedProduct> {
    let product = |id| PricedProduct {
        product_id: ProductId::new(id),
        name: format!("P{id}"),
        price: Money::from_cents(i64::from(id) * 333),
        category: None,
        stock: 10,
    };
    (1..=60).map(product).collect()
}

fn address(country: &str, postal_code: &str) -> Address {
    let text = json!({
        "name": "Ada", "line1": "Street 1", "city": "Town", "postalCode": postal_code, "country": country
    });
    serde_json::from_value(text).unwrap()
}

fn rules() -> PricingRules {
    let method = json!({"id": 1, "name": "Standard", "price": 4.9, "freeAbove": 100, "countries": ["DE"],
        "minDays": 2, "maxDays": 5, "active": true});
    let rate = TaxRate {
        id: TaxRateId::new(1),
        country: "DE".to_owned().try_into().unwrap(),
        region: None,
        category: None,
        percentage: Percentage::from_basis_points(1900),
    };
    PricingRules {
        version: 3,
        tax_rates: vec![rate],
        shipping_methods: vec![serde_json::from_value(method).unwrap()],
        ..PricingRules::default()
    }
}

fn ten_percent() -> Discount {
    Discount {
        id: DiscountId::new(1),
        code: "TEN".to_owned().try_into().unwrap(),
        value: DiscountValue::Percentage(Percentage::from_basis_points(1000)),
        minimum_subtotal: Money::from_cents(2000),
        starts_at: None,
        ends_at: Some(Timestamp::from_millis(1000)),
        max_uses: None,
        max_uses_per_customer: None,
        uses: 0,
        active: true,
    }
}

fn now() -> Timestamp {
    Timestamp::from_millis(0)
}

#[test]
fn an_order_has_the_money_lines_of_the_one_price_function() {
    let (basket, berlin, code) = (basket(&[(7, 1), (8, 2)]), address("DE", "10115"), ten_percent().code);
    let request = OrderRequest { address: Some(&berlin), discount_code: Some(&code), ..OrderRequest::goods(&basket) };
    let draft = price_order(&request, &catalog(), &rules(), Some(&ten_percent()), now()).unwrap();
    let order = draft.placed(OrderId::new(1), UserId::new(2), now());
    // 23.31 and 53.28, less 7.66 that is shared by largest remainder, and 4.90.
    assert_eq!([order.subtotal, order.discount, order.shipping, order.total].map(Money::cents), [7659, 766, 490, 7383]);
    assert_eq!(order.items.iter().map(|line| line.total.cents()).collect::<Vec<_>>(), [2098, 4795]);
    assert_eq!(order.tax, order.items.iter().map(|line| line.tax).sum::<Money>() + order.shipping_tax);
    assert_eq!(order.shipping_method.as_ref().map(MethodName::as_str), Some("Standard"));
    assert_eq!((draft.rules_version, order.discount_code), (3, Some(code)));
}

#[test]
fn goods_alone_have_no_shipping_and_their_tax_is_in_the_price() {
    let basket = basket(&[(1, 2)]);
    let draft = price_order(&OrderRequest::goods(&basket), &catalog(), &rules(), None, now()).unwrap();
    let amounts = draft.amounts;
    assert_eq!([amounts.total, amounts.shipping, amounts.tax].map(Money::cents), [666, 0, 106]);
    assert!(amounts.tax_included);
}

#[test]
fn a_total_that_differs_by_a_cent_is_refused_with_a_fresh_quote() {
    let basket = basket(&[(1, 1)]);
    let seen = |cents| OrderRequest { client_total: Some(Money::from_cents(cents)), ..OrderRequest::goods(&basket) };
    let rules = PricingRules::default();
    let problem = Problem::from(price_order(&seen(334), &catalog(), &rules, None, now()).unwrap_err());
    let parts = problem.into_parts();
    assert_eq!((parts.code, &parts.extensions["total"]), ("price_changed", &json!(3.33)));
    let quote = &parts.extensions["quote"];
    assert_eq!(
        (&quote["currency"], &quote["subtotal"], &quote["items"][0]["total"]),
        (&json!("EUR"), &json!(3.33), &json!(3.33))
    );
    assert!(price_order(&seen(333), &catalog(), &rules, None, now()).is_ok());
}

#[test]
fn what_is_wrong_is_named() {
    let (small, large, code) = (basket(&[(1, 1)]), basket(&[(7, 1)]), ten_percent().code);
    let (paris, method) = (address("FR", "75001"), Some(ShippingMethodId::new(9)));
    let price = |request, discount: Option<&Discount>, now| {
        let rules = rules();
        Problem::from(price_order(&request, &catalog(), &rules, discount, now).unwrap_err()).into_parts()
    };
    let coded = |basket| OrderRequest { discount_code: Some(&code), ..OrderRequest::goods(basket) };
    let (ten, later) = (ten_percent(), Timestamp::from_millis(1000));
    let off = Discount { active: false, ..ten_percent() };
    let used_up = Discount { max_uses: Some(1), uses: 1, ..ten_percent() };
    for (problem, code, field) in [
        (price(coded(&large), None, now()), "discount_unknown", "discountCode"),
        (price(coded(&large), Some(&off), now()), "discount_unknown", "discountCode"),
        (price(coded(&large), Some(&ten), later), "discount_ended", "discountCode"),
        (price(coded(&small), Some(&ten), now()), "discount_below_minimum", "discountCode"),
        (price(coded(&large), Some(&used_up), now()), "discount_used_up", "discountCode"),
        (
            price(OrderRequest { shipping_method: method, ..OrderRequest::goods(&large) }, None, now()),
            "unknown_shipping_method",
            "shippingMethodId",
        ),
        (
            price(OrderRequest { address: Some(&paris), ..OrderRequest::goods(&large) }, None, now()),
            "shipping_unavailable",
            "shippingAddress.country",
        ),
    ] {
        assert_eq!((problem.code, problem.errors[0].field.as_str()), (code, field));
    }
    let settings = ShopSettings { address_required: true, ..ShopSettings::default() };
    let strict = PricingRules { settings, ..rules() };
    let missing = price_order(&OrderRequest::goods(&large), &catalog(), &strict, None, now());
    assert_eq!(missing, Err(OrderError::AddressRequired));
}

proptest! {
    #[test]
    fn the_total_is_the_integer_sum_whatever_the_lines(lines in prop::collection::vec((1..=60i32, 1..=100i32), 1..=50)) {
        let basket = basket(&lines);
        let draft = price_order(&OrderRequest::goods(&basket), &catalog(), &PricingRules::default(), None, now()).unwrap();
        let sum: i64 = lines.iter().map(|(p, q)| i64::from(*p) * 333 * i64::from(*q)).sum();
        prop_assert_eq!(draft.amounts.total.cents(), sum);
        prop_assert!(draft.lines.windows(2).all(|w| w[0].product_id < w[1].product_id));
    }
}
