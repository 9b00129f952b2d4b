//! The parts of sample requests that the OpenAPI document does not contain.

/// A body for each operation with a body.
pub(crate) const BODIES: [(&str, &str); 14] = [
    ("sign_up", r#"{"name":"Ada Lovelace","email":"ada@example.org","password":"correct horse"}"#),
    ("log_in", r#"{"email":"ada@example.org","password":"correct horse"}"#),
    ("add_product", r#"{"name":"Stoneware mug","price":18.5,"stock":40,"category":"kitchen"}"#),
    ("replace_product", r#"{"name":"Stoneware mug","price":17.9,"category":"kitchen"}"#),
    ("place_order", r#"{"items":[{"productId":1,"quantity":2}],"payment":{"method":"tok_visa"}}"#),
    ("update_order", r#"{"status":"cancelled"}"#),
    ("pay_order", r#"{"orderId":1,"method":"tok_visa"}"#),
    ("refund_payment", r#"{"amount":5}"#),
    ("adjust_stock", r#"{"delta":12,"reason":"delivery"}"#),
    ("check_stock", r#"{"items":[{"productId":1,"quantity":2}]}"#),
    ("send_notification", r#"{"userId":1,"type":"newsletter","subject":"New mugs","message":"They are here."}"#),
    ("write_review", r#"{"productId":1,"rating":5,"comment":"Lovely."}"#),
    ("change_review", r#"{"rating":4,"comment":"Lovely, but small."}"#),
    ("track_event", r#"{"eventType":"product.viewed","metadata":{"productId":1}}"#),
];

/// Queries that show how an operation is used.
pub(crate) const QUERIES: [(&str, &str); 4] = [
    ("list_products", "q=mug&sort=price&limit=3"),
    ("list_orders", "status=confirmed&limit=10"),
    ("list_reviews", "sort=-rating&limit=3"),
    ("show_dashboard", "days=30"),
];

/// Path parameters, by their schema: Postgres has numbers, MongoDB 24 hexadecimal digits, DynamoDB a
/// UUID.
pub(crate) const NUMBER: &str = "1";
pub(crate) const OBJECT_ID: &str = "64b0c0ffee64b0c0ffee64b0";
pub(crate) const UUID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
