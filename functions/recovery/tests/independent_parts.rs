//! One failure blocks no other recovery: not of another order, not of another reservation, not
//! another part of the run.

use domain::events::{DomainEvent, EventEnvelope, StockChanged};
use domain::{EventId, OrderId, ProductId};
use runtime::Env;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection, Executor};
use store_postgres::{outbox, reservations, saga};
use testkit::TestEnv;

/// More than any run claims at once.
const FAILING: i32 = 120;

/// A connection that may change a database's tables.
async fn connect_as_owner(test_env: &TestEnv, database: &str) -> PgConnection {
    let own: PgConnectOptions = test_env.env().required(database).unwrap().parse().unwrap();
    let admin: PgConnectOptions = Env::from_env().required("SHOP_POSTGRES_URL").unwrap().parse().unwrap();
    PgConnection::connect_with(&admin.database(own.get_database().unwrap())).await.unwrap()
}

/// From now on the database rejects this, as an unexpected constraint would.
async fn install_failing_trigger(db: &mut PgConnection, what: &str, table: &str, when: &str) {
    let result = if what == "delete" { "old" } else { "new" };
    let statement = format!(
        "create function refuse() returns trigger language plpgsql as $$
         begin raise exception 'refused by the test'; return {result}; end $$;
         create trigger refuse before {what} on {table} for each row when ({when}) execute function refuse()"
    );
    db.execute(AssertSqlSafe(statement)).await.unwrap();
}

/// Orders that are being cancelled, of users from `first` on, and were begun an hour ago.
async fn insert_pending_cancellations(db: &mut PgConnection, first: i32, orders: i32) {
    let insert =
        "insert into orders (user_id, total, status, created_at, updated_at, step, step_at, payment_id, payment_method)
         select n, 10, 'confirmed', now(), now(), 'cancel', now() - interval '1 hour', gen_random_uuid(), 'tok_visa'
         from generate_series($1, $1 + $2 - 1) n";
    sqlx::query(insert).bind(first).bind(orders).execute(db).await.unwrap();
}

async fn app(test_env: &TestEnv) -> recovery::App {
    recovery::App::from_env(&test_env.env(), &test_env.clock).unwrap()
}

async fn count_pending_orders(test_env: &TestEnv, user: i32) -> i64 {
    let count = format!("select count(*) from orders where step is not null and user_id = {user}");
    let mut db = test_env.connection("ORDERDB_URL").await;
    sqlx::query_scalar(AssertSqlSafe(count)).fetch_one(&mut *db).await.unwrap()
}

#[tokio::test]
async fn more_failing_orders_than_a_run_takes_delay_no_new_one() {
    let test_env = TestEnv::new().await;
    let mut db = connect_as_owner(&test_env, "ORDERDB_URL").await;
    insert_pending_cancellations(&mut db, 1, FAILING).await;
    install_failing_trigger(
        &mut db,
        "update",
        "orders",
        &format!("new.status = 'cancelled' and new.user_id <= {FAILING}"),
    )
    .await;
    let app = app(&test_env).await;
    let done = recovery::run(&app).await.unwrap();
    assert_eq!((done.orders, done.failures, done.stuck), (0, FAILING as usize, FAILING as usize));

    // All of them are as old as before, and due again.
    let due = "update orders set step_at = now() - interval '1 hour', next_try_at = now()";
    db.execute(due).await.unwrap();
    insert_pending_cancellations(&mut db, 5000, 1).await;
    let mut conn = test_env.connection("ORDERDB_URL").await;
    let first = saga::claim_stale(&mut conn, 45.0, None, 1).await.unwrap();
    assert_eq!(first[0].user.get(), 5000, "what nobody has tried comes first");
    db.execute("update orders set step_at = now() - interval '1 hour', tries = 0 where user_id = 5000").await.unwrap();
    db.execute("update orders set next_try_at = '-infinity' where user_id = 5000").await.unwrap();
    let done = recovery::run(&app).await.unwrap();
    assert_eq!((done.orders, count_pending_orders(&test_env, 5000).await), (1, 0));

    // What keeps failing is retried ever more rarely.
    let done = recovery::run(&app).await.unwrap();
    assert_eq!((done.orders, done.failures, done.stuck), (0, 0, FAILING as usize), "none is due");
    let mut waits = Vec::new();
    for _ in 0..4 {
        db.execute("update orders set step_at = now() - interval '1 hour', next_try_at = now() where user_id = 1")
            .await
            .unwrap();
        assert_eq!(saga::claim_stale(&mut conn, 45.0, None, 200).await.unwrap().len(), 1);
        let wait = "select round(extract(epoch from next_try_at - step_at))::bigint from orders where user_id = 1";
        waits.push(test_env.query_scalar("ORDERDB_URL", wait).await);
    }
    assert_eq!(waits, [180, 300, 300, 300]);

    // A new saga of an order starts with new attempts.
    db.execute("drop trigger refuse on orders").await.unwrap();
    let mut one = saga::claim_stale(&mut conn, 0.0, None, 0).await.unwrap();
    assert!(one.pop().is_none());
    db.execute("update orders set step = null where user_id = 1").await.unwrap();
    db.execute("update orders set step = 'cancel' where user_id = 1").await.unwrap();
    let tries = "select tries::bigint from orders where user_id = 1 and next_try_at = '-infinity'";
    assert_eq!(test_env.query_scalar("ORDERDB_URL", tries).await, 0);
}

