//! A deploy over a shop that has been open for a while: an older version's databases, with rows.
//! Nothing that was there changes, a second run changes nothing at all, and the new version works.

use std::borrow::Cow;
use std::time::Duration;

use runtime::{Clock, Env};
use serde_json::json;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection, Executor};
use store_postgres::Role;

const REMAINING_TIME: Duration = Duration::from_secs(60);

/// Each database, how it is created today, and rows that its first version could hold.
const DATABASES: [(&str, &Migrator, &str); 4] = [
    (
        "userdb",
        &sqlx::migrate!("../../shared/store-postgres/migrations/userdb"),
        "insert into users (name, email, password_hash, created_at, updated_at)
         select 'Ada', n || '@example.org', 'hash', now(), now() from generate_series(1, 50) n",
    ),
    (
        "productdb",
        &sqlx::migrate!("../../shared/store-postgres/migrations/productdb"),
        "insert into products (name, price, stock, category, created_at, updated_at)
         select 'Mug ' || n, n, n, 'Kitchen', now(), now() from generate_series(1, 50) n",
    ),
    (
        "orderdb",
        &sqlx::migrate!("../../shared/store-postgres/migrations/orderdb"),
        "insert into orders (user_id, total, status, created_at, updated_at, payment_id, payment_method)
         select 1, n, 'confirmed', now(), now(), gen_random_uuid(), 'tok_visa' from generate_series(1, 50) n;
         insert into order_items (order_id, product_id, quantity, price, name)
         select id, 1, 1, total, 'Mug' from orders;
         insert into order_timeline (order_id, status, at) select id, 'confirmed', now() from orders;
         update orders set status = 'delivered' where id = 1;
         update orders set status = 'shipped' where id = 2;
         insert into order_timeline (order_id, status, at)
         values (1, 'shipped', '2026-01-01T00:00:00Z'), (1, 'delivered', '2026-01-02T00:00:00Z');
         insert into refunds (id, order_id, payment_id, amount, created_at)
         select gen_random_uuid(), id, payment_id, 1, now() from orders where id < 5;
         insert into outbox (event_id, body) select gen_random_uuid(), '{}' from orders;
         insert into idempotency_keys (user_id, route, key, fingerprint, locked_until)
         select 1, 'orders', n::text, ''::bytea, now() from generate_series(1, 50) n",
    ),
    (
        "inventorydb",
        &sqlx::migrate!("../../shared/store-postgres/migrations/inventorydb"),
        "insert into inventory (product_id, quantity, reserved) select n, 100, 1 from generate_series(1, 50) n;
         insert into reservations (order_id, attempt, product_id, quantity, expires_at)
         select n, 1, n, 1, now() from generate_series(1, 50) n;
         insert into stock_ledger (product_id, delta, quantity_after, reason)
         select n, 100, 100, 'opening' from generate_series(1, 50) n",
    ),
];

struct TestServer {
    env: Env,
    admin: PgConnectOptions,
    prefix: String,
}

fn test_server() -> TestServer {
    let prefix = format!("o{:x}_", Clock::system().random() as u64);
    let of = |name: &str| Env::from_env().required(name).expect("run tests through `make test`");
    let env = [
        ("POSTGRES_ADMIN_URL", of("SHOP_POSTGRES_URL")),
        ("DATABASE_PREFIX", prefix.clone()),
        ("MONGODB_URL", of("SHOP_MONGODB_URL")),
        ("REVIEWDB_NAME", format!("{prefix}reviewdb")),
        ("ANALYTICSDB_NAME", format!("{prefix}analyticsdb")),
    ];
    TestServer { env: env.into_iter().collect(), admin: of("SHOP_POSTGRES_URL").parse().unwrap(), prefix }
}

impl TestServer {
    async fn open(&self, database: &str) -> PgConnection {
        PgConnection::connect_with(&self.admin.clone().database(&format!("{}{database}", self.prefix))).await.unwrap()
    }

