//! An account that verifies its address and takes over what a guest with it has bought.

use anyhow::Result;
use testkit::TestUser;

use super::env::MatrixEnv;
use super::scenario::ScenarioState;

/// An account with the guest's address, not verified yet.
pub(super) async fn open_account(world: &MatrixEnv, guest: &TestUser) -> Result<TestUser> {
    let account = world.env.customer().await;
    let mut db = world.env.connection("USERDB_URL").await;
    let same = sqlx::query("update guests set email = $2 where id = $1").bind(guest.id.get()).bind(&account.email);
    same.execute(&mut *db).await?;
    Ok(account)
}

/// However often the link was opened: the order and the use of its discount are the account's, and the guest
/// is claimed and signed out.
pub(super) async fn check_take_over(
    world: &MatrixEnv,
    scene: &ScenarioState,
    broken: &mut impl FnMut(String),
) -> Result<()> {
    let (guest, account) = (scene.customer.id.get(), scene.caller_id());
    let mut db = world.env.connection("ORDERDB_URL").await;
    let select = "select user_id, (select uses from discount_customers c where c.discount_id = o.discount_id and c.user_id = $2),
        (select count(*) from outbox where body like '{%order.taken_over%' and body::jsonb #>> '{data,orderId}' = o.id::text)
        from orders o where id = $1";
    let found: (i32, Option<i32>, i64) =
        sqlx::query_as(select).bind(scene.order).bind(account).fetch_one(&mut *db).await?;
    if found != (account, Some(1), 1) {
        broken(format!("the order's owner, the uses of user {account} and the events are {found:?}"));
    }
    let mut db = world.env.connection("USERDB_URL").await;
    let select =
        "select claimed_by, (select email_verified_at is not null from users where id = $2) from guests where id = $1";
    let claimed: (Option<i32>, Option<bool>) =
        sqlx::query_as(select).bind(guest).bind(account).fetch_one(&mut *db).await?;
    if claimed != (Some(account), Some(true)) {
        broken(format!("guest {guest} is claimed by {claimed:?}"));
    }
    let signed_in = world.orders.as_user(&scene.customer).get("/api/orders").await;
    if signed_in.status != 401 {
        broken(format!("guest {guest} is still signed in: {}", signed_in.status));
    }
    Ok(())
}