#[tokio::test]
async fn a_repaired_order_is_completed_by_the_next_attempt() {
    let test_env = TestEnv::new().await;
    let mut db = connect_as_owner(&test_env, "ORDERDB_URL").await;
    insert_pending_cancellations(&mut db, 1, 3).await;
    install_failing_trigger(&mut db, "update", "orders", "new.status = 'cancelled'").await;
    let app = app(&test_env).await;
    assert_eq!(recovery::run(&app).await.unwrap().failures, 3);
    db.execute("drop trigger refuse on orders").await.unwrap();
    db.execute("update orders set step_at = now() - interval '1 hour', next_try_at = now()").await.unwrap();
    let done = recovery::run(&app).await.unwrap();
    assert_eq!((done.orders, done.failures, done.stuck), (3, 0, 0));
}

/// An event that its writer had time to publish.
async fn append_unsent_event(test_env: &TestEnv) {
    let payload = DomainEvent::StockChanged(StockChanged { product_id: ProductId::new(1), available: 1, version: 1 });
    let event_id = EventId::new(test_env.clock.new_uuid());
    let event = EventEnvelope { event_id, at: test_env.clock.now(), request_id: None, payload };
    let mut db = test_env.connection("INVENTORYDB_URL").await;
    outbox::append(&mut db, &[event]).await.unwrap();
    let mut owner = connect_as_owner(test_env, "INVENTORYDB_URL").await;
    owner.execute("update outbox set created_at = created_at - interval '1 minute'").await.unwrap();
}

const UNSENT: &str = "select count(*) from outbox where sent_at is null";

#[tokio::test]
async fn keys_that_cannot_be_forgotten_keep_nothing_from_being_recovered() {
    let test_env = TestEnv::new().await;
    let mut db = connect_as_owner(&test_env, "ORDERDB_URL").await;
    insert_pending_cancellations(&mut db, 1, 1).await;
    append_unsent_event(&test_env).await;
    let old = "insert into idempotency_keys (user_id, route, key, fingerprint, locked_until, created_at)
               select 1, 'orders', n::text, '', now(), now() - interval '2 days' from generate_series(1, 3) n";
    db.execute(old).await.unwrap();
    install_failing_trigger(&mut db, "delete", "idempotency_keys", "true").await;
    recovery::run(&app(&test_env).await).await.expect_err("the run says that a part of it failed");
    assert_eq!(count_pending_orders(&test_env, 1).await, 0);
    assert_eq!(test_env.query_scalar("INVENTORYDB_URL", UNSENT).await, 0);
    db.execute("drop trigger refuse on idempotency_keys").await.unwrap();
    recovery::run(&app(&test_env).await).await.unwrap();
    assert_eq!(test_env.query_scalar("ORDERDB_URL", "select count(*) from idempotency_keys").await, 0);
}

