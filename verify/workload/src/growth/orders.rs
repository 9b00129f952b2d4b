//! Lists of orders. One customer has the older half of all.

use anyhow::{Context, Result};
use domain::orders::OrderStatus;
use domain::{OrderId, PageSize, UserId};
use runtime::Env;
use sqlx::Executor;
use store_postgres::orders::{self, OrderFilter};
use store_postgres::{Database, Role};

use super::Args;
use super::costs::{Cost, measure, print_costs, print_flushed, print_header};
use super::scratch::{Scratch, decode};

/// The newer half belongs to 500 customers. One order in 1,000 is unpaid; the customer of the older
/// half has no shipped one, everybody else has nothing else.
const FILL: &str = "
    insert into orders (user_id, total, status, created_at, updated_at, payment_id, payment_method)
    select case when i <= $1 / 2 then 1 else 2 + i % 500 end, 19.98,
        case when i % 1000 = 7 then 'payment_failed' when i <= $1 / 2 then 'delivered' else 'shipped' end,
        now(), now(), gen_random_uuid(), 'tok_visa'
    from generate_series(1, $1) as i";
const FILL_LINES: &str = "
    insert into order_items (order_id, product_id, quantity, price, name)
    select id, line, 1, 9.99, 'A mug' from orders, generate_series(1, 2) as line order by id, line";

pub(super) async fn run(env: &Env, args: &Args) -> Result<()> {
    let (small, large) = (Side::fill(env, args.small).await?, Side::fill(env, args.orders).await?);
    print_flushed(&format!("\nOrders, half of them of one customer, of {} and {}\n", args.small, args.orders));
    print_header(args.small, args.orders);
    let of = |user: Option<i32>, status| OrderFilter { user: user.map(UserId::new), status, before: None };
    for (name, filter) in [
        ("of the customer with half of them", of(Some(1), None)),
        ("of that customer, delivered", of(Some(1), Some(OrderStatus::Delivered))),
        ("of that customer, unpaid", of(Some(1), Some(OrderStatus::PaymentFailed))),
        ("of that customer, shipped: none", of(Some(1), Some(OrderStatus::Shipped))),
        ("of another customer", of(Some(7), None)),
        ("of nobody", of(Some(100_000), None)),
        ("all", of(None, None)),
        ("all delivered", of(None, Some(OrderStatus::Delivered))),
        ("all unpaid", of(None, Some(OrderStatus::PaymentFailed))),
    ] {
        let first = (small.cost(filter, args).await?, large.cost(filter, args).await?);
        let fiftieth = match large.fiftieth(filter).await? {
            Some(before) => Some(large.cost(OrderFilter { before: Some(before), ..filter }, args).await?),
            None => None,
        };
        print_costs(name, first.0, first.1, fiftieth);
    }
    small.scratch.remove().await?;
    large.scratch.remove().await
}

struct Side {
    scratch: Scratch,
    db: Database,
}

impl Side {
    async fn fill(env: &Env, rows: u32) -> Result<Self> {
        let scratch = Scratch::create(env, rows).await?;
        let mut admin = scratch.admin("orderdb").await?;
        sqlx::query(FILL).bind(i32::try_from(rows)?).execute(&mut admin).await?;
        admin.execute(FILL_LINES).await?;
        admin.execute("vacuum analyze").await?;
        Ok(Self { db: scratch.database("orderdb", Role::ORDERS), scratch })
    }

    async fn cost(&self, filter: OrderFilter, args: &Args) -> Result<Cost> {
        let list = async |conn: &mut _| Ok(orders::list(conn, filter, page_size()).await?.rows().len());
        measure(&self.db, args.rounds, list).await
    }

    /// The order before which the fiftieth page starts; none if there is no such page.
    async fn fiftieth(&self, mut filter: OrderFilter) -> Result<Option<OrderId>> {
        let mut conn = self.db.acquire().await?;
        for _ in 1..50 {
            let page = orders::list(&mut conn, filter, page_size()).await?;
            let Some(next) = page.next_cursor(page.rows().len()) else { return Ok(None) };
            let key = decode::<OrderId>(&next)?.into_key(|_| true);
            filter.before = Some(key.ok().context("a cursor of this list")?);
        }
        Ok(filter.before)
    }
}

fn page_size() -> PageSize {
    PageSize::new(20).unwrap_or_default()
}
