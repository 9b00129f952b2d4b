//! A rollback to the previous version: the databases have migrations that this version does not
//! know. Its own migrations succeed, remove nothing, and its functions work.

use std::time::Duration;

use runtime::Env;
use serde_json::json;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection, SqlSafeStr};
use testkit::TestEnv;

const REMAINING_TIME: Duration = Duration::from_secs(60);
/// The number of the next version's migration; no version comes near it.
const NEXT_MIGRATION: i64 = 9000;

/// Each database, how it is created today, and what a next version may do to it: it adds, and
/// removes nothing.
const NEXT_VERSION: [(&str, &Migrator, &str); 4] = [
    (
        "USERDB_URL",
        &sqlx::migrate!("../../shared/store-postgres/migrations/userdb"),
        "alter table users add column of_next text, add column counted integer not null default 0;
         create table next_things (id bigint primary key, user_id integer not null references users (id))",
    ),
    (
        "PRODUCTDB_URL",
        &sqlx::migrate!("../../shared/store-postgres/migrations/productdb"),
        "alter table products add column of_next text, add column counted integer not null default 0;
         create index products_of_next on products (of_next);
         create table next_things (id bigint primary key)",
    ),
    (
        "ORDERDB_URL",
        &sqlx::migrate!("../../shared/store-postgres/migrations/orderdb"),
        "alter table orders add column of_next text, add column counted integer not null default 0;
         create table next_things (id bigint primary key, order_id integer not null);
         create function next_deed(n integer) returns integer language sql stable as 'select n + 1'",
    ),
    (
        "INVENTORYDB_URL",
        &sqlx::migrate!("../../shared/store-postgres/migrations/inventorydb"),
        "alter table inventory add column of_next text, add column counted integer not null default 0;
         create table next_things (id bigint primary key)",
    ),
];

/// A database of this test, as the deploying role.
async fn connect_as_admin(test_env: &TestEnv, variable: &str) -> PgConnection {
    let own: PgConnectOptions = test_env.env().required(variable).unwrap().parse().unwrap();
    let admin: PgConnectOptions = Env::from_env().required("SHOP_POSTGRES_URL").unwrap().parse().unwrap();
    PgConnection::connect_with(&admin.database(own.get_database().unwrap())).await.unwrap()
}

async fn deploy_the_next_version(test_env: &TestEnv) {
    for (variable, today, sql) in NEXT_VERSION {
        let next = Migration::new(NEXT_MIGRATION, "next".into(), MigrationType::Simple, sql.into_sql_str(), false);
        let all = today.iter().cloned().chain([next]).collect();
        Migrator::with_migrations(all).run(&mut connect_as_admin(test_env, variable).await).await.unwrap();
    }
}

async fn deploy_this_version(test_env: &TestEnv) {
    let admin = Env::from_env().required("SHOP_POSTGRES_URL").unwrap();
    let changed =
        [("POSTGRES_ADMIN_URL", admin.as_str()), ("DATABASE_PREFIX", &test_env.prefix), ("OLD_DATABASE_ROLES", "keep")];
    let response = migrations::handle(&test_env.env_with(&changed), json!({}), REMAINING_TIME).await.unwrap();
    assert_eq!(response, json!({"status": "migrated"}));
}

#[tokio::test]
async fn the_version_before_works_on_the_databases_of_the_next_and_its_migrations_run_through() {
    let test_env = TestEnv::new().await;
    deploy_the_next_version(&test_env).await;
    for _ in 0..2 {
        deploy_this_version(&test_env).await;
        for (variable, today, _) in NEXT_VERSION {
            let mut conn = connect_as_admin(&test_env, variable).await;
            let applied = sqlx::query_scalar("select array_agg(version order by version) from _sqlx_migrations");
            let applied: Vec<i64> = applied.fetch_one(&mut conn).await.unwrap();
            let expected: Vec<i64> = today.iter().map(|one| one.version).chain([NEXT_MIGRATION]).collect();
            assert_eq!(applied, expected, "{variable}");
            sqlx::query("select id from next_things").fetch_optional(&mut conn).await.unwrap();
        }
    }
    assert_shop_works(&test_env).await;
}

/// One write of each group: an account, a product, a purchase, its payment, a review.
async fn assert_shop_works(test_env: &TestEnv) {
    let (env, clock, stack) = (test_env.env(), &test_env.clock, test_env.http_stack());
    let users = test_env.client(users::router(users::App::from_env(&env, clock).unwrap(), &stack));
    let products = test_env.client(products::router(products::App::from_env(&env, clock).unwrap(), &stack));
    let orders = test_env.client(orders::router(orders::App::from_env(&env, clock).unwrap(), &stack));
    let payments = test_env.client(payments::router(payments::App::from_env(&env, clock).unwrap(), &stack));
    let inventory = test_env.client(inventory::router(inventory::App::from_env(&env, clock).unwrap(), &stack));
    let reviews = test_env.client(reviews::router(reviews::App::from_env(&env, clock).unwrap(), &stack));

    let account = json!({"name": "Ada", "email": "ada@example.org", "password": "correct horse battery"});
    users.post("/api/users/signup", account.clone()).await.expect(201);
    let login = json!({"email": "ada@example.org", "password": "correct horse battery"});
    let login = users.post("/api/users/login", login).await.expect(200).json();
    let ada = |client: &testkit::TestClient| client.with_token(login["token"].as_str().unwrap());
    let admin = test_env.admin().await;

    let cup = json!({"name": "Cup", "price": 12.5, "stock": 4, "category": "Kitchen"});
    let cup = products.as_user(&admin).post("/api/products", cup).await.expect(201).json();
    let order = json!({"items": [{"productId": cup["id"], "quantity": 1}]});
    let order = ada(&orders).post("/api/orders", order).await.expect(201).json();
    assert_eq!(order["status"], "confirmed", "{order}");
    let paid = ada(&payments).get(&format!("/api/payments/order/{}", order["id"])).await.expect(200).json();
    assert_eq!(paid[0]["status"], "captured", "{paid}");
    let stock = inventory.as_user(&admin).get(&format!("/api/inventory/{}", cup["id"])).await.expect(200).json();
    assert_eq!(stock["available"], 3, "{stock}");
    let review = json!({"productId": cup["id"], "rating": 5, "comment": "Good."});
    let review = ada(&reviews).post("/api/reviews", review).await.expect(201).json();
    assert_eq!(review["verifiedPurchase"], true, "{review}");
    let cancelled = json!({"status": "cancelled"});
    ada(&orders).put(&format!("/api/orders/{}", order["id"]), cancelled).await.expect(200);
}

/// The previous version grants functions by their name alone: a second one of that name would make
/// its migrations fail.
#[tokio::test]
async fn no_two_functions_of_a_database_have_one_name() {
    let test_env = TestEnv::new().await;
    for (variable, ..) in NEXT_VERSION {
        let twice = sqlx::query_scalar(
            "select proname::text from pg_proc where pronamespace = 'public'::regnamespace group by 1 having count(*) > 1",
        );
        let twice: Vec<String> = twice.fetch_all(&mut connect_as_admin(&test_env, variable).await).await.unwrap();
        assert!(twice.is_empty(), "{variable}: {twice:?}");
    }
}