#[tokio::test]
async fn an_unavailable_database_does_not_block_the_others() {
    let test_env = TestEnv::new().await;
    let env = test_env
        .env_with(&[("ORDERDB_URL", "postgres://x@127.0.0.1:9/x"), ("PRODUCTDB_URL", "postgres://x@127.0.0.1:9/x")]);
    let app = recovery::App::from_env(&env, &test_env.clock).unwrap();
    let product = test_env.product(1000, 10).await;
    let mut stock = test_env.connection("INVENTORYDB_URL").await;
    reservations::reserve(&mut stock, OrderId::new(900_001), 1, &[(product, 2)], 0.0).await.unwrap();
    drop(stock);
    append_unsent_event(&test_env).await;
    recovery::run(&app).await.expect_err("orderdb is unreachable");
    assert_eq!(test_env.stock(product).await, (10, 0), "the hold is released");
    assert_eq!(test_env.query_scalar("INVENTORYDB_URL", UNSENT).await, 0);
}

#[tokio::test]
async fn reservations_that_cannot_be_released_do_not_block_others() {
    let test_env = TestEnv::new().await;
    let product = test_env.product(1000, 1000).await;
    let mut stock = test_env.connection("INVENTORYDB_URL").await;
    for order in 1..=FAILING {
        reservations::reserve(&mut stock, OrderId::new(order), 1, &[(product, 1)], 0.0).await.unwrap();
    }
    reservations::reserve(&mut stock, OrderId::new(900_001), 1, &[(product, 2)], 0.0).await.unwrap();
    drop(stock);
    append_unsent_event(&test_env).await;
    let mut db = connect_as_owner(&test_env, "INVENTORYDB_URL").await;
    install_failing_trigger(&mut db, "update", "reservations", "new.state = 'released' and new.order_id < 900000")
        .await;
    let app = app(&test_env).await;
    let done = recovery::run(&app).await.unwrap();
    assert_eq!((done.expired_reservations, done.failures), (1, FAILING as usize));
    assert_eq!(test_env.stock(product).await, (1000, FAILING));
    assert_eq!(test_env.query_scalar("INVENTORYDB_URL", UNSENT).await, 0, "the outbox was swept");
    // None is due, so nothing is tried; the next one is not delayed by them.
    let mut stock = test_env.connection("INVENTORYDB_URL").await;
    reservations::reserve(&mut stock, OrderId::new(900_002), 1, &[(product, 2)], 0.0).await.unwrap();
    drop(stock);
    let done = recovery::run(&app).await.unwrap();
    assert_eq!((done.expired_reservations, done.failures), (1, 0));
}

#[tokio::test]
async fn writes_of_products_that_fail_come_after_those_that_nobody_has_tried() {
    let test_env = TestEnv::new().await;
    let writes = "insert into product_writes (product_id, token, kind, actor, step_at)
        select n, gen_random_uuid(), 'remove', 1, now() - interval '1 hour' from generate_series(1, 120) n";
    connect_as_owner(&test_env, "PRODUCTDB_URL").await.execute(writes).await.unwrap();
    let mut db = test_env.connection("PRODUCTDB_URL").await;
    let claim = async |db: &mut store_postgres::Conn, limit| {
        store_postgres::products::writes::claim_stale(db, 45.0, limit).await.unwrap()
    };
    assert_eq!(claim(&mut db, 200).await.len(), 120);
    assert_eq!(claim(&mut db, 200).await.len(), 0, "none is due");
    let mut owner = connect_as_owner(&test_env, "PRODUCTDB_URL").await;
    owner.execute("update product_writes set step_at = now() - interval '2 hours', next_try_at = now()").await.unwrap();
    owner
        .execute("update product_writes set tries = 0, step_at = now() - interval '1 hour' where product_id = 77")
        .await
        .unwrap();
    assert_eq!(claim(&mut db, 1).await[0].product.get(), 77);
}