    /// The databases as the first version left them, with rows.
    async fn create_first_version(&self) {
        let mut server = PgConnection::connect_with(&self.admin).await.unwrap();
        for (database, today, rows) in DATABASES {
            server.execute(AssertSqlSafe(format!(r#"create database "{}{database}""#, self.prefix))).await.unwrap();
            let first = Migrator { migrations: Cow::Owned(today.migrations[..1].to_vec()), ..Migrator::DEFAULT };
            let mut conn = self.open(database).await;
            first.run(&mut conn).await.unwrap();
            conn.execute(rows).await.unwrap();
        }
    }

    /// Of each table its name, its columns, the number of its rows and a digest of them.
    async fn table_digests(&self, database: &str) -> Vec<(String, String, i64, String)> {
        let mut conn = self.open(database).await;
        let tables: Vec<(String, String)> = sqlx::query_as(
            "select table_name::text, string_agg(quote_ident(column_name), ',' order by ordinal_position)
             from information_schema.columns where table_schema = 'public' and table_name not like '\\_sqlx%'
             group by 1 order by 1",
        )
        .fetch_all(&mut conn)
        .await
        .unwrap();
        let mut all = Vec::new();
        for (table, columns) in tables {
            all.push(table_digest(&mut conn, &table, &columns).await);
        }
        all
    }

    async fn applied_migrations(&self, database: &str) -> i64 {
        let count = sqlx::query_scalar("select count(*) from _sqlx_migrations where success");
        count.fetch_one(&mut self.open(database).await).await.unwrap()
    }
}

async fn table_digest(conn: &mut PgConnection, table: &str, columns: &str) -> (String, String, i64, String) {
    let rows = format!("select ({columns})::text as r from {table}");
    let digest = format!("select count(*), coalesce(md5(string_agg(r, '|' order by r)), '') from ({rows}) as rows");
    let (rows, digest): (i64, String) = sqlx::query_as(AssertSqlSafe(digest)).fetch_one(conn).await.unwrap();
    (table.to_owned(), columns.to_owned(), rows, digest)
}

#[tokio::test]
async fn an_older_shop_keeps_every_row_and_a_second_run_changes_nothing() {
    let place = test_server();
    place.create_first_version().await;
    let mut before = Vec::new();
    for (database, ..) in DATABASES {
        before.push(place.table_digests(database).await);
    }

    migrations::handle(&place.env, json!({}), REMAINING_TIME).await.unwrap();
    for ((database, today, _), before) in DATABASES.iter().zip(&before) {
        let mut conn = place.open(database).await;
        for (table, columns, rows, was) in before {
            // A new column does not change existing data.
            let now = table_digest(&mut conn, table, columns).await;
            assert_eq!((now.2, &now.3), (*rows, was), "{database}.{table}");
        }
        assert!(before.iter().any(|(.., rows, _)| *rows >= 50), "{database} had rows");
        assert_eq!(place.applied_migrations(database).await, today.migrations.len() as i64, "{database}");
    }

    let mut once = Vec::new();
    for (database, ..) in DATABASES {
        once.push(place.table_digests(database).await);
    }
    migrations::handle(&place.env, json!({}), REMAINING_TIME).await.unwrap();
    for ((database, ..), once) in DATABASES.iter().zip(once) {
        assert_eq!(place.table_digests(database).await, once, "{database}");
    }
    // What had left before there were fulfilments has one of all its pieces, as its timeline says.
    let sent: String = sqlx::query_scalar(
        "select string_agg(concat_ws(' ', order_id, f.status, f.created_at::date, f.delivered_at::date, l.shipped), ', '
             order by order_id)
         from fulfilments f join fulfilment_items i using (order_id) join order_items l using (order_id, product_id)
         where f.id = i.fulfilment_id and i.quantity = l.quantity
             and (order_id = 1 or f.created_at = (select updated_at from orders where id = 2))",
    )
    .fetch_one(&mut place.open("orderdb").await)
    .await
    .unwrap();
    let today: String = sqlx::query_scalar("select updated_at::date::text from orders where id = 2")
        .fetch_one(&mut place.open("orderdb").await)
        .await
        .unwrap();
    assert_eq!(sent, format!("1 delivered 2026-01-01 2026-01-02 1, 2 shipped {today} 1"));
    // The next order's id follows the last one.
    let next: i32 =
        sqlx::query_scalar("select next_order()").fetch_one(&mut place.open("orderdb").await).await.unwrap();
    assert_eq!(next, 51);
}

/// The older version still runs while the newer one is deployed: nothing that it uses is removed.
#[test]
fn a_migration_removes_nothing_that_the_previous_version_uses() {
    for (database, today, _) in DATABASES {
        for migration in today.migrations.iter() {
            let sql = migration.sql.as_str().to_lowercase();
            for word in ["drop table", "drop column", "rename", "truncate"] {
                assert!(!sql.contains(word), "{database} {}: {word}", migration.version);
            }
            // A default is for rows that do not name the column, as that version's do not.
            for (at, _) in sql.match_indices("alter column") {
                let what: Vec<&str> = sql[at..].split_whitespace().skip(3).take(2).collect();
                assert_eq!(what, ["set", "default"], "{database} {}", migration.version);
            }
        }
    }
}

#[tokio::test]
async fn roles_sign_in_by_iam_if_the_deploy_says_so() {
    let place = test_server();
    let mut server = PgConnection::connect_with(&place.admin).await.unwrap();
    // RDS has this role; its members sign in with a token.
    let make = "do $$ begin create role rds_iam; exception when duplicate_object or unique_violation then null; end $$";
    server.execute(make).await.unwrap();
    let env = place.env.clone().with_overrides([("DATABASE_IAM", "true")]);
    migrations::handle(&env, json!({}), REMAINING_TIME).await.unwrap();
    let members = sqlx::query_scalar(
        "select array_agg(m.rolname::text order by m.rolname) from pg_auth_members a
         join pg_roles r on r.oid = a.roleid join pg_roles m on m.oid = a.member where r.rolname = 'rds_iam'",
    );
    let members: Vec<String> = members.fetch_one(&mut server).await.unwrap();
    let mut expected = Role::ALL.map(Role::name);
    expected.sort_unstable();
    assert_eq!(members, expected);
}
