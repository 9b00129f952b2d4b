//! I16: address books that no request can make.

use invariants::Invariant::AddressBooks;

use crate::expect_violations;
use crate::shop::Shop;

const USERS: &str = "USERDB_URL";

#[tokio::test]
async fn an_address_book_without_a_default_or_with_too_many_is_found() {
    let shop = Shop::open().await;
    let (ada, bob) = (shop.ada.id, shop.env.customer().await.id);
    let insert = |user, count| {
        format!(
            "insert into addresses (user_id, is_default, address, created_at, updated_at)
             select {user}, n = 1, '{{}}', now(), now() from generate_series(1, {count}) n"
        )
    };
    for user in [ada, bob] {
        shop.sql(USERS, &insert(user, 20)).await;
    }
    let mut report = shop.check().await;
    assert!(report.holds(), "{report}");
    let none = format!("update addresses set is_default = false where user_id = {ada}");
    shop.sql(USERS, &none).await;
    expect_violations(&shop, &mut report, "no default", AddressBooks, &[&format!("user {ada}")]).await;
    let more = format!(
        "insert into addresses (user_id, is_default, address, created_at, updated_at)
         values ({bob}, false, '{{}}', now(), now())"
    );
    shop.sql(USERS, &more).await;
    expect_violations(&shop, &mut report, "21 addresses", AddressBooks, &[&format!("user {bob}")]).await;
}
