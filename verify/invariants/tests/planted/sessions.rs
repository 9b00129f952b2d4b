//! I15: sessions with more rights than their account.

use invariants::Invariant::Sessions;

use crate::expect_violations;
use crate::shop::Shop;

const USERS: &str = "USERDB_URL";

/// Changes of rows that never reached Redis, as manual SQL makes them.
#[tokio::test]
async fn a_session_that_contradicts_its_account_is_found() {
    let shop = Shop::open().await;
    let mut report = shop.check().await;
    assert!(report.holds(), "{report}");
    let (demoted, disabled, ended, gone) = (
        shop.env.admin().await.id,
        shop.env.customer().await.id,
        shop.env.customer().await.id,
        shop.env.customer().await.id,
    );
    for (what, user, change) in [
        ("a demotion", demoted, "update users set role = 'customer'"),
        ("an account that is disabled", disabled, "update users set disabled_at = now()"),
        ("sessions that were ended", ended, "update users set session_epoch = 1"),
        ("a deleted account", gone, "delete from users"),
    ] {
        shop.sql(USERS, &format!("{change} where id = {user}")).await;
        expect_violations(&shop, &mut report, what, Sessions, &[&format!("user {user}")]).await;
    }
}
