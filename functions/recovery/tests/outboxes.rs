//! Outboxes with rows that cannot be decoded, cannot be marked, or are past their retention.

use std::time::Duration;

use domain::analytics::TrackedEvent;
use domain::events::{DomainEvent, EventEnvelope, Queue, StockChanged};
use domain::{EventId, ProductId, UserId};
use outbox::OutboxStore;
use queue::{OutboxRelay, Queues};
use runtime::{Clock, Env};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection, Executor};
use store_mongo::Mongo;
use testkit::TestEnv;

/// More than one page.
const UNREADABLE_ROWS: usize = 620;
const UNSENT: &str = "select count(*) from outbox where sent_at is null";

fn stock_changed(test_env: &TestEnv, version: usize) -> EventEnvelope {
    let event = DomainEvent::StockChanged(StockChanged {
        product_id: ProductId::new(1),
        available: 1,
        version: version as i64,
    });
    EventEnvelope {
        event_id: EventId::new(test_env.clock.new_uuid()),
        at: test_env.clock.now(),
        request_id: None,
        payload: event,
    }
}

async fn connect_as_owner(test_env: &TestEnv, database: &str) -> PgConnection {
    let own: PgConnectOptions = test_env.env().required(database).unwrap().parse().unwrap();
    let admin: PgConnectOptions = Env::from_env().required("SHOP_POSTGRES_URL").unwrap().parse().unwrap();
    PgConnection::connect_with(&admin.database(own.get_database().unwrap())).await.unwrap()
}

/// This many events in inventorydb that their writer had time to publish.
async fn append_events(test_env: &TestEnv, count: usize) {
    let events: Vec<EventEnvelope> = (1..=count).map(|version| stock_changed(test_env, version)).collect();
    let mut db = test_env.connection("INVENTORYDB_URL").await;
    store_postgres::outbox::append(&mut db, &events).await.unwrap();
    connect_as_owner(test_env, "INVENTORYDB_URL")
        .await
        .execute("update outbox set created_at = created_at - interval '1 minute'")
        .await
        .unwrap();
}

fn relay(test_env: &TestEnv) -> OutboxRelay<store_postgres::Database> {
    let queues = Queues::new(queue::Config::from_env(&test_env.env(), &Queue::ALL).unwrap());
    OutboxRelay::new(test_env.database("INVENTORYDB_URL"), queues)
}

/// Rows of a newer version that was rolled back: as many as fill a page, before the other rows.
const INSERT_UNREADABLE: &str = r#"insert into outbox (event_id, body, created_at)
    select gen_random_uuid(), '{"type":"stock.counted_by_robot"}', now() - interval '1 hour' from generate_series(1, 620)"#;

#[tokio::test]
async fn unreadable_events_do_not_block_later_ones() {
    let test_env = TestEnv::new().await;
    connect_as_owner(&test_env, "INVENTORYDB_URL").await.execute(INSERT_UNREADABLE).await.unwrap();
    append_events(&test_env, 3).await;
    assert_eq!(relay(&test_env).relay_pending().await.unwrap(), 3);
    assert_eq!(
        test_env.query_scalar("INVENTORYDB_URL", UNSENT).await,
        UNREADABLE_ROWS as i64,
        "they wait for the newer version"
    );
    assert_eq!(relay(&test_env).relay_pending().await.unwrap(), 0);
}

