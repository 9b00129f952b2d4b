//! Orders of guests whom an account has claimed: moves what a crash, an unavailable orderdb or an
//! unfinished checkout has left with them.

use domain::Result;
use store_postgres::guests;

use crate::App;

/// How many guests are read at once.
const PAGE_SIZE: i64 = 200;
/// How long after its claim a guest may still get an order, in seconds. The guest's sessions ended before
/// it, and no request runs longer than a few seconds: 15 minutes leave room for clocks and slow stores.
const SETTLED_AFTER_SECONDS: i64 = 15 * 60;

/// Moves orders of claimed guests to their accounts; returns how many. A guest without orders is not looked
/// at again once the claim is old enough.
pub(crate) async fn move_claimed_orders(app: &App) -> Result<usize> {
    let (mut moved, mut after) = (0, None);
    loop {
        let page = guests::list_claims(&mut app.userdb.acquire().await?, after, PAGE_SIZE).await?;
        let Some(last) = page.last() else { return Ok(moved) };
        after = Some(last.guest);
        for claim in page {
            let mut orders = app.checkout.orders().acquire().await?;
            let done = guests::take_over_orders(&mut orders, claim.guest, claim.account).await?;
            drop(orders);
            moved += usize::try_from(done.moved).unwrap_or_default();
            let now = app.clock.now();
            if done.remaining == 0 && now >= claim.claimed_at.plus_seconds(SETTLED_AFTER_SECONDS) {
                guests::mark_moved(&mut app.userdb.acquire().await?, claim.guest, now).await?;
            }
        }
    }
}
