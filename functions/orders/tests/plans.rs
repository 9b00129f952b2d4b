//! Lists of orders cost a page, whoever has how many orders: what a statement visited is queried
//! from Postgres, in the transaction that read it.

use domain::orders::OrderStatus;
use domain::{OrderId, PageSize, UserId};
use runtime::Env;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection, Executor};
use store_postgres::orders::{self, OrderFilter};
use store_postgres::{Config, Conn, Database, Role};
use testkit::TestEnv;

/// One customer has the older half and nothing shipped, everybody else has nothing but shipped
/// orders: a planner that knows only how frequent a customer and a status are expects to find one
/// soon, wherever it looks.
const FILL: &str = "
    insert into orders (user_id, total, status, created_at, updated_at, payment_id, payment_method)
    select case when i <= 20000 then 1 else 2 + i % 3 end, 1,
        case when i <= 20000 then 'delivered' else 'shipped' end, now(), now(), gen_random_uuid(), 'tok_visa'
    from generate_series(1, 40000) as i";
/// A page, and the row that tells whether another follows.
const ROWS_PER_PAGE: i64 = 51;

/// How many rows of the table a list visits.
async fn visited(db: &mut Conn, filter: OrderFilter) -> (usize, i64) {
    let before = counter(db).await;
    let page = orders::list(db, filter, PageSize::default()).await.unwrap();
    (page.rows().len(), counter(db).await - before)
}

async fn counter(db: &mut Conn) -> i64 {
    let counted =
        "select seq_tup_read + coalesce(idx_tup_fetch, 0) from pg_stat_xact_user_tables where relname = 'orders'";
    sqlx::query_scalar(counted).fetch_one(&mut **db).await.unwrap()
}

#[tokio::test]
async fn a_list_visits_a_page_of_orders_whoever_has_most_of_them() {
    let test_env = TestEnv::new().await;
    let own: PgConnectOptions = test_env.env().required("ORDERDB_URL").unwrap().parse().unwrap();
    let admin: PgConnectOptions = Env::from_env().required("SHOP_POSTGRES_URL").unwrap().parse().unwrap();
    let mut admin = PgConnection::connect_with(&admin.database(own.get_database().unwrap())).await.unwrap();
    admin.execute(FILL).await.unwrap();
    admin.execute("vacuum analyze orders").await.unwrap();

    let mut db = test_env.database("ORDERDB_URL").begin().await.unwrap();
    // As for the functions' own roles.
    db.execute("set local plan_cache_mode = force_generic_plan").await.unwrap();
    for user in [None, Some(1), Some(2), Some(9)] {
        for status in [None, Some(OrderStatus::Delivered), Some(OrderStatus::Shipped), Some(OrderStatus::Cancelled)] {
            for before in [None, Some(30_000), Some(20_050), Some(50)] {
                let (user, before) = (user.map(UserId::new), before.map(OrderId::new));
                let (found, visited) = visited(&mut db, OrderFilter { user, status, before }).await;
                assert!(visited <= ROWS_PER_PAGE, "{user:?} {status:?} {before:?}: {visited} visited, {found} found");
            }
        }
    }
}

#[tokio::test]
async fn a_statement_is_planned_once_per_connection() {
    let test_env = TestEnv::new().await;
    let one_connection = test_env.env_with(&[("DATABASE_CONNECTIONS", "1")]);
    let orderdb = Database::new(Config::from_env(&one_connection, Role::ORDERS, "ORDERDB_URL").unwrap());
    for user in [Some(1), Some(2), Some(3), None] {
        let filter = OrderFilter { user: user.map(UserId::new), status: None, before: None };
        orders::list(&mut orderdb.acquire().await.unwrap(), filter, PageSize::default()).await.unwrap();
    }
    let plans = "select sum(generic_plans)::bigint, sum(custom_plans)::bigint from pg_prepared_statements";
    let (reused, own): (i64, i64) =
        sqlx::query_as(plans).fetch_one(&mut *orderdb.acquire().await.unwrap()).await.unwrap();
    assert!(reused >= 4 && own == 0, "{reused} executions with a plan of the connection, {own} with one of their own");
}