#[tokio::test]
async fn unreadable_events_in_reviewdb_do_not_block_later_ones() {
    use mongodb::bson::{DateTime, Document, Uuid, doc};
    let test_env = TestEnv::new().await;
    let env = test_env.env();
    let client = mongodb::Client::with_uri_str(env.required("MONGODB_URL").unwrap()).await.unwrap();
    let outbox = client.database(&env.required("REVIEWDB_NAME").unwrap()).collection::<Document>("outbox");
    let hour_ago = DateTime::from_millis(test_env.clock.now().plus_seconds(-3600).millis());
    let newer =
        |_| doc! { "_id": Uuid::new(), "body": "{\"type\":\"review.painted\"}", "createdAt": hour_ago, "sent": false };
    outbox.insert_many((0..UNREADABLE_ROWS).map(newer)).await.unwrap();
    let event = stock_changed(&test_env, 1);
    let body = serde_json::to_string(&event).unwrap();
    let minute_ago = DateTime::from_millis(test_env.clock.now().plus_seconds(-60).millis());
    let id = Uuid::from_bytes(event.event_id.get().into_bytes());
    outbox.insert_one(doc! { "_id": id, "body": body, "createdAt": minute_ago, "sent": false }).await.unwrap();
    let ledger = Mongo::new(store_mongo::Config::from_env(&env).unwrap(), &test_env.clock);
    let relay = OutboxRelay::new(ledger.clone(), Queues::new(queue::Config::from_env(&env, &Queue::ALL).unwrap()));
    assert_eq!(relay.relay_pending().await.unwrap(), 1);
    assert_eq!(outbox.count_documents(doc! { "sent": false }).await.unwrap(), UNREADABLE_ROWS as u64);
    let mut after = None;
    let mut read = (0, 0);
    loop {
        let page = ledger.list_recent(7200.0, after, 500).await.unwrap();
        read = (read.0 + page.events.len(), read.1 + page.undecodable.len());
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    assert_eq!(read, (1, UNREADABLE_ROWS), "page by page, each once");
}

#[tokio::test]
async fn a_relay_run_ends_when_events_cannot_be_marked_as_sent() {
    let test_env = TestEnv::new().await;
    append_events(&test_env, UNREADABLE_ROWS).await;
    let mut db = connect_as_owner(&test_env, "INVENTORYDB_URL").await;
    db.execute(
        "create function refuse() returns trigger language plpgsql as $$ begin raise exception 'refused by the test'; end $$;
         create trigger refuse before update of sent_at on outbox for each row execute function refuse()",
    )
    .await
    .unwrap();
    let swept = tokio::time::timeout(Duration::from_secs(30), relay(&test_env).relay_pending()).await.expect("it ends");
    assert_eq!(swept.unwrap(), 0);
    db.execute("drop trigger refuse on outbox").await.unwrap();
    assert_eq!(relay(&test_env).relay_pending().await.unwrap(), UNREADABLE_ROWS);
}

#[tokio::test]
async fn republished_events_are_read_page_by_page_and_go_to_the_given_queues() {
    let test_env = TestEnv::new().await;
    append_events(&test_env, UNREADABLE_ROWS).await;
    let app = recovery::App::from_env(&test_env.env(), &test_env.clock).unwrap();
    assert_eq!(
        recovery::republish(&app, 3600.0, &[Queue::Notification]).await.unwrap(),
        0,
        "stock is nobody's message"
    );
    assert_eq!(recovery::republish(&app, 3600.0, &[Queue::Catalog]).await.unwrap(), UNREADABLE_ROWS);
    assert_eq!(recovery::republish(&app, 30.0, &[Queue::Catalog]).await.unwrap(), 0, "older than was asked for");
}

#[tokio::test]
async fn events_are_purged_from_outboxes_fourteen_days_after_they_were_sent() {
    let test_env = TestEnv::new().await;
    for database in ["ORDERDB_URL", "INVENTORYDB_URL", "PRODUCTDB_URL"] {
        let rows = "insert into outbox (event_id, body, created_at, sent_at)
            select gen_random_uuid(), name, now() - written, now() - sent from (values
                ('old', interval '15 days', interval '15 days'), ('younger', interval '13 days', interval '13 days'),
                ('sent late', interval '15 days', interval '1 day'), ('never sent', interval '15 days', null)
            ) as fact (name, written, sent), generate_series(1, case name when 'old' then 2500 else 1 end)";
        connect_as_owner(&test_env, database).await.execute(rows).await.unwrap();
    }
    let app = recovery::App::from_env(&test_env.env(), &test_env.clock).unwrap();
    recovery::run_without_purge(&app).await.unwrap();
    let left = "select count(*) from outbox";
    assert_eq!(test_env.query_scalar("ORDERDB_URL", left).await, 2503, "nothing while old facts are sent again");
    recovery::run(&app).await.unwrap();
    for database in ["ORDERDB_URL", "INVENTORYDB_URL", "PRODUCTDB_URL"] {
        assert_eq!(test_env.query_scalar(database, left).await, 3, "{database}");
        assert_eq!(
            test_env.query_scalar(database, "select count(*) from outbox where body = 'old'").await,
            0,
            "{database}"
        );
    }
}

#[tokio::test]
async fn keys_and_steps_are_purged_in_every_database_unless_still_needed() {
    let test_env = TestEnv::new().await;
    let app = recovery::App::from_env(&test_env.env(), &test_env.clock).unwrap();
    for database in ["ORDERDB_URL", "INVENTORYDB_URL", "PRODUCTDB_URL"] {
        let keys = "insert into idempotency_keys (user_id, route, key, fingerprint, locked_until, created_at)
            select 1, 'orders', n::text, '', now(), now() - n * interval '1 hour' from generate_series(1, 48) n";
        connect_as_owner(&test_env, database).await.execute(keys).await.unwrap();
    }
    let steps = "insert into stock_writes (token, outcome, at) select
        ('00000000-0000-7000-8000-0000000000' || lpad(n::text, 2, '0'))::uuid, 'set', now() - n * interval '1 day'
        from generate_series(1, 20) n";
    connect_as_owner(&test_env, "INVENTORYDB_URL").await.execute(steps).await.unwrap();
    // Not due for recovery yet, and its step was executed 19 days ago.
    let pending = "insert into product_writes (product_id, token, kind, pieces, actor)
        values (1, '00000000-0000-7000-8000-000000000019', 'add', 1, 1)";
    connect_as_owner(&test_env, "PRODUCTDB_URL").await.execute(pending).await.unwrap();
    recovery::run(&app).await.unwrap();
    for database in ["ORDERDB_URL", "INVENTORYDB_URL", "PRODUCTDB_URL"] {
        assert_eq!(test_env.query_scalar(database, "select count(*) from idempotency_keys").await, 23, "{database}");
    }
    assert_eq!(test_env.query_scalar("INVENTORYDB_URL", "select count(*) from stock_writes").await, 14);
    let needed = "select count(*) from stock_writes where token = '00000000-0000-7000-8000-000000000019'";
    assert_eq!(test_env.query_scalar("INVENTORYDB_URL", needed).await, 1);
}

#[tokio::test]
async fn tracked_events_are_purged_ninety_days_after_they_were_counted_and_their_totals_stay() {
    let test_env = TestEnv::new().await;
    let at = |days: i64| Clock::stopped(test_env.clock.now().plus_seconds(days * 24 * 3600));
    let store = |clock: &Clock| Mongo::new(store_mongo::Config::from_env(&test_env.env()).unwrap(), clock);
    let user = UserId::new(7);
    let record = async |clock: &Clock, count: usize| {
        for _ in 0..count {
            let (id, timestamp) = (EventId::new(test_env.clock.new_uuid()), clock.now());
            let (event_type, metadata) = ("product.view".to_owned(), serde_json::Map::new());
            let event = TrackedEvent { id, user_id: Some(user), event_type, metadata, timestamp };
            assert!(store_mongo::events::insert(&store(clock), &event).await.unwrap());
        }
    };
    let long_ago = at(-91);
    record(&long_ago, 5).await;
    store_mongo::aggregate_pending(&store(&long_ago), Duration::from_secs(5)).await.unwrap();
    // Written as long ago, and not counted until now.
    record(&long_ago, 2).await;
    record(&at(-1), 3).await;
    let now = store(&test_env.clock);
    assert_eq!(store_mongo::events::purge(&now, Duration::from_secs(5)).await.unwrap(), 5);
    store_mongo::aggregate_pending(&now, Duration::from_secs(5)).await.unwrap();
    assert_eq!(store_mongo::events::purge(&now, Duration::from_secs(5)).await.unwrap(), 0);
    assert_eq!(store_mongo::events::list_of_user(&now, user, None, 100).await.unwrap().len(), 5);
    assert_eq!(store_mongo::events::count_of_user(&now, user).await.unwrap(), 10, "all of them are counted");
}

#[tokio::test]
async fn the_outbox_of_reviewdb_has_a_ttl_index() {
    use futures::TryStreamExt;
    use mongodb::bson::{Document, Uuid, doc};
    let test_env = TestEnv::new().await;
    let env = test_env.env();
    let client = mongodb::Client::with_uri_str(env.required("MONGODB_URL").unwrap()).await.unwrap();
    let outbox = client.database(&env.required("REVIEWDB_NAME").unwrap()).collection::<Document>("outbox");
    let indexes: Vec<mongodb::IndexModel> = outbox.list_indexes().await.unwrap().try_collect().await.unwrap();
    let expiring = indexes.iter().find_map(|index| Some((&index.keys, index.options.as_ref()?.expire_after?)));
    assert_eq!(expiring, Some((&doc! { "sentAt": 1 }, Duration::from_secs(14 * 24 * 3600))));
    // Sent events have that time, as a date; unsent ones have none and stay.
    let event = stock_changed(&test_env, 1);
    let id = Uuid::from_bytes(event.event_id.get().into_bytes());
    outbox.insert_one(doc! { "_id": id, "sent": false }).await.unwrap();
    let ledger = Mongo::new(store_mongo::Config::from_env(&env).unwrap(), &test_env.clock);
    ledger.mark_published(&[event.event_id]).await.unwrap();
    let sent = outbox.find_one(doc! { "_id": id }).await.unwrap().unwrap();
    assert!(sent.get_datetime("sentAt").is_ok(), "{sent}");
}
