use super::*;

fn wanted(product: i32, quantity: i32) -> BasketLine {
    BasketLine { product_id: ProductId::new(product), quantity: Quantity::try_from(i64::from(quantity)).unwrap() }
}

fn catalog() -> Vec<PricedProduct> {
    (1..=60)
        .map(|id| PricedProduct {
            product_id: ProductId::new(id),
            name: format!("P{id}"),
            price: Money::from_cents(i64::from(id) * 333),
            category: None,
            stock: 10,
        })
        .collect()
}

#[test]
fn duplicate_lines_are_summed_and_sorted() {
    let basket = Basket::from_lines(&[wanted(9, 1), wanted(2, 3), wanted(9, 1)]).unwrap();
    let lines: Vec<_> = basket.lines().map(|(p, q)| (p.get(), q)).collect();
    assert_eq!(lines, [(2, 3), (9, 2)]);
}

#[test]
fn a_declined_order_keeps_its_prices_for_a_day_and_its_products_as_long_as_they_are_there() {
    let at = |hours: i64| Timestamp::from_millis(hours * 3_600_000);
    let basket = Basket::from_lines(&[wanted(1, 2), wanted(2, 2)]).unwrap();
    let rules = crate::pricing::PricingRules::default();
    let draft = price_order(&OrderRequest::goods(&basket), &catalog(), &rules, None, at(0)).unwrap();
    let order = Order { status: OrderStatus::PaymentFailed, ..draft.placed(OrderId::new(1), UserId::new(1), at(0)) };
    let dearer: Vec<PricedProduct> = catalog()
        .into_iter()
        .map(|p| PricedProduct { price: p.price.checked_add(Money::from_cents(1)).unwrap(), ..p })
        .collect();
    assert_eq!(check_payable(&order, &catalog(), at(48)), Ok(()));
    assert_eq!(check_payable(&order, &dearer, at(24)), Ok(()));
    let changed = |goods_only| {
        let (subtotal, currency) = (Money::from_cents(2002), Currency::EUR);
        Err(OrderError::GoodsPriceChanged { subtotal, currency, goods_only })
    };
    assert_eq!(check_payable(&order, &dearer, at(25)), changed(true));
    // What was paid for shipping is no price of its goods.
    let (shipping, total) = (Money::from_cents(4), Money::from_cents(2002));
    let shipped = Order { shipping, total, ..order.clone() };
    assert_eq!(check_payable(&shipped, &catalog(), at(25)), Ok(()));
    assert_eq!(check_payable(&shipped, &dearer, at(25)), changed(false));
    let gone: Vec<PricedProduct> = catalog().into_iter().filter(|p| p.product_id.get() != 2).collect();
    assert_eq!(check_payable(&order, &gone, at(1)), Err(OrderError::UnknownProduct(ProductId::new(2))));
}

#[test]
fn only_these_status_transitions_are_allowed() {
    use OrderStatus::*;
    let all = [Pending, Confirmed, PartiallyShipped, Shipped, Delivered, PaymentFailed, Cancelled];
    let allowed = [
        (Confirmed, Shipped),
        (Confirmed, Cancelled),
        (PartiallyShipped, Shipped),
        (Shipped, Delivered),
        (PaymentFailed, Cancelled),
    ];
    for from in all {
        assert_eq!(OrderStatus::parse(from.as_str()), Some(from));
        for to in all {
            assert_eq!(from.can_transition_to(to), allowed.contains(&(from, to)), "{from:?} → {to:?}");
        }
    }
}
