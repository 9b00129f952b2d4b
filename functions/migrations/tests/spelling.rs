//! A catalog of an older version that spells the same category in several ways.

use std::borrow::Cow;
use std::time::Duration;

use runtime::{Clock, Env};
use serde_json::json;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection, Executor};

static PRODUCTDB: Migrator = sqlx::migrate!("../../shared/store-postgres/migrations/productdb");

/// Three mugs in one spelling, one in each of two others, and names that are not composed.
const ROWS: &str = "
    insert into products (name, description, price, stock, category, created_at, updated_at) values
        ('Mug 1', null, 1, 1, 'Kitchen', now(), now()), ('Mug 2', null, 1, 1, 'Kitchen', now(), now()),
        ('Mug 3', null, 1, 1, 'Kitchen', now(), now()), ('Mug 4', null, 1, 1, 'KITCHEN', now(), now()),
        ('Mug 5', null, 1, 1, 'kitchen', now(), now()), ('Lamp', null, 1, 1, 'Light', now(), now()),
        (U&'Cre\\0300me', null, 1, 1, null, now(), now()), ('Guide', U&'to \\0130stanbul', 1, 1, 'light', now(), now())";

#[tokio::test]
async fn an_older_catalog_gets_one_spelling_of_each_category_and_searchable_words() {
    let prefix = format!("s{:x}_", Clock::system().random() as u64);
    let of = |name: &str| Env::from_env().required(name).expect("run tests through `make test`");
    let env: Env = [
        ("POSTGRES_ADMIN_URL", of("SHOP_POSTGRES_URL")),
        ("DATABASE_PREFIX", prefix.clone()),
        ("MONGODB_URL", of("SHOP_MONGODB_URL")),
        ("REVIEWDB_NAME", format!("{prefix}reviewdb")),
        ("ANALYTICSDB_NAME", format!("{prefix}analyticsdb")),
    ]
    .into_iter()
    .collect();
    let admin: PgConnectOptions = of("SHOP_POSTGRES_URL").parse().unwrap();
    let mut server = PgConnection::connect_with(&admin).await.unwrap();
    server.execute(AssertSqlSafe(format!(r#"create database "{prefix}productdb""#))).await.unwrap();
    let mut db = PgConnection::connect_with(&admin.database(&format!("{prefix}productdb"))).await.unwrap();
    let before = PRODUCTDB.migrations.iter().filter(|migration| migration.version < 5).cloned().collect();
    Migrator { migrations: Cow::Owned(before), ..Migrator::DEFAULT }.run(&mut db).await.unwrap();
    db.execute(ROWS).await.unwrap();

    migrations::handle(&env, json!({}), Duration::from_secs(60)).await.unwrap();

    let categories = "select name::text, products from categories order by name collate \"C\"";
    let categories: Vec<(String, i64)> = sqlx::query_as(categories).fetch_all(&mut db).await.unwrap();
    assert_eq!(categories, [("Kitchen".to_owned(), 5), ("Light".to_owned(), 2)]);
    let spelled = "select category::text, count(*) from products where category is not null group by 1 order by 1";
    let spelled: Vec<(String, i64)> = sqlx::query_as(spelled).fetch_all(&mut db).await.unwrap();
    assert_eq!(spelled, categories);
    for (q, name) in [("cr\u{e8}me", "Cr\u{e8}me"), ("creme", "Cr\u{e8}me"), ("istanbul", "Guide"), ("mug 4", "Mug 4")]
    {
        let found = sqlx::query_scalar::<_, String>("select name from products where search @@ prefixes($1)");
        assert_eq!(found.bind(q).fetch_all(&mut db).await.unwrap(), [name], "{q}");
    }
}
