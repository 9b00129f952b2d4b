//! A deploy over the version whose functions shared a role per database: its functions work until
//! they are replaced, and the deploy after that revokes everything from its roles.

use std::borrow::Cow;

use sqlx::migrate::Migrator;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor};
use store_postgres::grants::RETIRED_ROLES;

use crate::test_server::{TestServer, try_as_role};

const PASSWORD: &str = "as-it-was";

/// The last migration of each database in that version.
const PREVIOUS_VERSION: [(&str, &Migrator, i64); 4] = [
    ("userdb", &sqlx::migrate!("../../shared/store-postgres/migrations/userdb"), 1),
    ("productdb", &sqlx::migrate!("../../shared/store-postgres/migrations/productdb"), 10),
    ("orderdb", &sqlx::migrate!("../../shared/store-postgres/migrations/orderdb"), 10),
    ("inventorydb", &sqlx::migrate!("../../shared/store-postgres/migrations/inventorydb"), 10),
];

/// What functions of that version do with each database, as the role that they shared.
const STATEMENTS: [(&str, &str); 4] = [
    (
        "userdb",
        "insert into users (name, email, password_hash, created_at, updated_at) values ('A', 'a', 'h', now(), now())",
    ),
    (
        "productdb",
        "insert into products (id, name, price, category, created_at, updated_at)
             values (next_product(), 'Tea', 2, 'Kitchen', now(), now());
         update products set price = 3, category = category_spelling('Garden');
         delete from products",
    ),
    (
        "orderdb",
        "insert into orders (id, user_id, total, status, created_at, updated_at, payment_id, payment_method)
             values (next_order(), 1, 1, 'confirmed', now(), now(), gen_random_uuid(), 'tok');
         insert into outbox (event_id, body) values (gen_random_uuid(), '{}')",
    ),
    (
        "inventorydb",
        "select * from set_stock(gen_random_uuid(), 1, 5, 1, null);
         select * from hold(1, 1, array[1], array[1], 60, null);
         select sell(1, 1);
         select * from take_back(1, null);
         update inventory set quantity = quantity + 1",
    ),
];

/// As that version's deploy created it, verbatim.
async fn create_previous_version(shop: &TestServer) {
    let mut server = shop.open_server().await;
    for (database, today, last) in PREVIOUS_VERSION {
        let role = RETIRED_ROLES.iter().find(|(of, _)| *of == database).unwrap().1;
        let make = format!(
            "do $$ begin create role {role} login; exception when duplicate_object or unique_violation then null; end $$;
             alter role {role} login password '{PASSWORD}'"
        );
        server.execute(AssertSqlSafe(make)).await.unwrap();
        server.execute(AssertSqlSafe(format!(r#"create database "{}{database}""#, shop.prefix))).await.unwrap();
        let migrations: Vec<_> = today.migrations.iter().filter(|one| one.version <= last).cloned().collect();
        let mut conn = shop.open(database).await;
        Migrator { migrations: Cow::Owned(migrations), ..Migrator::DEFAULT }.run(&mut conn).await.unwrap();
        let grants = format!(
            "revoke create on schema public from public;
             grant usage on schema public to {role};
             grant select, insert, update, delete on all tables in schema public to {role};
             grant usage, select on all sequences in schema public to {role};
             revoke all on _sqlx_migrations from {role};"
        );
        conn.execute(AssertSqlSafe(grants)).await.unwrap();
    }
}

async fn sign_in(shop: &TestServer, database: &str, role: &str) -> sqlx::Result<PgConnection> {
    PgConnection::connect_with(&shop.options(database).username(role).password(PASSWORD)).await
}

async fn run_statements(conn: &mut PgConnection, statements: &str) -> Result<(), String> {
    let mut tx = conn.begin().await.unwrap();
    let done = tx.execute(AssertSqlSafe(statements.to_owned())).await;
    tx.rollback().await.unwrap();
    done.map(drop).map_err(|error| error.to_string())
}

#[tokio::test]
async fn the_version_before_works_until_it_is_replaced_and_then_no_more() {
    let shop = TestServer::not_deployed();
    create_previous_version(&shop).await;
    let mut open = Vec::new();
    for ((database, role), (_, statements)) in RETIRED_ROLES.iter().zip(STATEMENTS) {
        let mut conn = sign_in(&shop, database, role).await.unwrap();
        run_statements(&mut conn, statements).await.unwrap_or_else(|error| panic!("{database} before: {error}"));
        open.push(conn);
    }
    for _ in 0..2 {
        shop.deploy("keep").await;
        for (((database, role), (_, statements)), conn) in RETIRED_ROLES.iter().zip(STATEMENTS).zip(&mut open) {
            run_statements(conn, statements).await.unwrap_or_else(|error| panic!("{database}, open: {error}"));
            let mut new = sign_in(&shop, database, role).await.unwrap();
            run_statements(&mut new, statements).await.unwrap_or_else(|error| panic!("{database}, new: {error}"));
        }
    }
    // The new version beside it.
    let mut orders = shop.open("orderdb").await;
    assert_eq!(try_as_role(&mut orders, "fn_orders", "select next_order()").await, Ok(()));

    for _ in 0..2 {
        shop.deploy("remove").await;
        for (((database, role), (_, statements)), conn) in RETIRED_ROLES.iter().zip(STATEMENTS).zip(&mut open) {
            let rejected = run_statements(conn, statements).await.unwrap_err();
            assert!(rejected.contains("permission denied"), "{database}: {rejected}");
            assert!(sign_in(&shop, database, role).await.is_err(), "{role} can sign in");
        }
        assert_eq!(try_as_role(&mut orders, "fn_orders", "select next_order()").await, Ok(()));
    }
}

#[tokio::test]
async fn an_unknown_setting_is_named_in_the_error() {
    let shop = TestServer::not_deployed();
    let env = shop.env.clone().with_overrides([("OLD_DATABASE_ROLES", "perhaps")]);
    let rejected = migrations::run(&env).await.unwrap_err().to_string();
    assert!(rejected.contains("OLD_DATABASE_ROLES"), "{rejected}");
}
