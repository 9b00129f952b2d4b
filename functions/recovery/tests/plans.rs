//! The queries of recovery, at size: indexes decide, not luck. What a statement read is queried
//! from Postgres itself, in the transaction that read it, so that a busy machine's clock does not
//! matter.
//!
//! At a million and a half:
//! `RECOVERY_ROWS=1500000 RUST_LOG=info cargo test --release -p recovery --test plans -- --nocapture`

use domain::rate_limits::PAYMENT_ATTEMPTS;
use runtime::{Env, telemetry};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection, Executor};
use store_postgres::{Conn, idempotency, outbox, recovery, refunds, saga};
use testkit::TestEnv;
use tokio::time::Instant;

const ROWS: i32 = 50_000;
/// The rows that are old enough, among all the others.
const DUE_ROWS: i32 = 300;

async fn fill(test_env: &TestEnv, database: &str, rows: i32, statements: &[&'static str]) {
    let own: PgConnectOptions = test_env.env().required(database).unwrap().parse().unwrap();
    // The role may take two seconds for a statement; filling takes longer.
    let admin: PgConnectOptions = Env::from_env().required("SHOP_POSTGRES_URL").unwrap().parse().unwrap();
    let mut admin = PgConnection::connect_with(&admin.database(own.get_database().unwrap())).await.unwrap();
    for statement in statements {
        sqlx::query(*statement).bind(rows).bind(DUE_ROWS).execute(&mut admin).await.unwrap();
    }
    admin.execute("vacuum analyze").await.unwrap();
}

/// The last ones are past any retention.
const INSERT_KEYS: &str = "insert into idempotency_keys (user_id, route, key, fingerprint, locked_until, created_at)
    select n, 'orders', n::text, '', now(), now() - case when n > $1 - $2 then interval '25 hours' else interval '1 hour' end
    from generate_series(1, $1) n";
const INSERT_EVENTS: &str = "insert into outbox (event_id, body, created_at, sent_at)
    select gen_random_uuid(), '{}', at, case when n % 10000 = 0 then null else at end
    from (select n, now() - case when n <= $2 then interval '15 days' else interval '1 day' end as at
          from generate_series(1, $1) n) row";
const INSERT_ORDERS: &str =
    "insert into orders (user_id, total, status, created_at, updated_at, step, step_at, payment_id, payment_method)
    select n, 10, 'confirmed', now(), now(), case when n > $1 - $2 then 'cancel' end, now() - interval '1 hour',
        gen_random_uuid(), 'tok_visa' from generate_series(1, $1) n";
const INSERT_REFUNDS: &str = "insert into refunds (id, order_id, payment_id, amount, state, created_at, step_at)
    select gen_random_uuid(), id, payment_id, 1, case when id > $1 - $2 then 'intended' else 'done' end, now(),
        now() - interval '1 hour' from orders";
const INSERT_RESERVATIONS: &str =
    "insert into reservations (order_id, attempt, product_id, quantity, state, expires_at)
    select n, 1, 1, 1, case when n > $1 - $2 then 'held' else 'sold' end, now() - interval '1 hour'
    from generate_series(1, $1) n";

/// Runs a statement and returns what it read of a table: sequential scans, and rows visited.
async fn measure<T>(db: Conn, table: &str, work: impl AsyncFnOnce(&mut Conn) -> T) -> (T, i64, i64) {
    async fn counters(db: &mut Conn, table: &str) -> (i64, i64) {
        let counted = "select seq_scan, seq_tup_read + coalesce(idx_tup_fetch, 0)
                       from pg_stat_xact_user_tables where relname = $1";
        sqlx::query_as(counted).bind(table).fetch_one(&mut **db).await.unwrap()
    }
    let mut db = db;
    let before = counters(&mut db, table).await;
    let start = Instant::now();
    let value = work(&mut db).await;
    let took = start.elapsed();
    let now = counters(&mut db, table).await;
    tracing::info!(table, rows = now.1 - before.1, scans = now.0 - before.0, ?took, "A statement was measured.");
    db.commit().await.unwrap();
    (value, now.0 - before.0, now.1 - before.1)
}

#[tokio::test]
async fn every_query_of_a_run_uses_an_index() {
    telemetry::init(&Env::from_env());
    let rows = Env::from_env().parsed_or("RECOVERY_ROWS", ROWS).unwrap();
    let test_env = TestEnv::new().await;
    fill(&test_env, "ORDERDB_URL", rows, &[INSERT_KEYS, INSERT_EVENTS, INSERT_ORDERS, INSERT_REFUNDS]).await;
    let product = "insert into inventory (product_id, quantity, reserved) select 1, 10 * $1 + $2, $2";
    fill(&test_env, "INVENTORYDB_URL", rows, &[product, INSERT_RESERVATIONS]).await;
    let orders = || async { test_env.database("ORDERDB_URL").begin().await.unwrap() };
    let bound = i64::from(4 * DUE_ROWS);
    let mut all = Vec::new();

    let (gone, scans, read) =
        measure(orders().await, "idempotency_keys", async |db| idempotency::purge(db, 1000).await).await;
    all.push(("purge of keys", gone.unwrap() as usize == DUE_ROWS as usize, scans, read));
    let (gone, scans, read) =
        measure(orders().await, "idempotency_keys", async |db| idempotency::purge(db, 1000).await).await;
    all.push(("purge of no keys", gone.unwrap() == 0, scans, read));
    let (gone, scans, read) = measure(orders().await, "outbox", async |db| outbox::purge(db, 1000).await).await;
    all.push(("purge of events", gone.unwrap() as usize == DUE_ROWS as usize, scans, read));
    let (page, scans, read) =
        measure(orders().await, "outbox", async |db| outbox::list_unpublished(db, None, 500).await).await;
    all.push(("unsent events", page.unwrap().undecodable.len() == rows as usize / 10_000, scans, read));
    let (age, scans, read) =
        measure(orders().await, "outbox", async |db| outbox::oldest_unpublished_age(db).await).await;
    all.push(("oldest event", age.unwrap().is_some(), scans, read));
    let (page, scans, read) =
        measure(orders().await, "outbox", async |db| outbox::list_recent(db, 2.0 * 86400.0, None, 500).await).await;
    all.push(("recent events", page.unwrap().next.is_some(), scans, read));
    let (standing, scans, read) =
        measure(orders().await, "orders", async |db| saga::measure_backlog(db, 45.0).await).await;
    all.push(("what is half done", standing.unwrap().stuck == 2 * i64::from(DUE_ROWS), scans, read));
    let (taken, scans, read) =
        measure(orders().await, "orders", async |db| saga::claim_stale(db, 45.0, None, 4).await).await;
    all.push(("taking over", taken.unwrap().len() == 4, scans, read));
    let (taken, scans, read) =
        measure(orders().await, "refunds", async |db| refunds::claim_stale(db, 45.0, None, 4).await).await;
    all.push(("taking refunds over", taken.unwrap().len() == 4, scans, read));
    let (order, method, stem) =
        (domain::OrderId::new(7), domain::payments::PaymentMethod::default(), test_env.clock.new_uuid());
    let begin = async |db: &mut Conn| saga::begin_pay(db, order, &method, stem, None, PAYMENT_ATTEMPTS).await;
    let (begun, scans, read) = measure(orders().await, "orders", begin).await;
    all.push(("paying again", begun.unwrap() == saga::BeginPayOutcome::NotPayable, scans, read));
    let stock = test_env.database("INVENTORYDB_URL").begin().await.unwrap();
    let (holds, scans, read) =
        measure(stock, "reservations", async |db| recovery::claim_expired_reservations(db, 45.0, 100).await).await;
    all.push(("expired holds", holds.unwrap().len() == 100, scans, read));

    for (what, right, scans, read) in all {
        assert!(right, "{what} found something else");
        assert!(scans == 0 && read <= bound, "{what}: {scans} scans from end to end, {read} rows of {rows}");
    }
}
