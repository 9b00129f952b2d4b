//! The privileges in PostgreSQL's system catalog, compared with the table.

use std::collections::BTreeSet;

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Executor};
use store_postgres::Role;
use store_postgres::grants::{self, OWNER};

use crate::test_server::{DATABASES, TestServer, try_as_role};

const DENIED: &str = "42501";

/// Every privilege in a database that belongs to any role but the owner: `fn_orders: select on
/// table orders`.
async fn actual_grants(conn: &mut PgConnection) -> BTreeSet<String> {
    let sql = "
        with given as (
            select a.grantee, lower(a.privilege_type) as verb, 'table ' || c.relname as object
            from pg_class c, aclexplode(c.relacl) a
            where c.relnamespace = 'public'::regnamespace and c.relkind <> 'S'
            union all
            select a.grantee, lower(a.privilege_type) || ' (' || t.attname || ')', 'table ' || c.relname
            from pg_class c join pg_attribute t on t.attrelid = c.oid, aclexplode(t.attacl) a
            where c.relnamespace = 'public'::regnamespace
            union all
            select a.grantee, lower(a.privilege_type), 'function ' || p.proname
            from pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
            where p.pronamespace = 'public'::regnamespace and p.provolatile <> 'i'
        )
        select case grantee when 0 then 'public' else pg_get_userbyid(grantee) end || ': ' || verb || ' on ' || object
        from given where grantee = 0 or pg_get_userbyid(grantee) not in ('shop_owner', current_user, 'users', 'products', 'orders', 'inventory')";
    sqlx::query_scalar::<_, String>(sql).fetch_all(conn).await.unwrap().into_iter().collect()
}

/// The same from the table.
fn expected_grants(database: &str) -> BTreeSet<String> {
    let of_database = grants::all().iter().filter(|grant| grant.database == database);
    let each = of_database.flat_map(|grant| {
        grant.privileges.iter().map(move |one| format!("{}: {one} on {}", grant.role.name(), grant.object))
    });
    each.collect()
}

#[tokio::test]
async fn roles_may_do_what_the_table_says_and_nothing_else() {
    let shop = TestServer::deployed().await;
    for database in DATABASES {
        assert_eq!(actual_grants(&mut shop.open(database).await).await, expected_grants(database), "{database}");
    }
}

#[tokio::test]
async fn a_deploy_revokes_grants_that_are_not_in_the_table() {
    let shop = TestServer::deployed().await;
    let mut db = shop.open("productdb").await;
    let beside = "grant update on products to fn_orders; grant update (stock) on products to fn_reviews;
         grant select on categories to public; grant execute on function next_product to fn_orders;
         grant all on product_writes to fn_catalog_worker; grant usage on sequence outbox_id_seq to fn_orders;
         grant create on schema public to fn_orders";
    db.execute(beside).await.unwrap();
    assert_ne!(actual_grants(&mut db).await, expected_grants("productdb"));
    for _ in 0..2 {
        shop.deploy("keep").await;
        assert_eq!(actual_grants(&mut db).await, expected_grants("productdb"));
        let sequence = "select has_sequence_privilege('fn_orders', 'outbox_id_seq', 'usage')
                            or has_schema_privilege('fn_orders', 'public', 'create')";
        assert!(!sqlx::query_scalar::<_, bool>(sequence).fetch_one(&mut db).await.unwrap());
    }
}

/// Executed, and not only read: every change that a role has no grant for is rejected.
#[tokio::test]
async fn every_other_change_of_every_table_is_rejected() {
    let shop = TestServer::deployed().await;
    let mut rejected = 0;
    for database in DATABASES {
        let mut db = shop.open(database).await;
        let tables = "select c.relname::text, (select attname::text from pg_attribute
                          where attrelid = c.oid and attnum > 0 and not attisdropped and attgenerated = '' order by attnum limit 1)
                      from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' order by 1";
        let tables: Vec<(String, String)> = sqlx::query_as(tables).fetch_all(&mut db).await.unwrap();
        for role in Role::ALL {
            for (table, column) in &tables {
                let object = format!("table {table}");
                let mine = role.grants().filter(|grant| grant.database == database && grant.object == object);
                let has = mine.flat_map(|grant| &grant.privileges).cloned().collect::<BTreeSet<String>>();
                let reads = has.iter().any(|one| one.starts_with("select"));
                for (allowed, statement) in [
                    (
                        has.contains(&format!("update ({column})")),
                        format!("update {table} set {column} = {column} where false"),
                    ),
                    (has.contains("delete"), format!("delete from {table} where false")),
                    (has.contains("insert"), format!("insert into {table} ({column}) values (default)")),
                    (reads, format!("select 1 from {table} where false")),
                    (false, format!("truncate {table}")),
                    (false, format!("alter table {table} add column mine integer")),
                ] {
                    // Reading is a part of writing, so only what is not granted is checked.
                    if !allowed {
                        let outcome = try_as_role(&mut db, role.name(), &statement).await;
                        assert_eq!(outcome, Err(DENIED.to_owned()), "{role:?} in {database}: {statement}");
                        rejected += 1;
                    }
                }
            }
        }
    }
    assert!(rejected > 500, "only {rejected}");
}

#[tokio::test]
async fn nothing_is_forgotten_by_the_table_and_writers_run_as_the_owner() {
    let shop = TestServer::deployed().await;
    for database in DATABASES {
        let mut db = shop.open(database).await;
        let tables = "select 'table ' || relname from pg_class where relnamespace = 'public'::regnamespace
                      and relkind in ('r', 'p', 'v', 'm') and relname <> '_sqlx_migrations'";
        let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut db).await.unwrap();
        for table in tables {
            let touched = grants::all().iter().filter(|grant| grant.database == database && grant.object == table);
            // categories are counted by triggers, price_history is written by them.
            assert!(touched.count() > 0, "{database}: no function may touch {table}: it is missing in grants.txt");
        }
        let strange = "select relname::text from pg_class where relnamespace = 'public'::regnamespace
                       and relname <> '_sqlx_migrations' and relkind in ('r', 'S', 'v') and relname !~ '_sqlx'
                       and pg_get_userbyid(relowner) <> $1";
        let strange: Vec<String> = sqlx::query_scalar(strange).bind(OWNER).fetch_all(&mut db).await.unwrap();
        assert_eq!(strange, [""; 0], "{database}");
        // `create or replace` drops both: a migration that replaces a function must repeat them.
        let loose = "select proname::text from pg_proc where pronamespace = 'public'::regnamespace
                     and prosrc ~* '\\m(insert|update|delete|nextval)\\M'
                     and not (prosecdef and proconfig = array['search_path=pg_catalog, public, pg_temp'])";
        let loose: Vec<String> = sqlx::query_scalar(loose).fetch_all(&mut db).await.unwrap();
        assert_eq!(loose, [""; 0], "{database}: `security definer set search_path = pg_catalog, public, pg_temp`");
        let strays = "select proname::text from pg_proc where pronamespace = 'public'::regnamespace and prosecdef
                      and pg_get_userbyid(proowner) <> $1";
        let strays: Vec<String> = sqlx::query_scalar(strays).bind(OWNER).fetch_all(&mut db).await.unwrap();
        assert_eq!(strays, [""; 0], "{database}");
    }
    let mut db = shop.open("userdb").await;
    let owner = "select rolcanlogin or rolsuper or rolcreaterole from pg_roles where rolname = $1";
    assert!(!sqlx::query_scalar::<_, bool>(owner).bind(OWNER).fetch_one(&mut db).await.unwrap());
}

#[tokio::test]
async fn a_role_connects_to_the_databases_of_its_lines_alone() {
    let shop = TestServer::deployed().await;
    let mut db = shop.open("userdb").await;
    for role in Role::ALL {
        for database in DATABASES {
            let may = "select has_database_privilege($1, $2, 'connect')";
            let may = sqlx::query_scalar::<_, bool>(may).bind(role.name()).bind(format!("{}{database}", shop.prefix));
            assert_eq!(may.fetch_one(&mut db).await.unwrap(), role.can_connect(database), "{role:?} {database}");
        }
    }
}

/// As on RDS, where the administrator is no superuser.
#[tokio::test]
async fn an_administrator_who_is_no_superuser_deploys_and_deploys_again() {
    let shop = TestServer::not_deployed();
    let name = format!("{}admin", shop.prefix);
    let mut server = shop.open_server().await;
    let make = format!("create role {name} login createdb createrole password 'x'");
    server.execute(AssertSqlSafe(make)).await.unwrap();
    let roles = Role::ALL.map(Role::name).join(", ");
    // It exists already, created by another administrator; on RDS it is always the same.
    let known = format!(
        "do $$ begin grant {OWNER}, {roles} to {name} with admin option; exception when undefined_object then null; end $$"
    );
    server.execute(AssertSqlSafe(known)).await.unwrap();
    let admin = shop.admin.clone().username(&name).password("x");
    let shop = TestServer { env: shop.env.clone().with_overrides([("POSTGRES_ADMIN_URL", url(&admin))]), ..shop };
    for _ in 0..2 {
        shop.deploy("keep").await;
    }
    for database in DATABASES {
        let mut there = actual_grants(&mut shop.open(database).await).await;
        there.retain(|line| !line.starts_with(&name));
        assert_eq!(there, expected_grants(database), "{database}");
    }
    // A step runs as the owner, whoever calls it.
    let mut db = shop.open("inventorydb").await;
    let hold = "select * from hold(1, 1, array[1], array[1], 60, null)";
    assert_eq!(try_as_role(&mut db, "fn_orders", hold).await, Ok(()));
    assert_eq!(try_as_role(&mut db, "fn_reviews", hold).await, Err(DENIED.to_owned()));
}

fn url(options: &sqlx::postgres::PgConnectOptions) -> String {
    sqlx::ConnectOptions::to_url_lossy(options).to_string()
}

/// Concrete examples of what one function could once do to another's rows.
#[tokio::test]
async fn no_role_writes_tables_of_another_function() {
    let shop = TestServer::deployed().await;
    for (database, roles, statement) in [
        (
            "userdb",
            ["fn_notifications", "fn_notification_worker", "fn_recovery"],
            "update users set password_hash = 'mine'",
        ),
        ("userdb", ["fn_notifications", "fn_notification_worker", "fn_recovery"], "select password_hash from users"),
        ("userdb", ["fn_orders", "fn_reviews", "reconcile"], "select email from users"),
        // A role that signs users up or logs them in cannot make an admin, and an operator never
        // sees a password.
        ("userdb", ["fn_users", "fn_recovery", "reconcile"], "update users set role = 'admin'"),
        (
            "userdb",
            ["fn_users", "fn_operator", "fn_recovery"],
            "insert into users (name, email, password_hash, role, created_at, updated_at) values ('a', 'a', 'a', 'admin', now(), now())",
        ),
        ("userdb", ["fn_operator", "fn_notifications", "reconcile"], "update users set password_hash = 'mine'"),
        ("userdb", ["fn_operator", "fn_notifications", "reconcile"], "select password_hash from users"),
        ("productdb", ["fn_orders", "fn_payments", "fn_reviews"], "update products set price = 0"),
        (
            "productdb",
            ["fn_products", "fn_recovery", "reconcile"],
            "insert into price_history (product_id, price) values (1, 0)",
        ),
        ("inventorydb", ["fn_orders", "fn_payments", "fn_products"], "update inventory set quantity = 9"),
        ("inventorydb", ["fn_reviews", "fn_products", "reconcile"], "select sell(1, 1)"),
        ("orderdb", ["fn_reviews", "fn_analytics_worker", "reconcile"], "update orders set status = 'cancelled'"),
        ("orderdb", ["fn_reviews", "fn_analytics_worker", "fn_inventory"], "select payment_id from orders"),
    ] {
        let mut db = shop.open(database).await;
        for role in roles {
            assert_eq!(try_as_role(&mut db, role, statement).await, Err(DENIED.to_owned()), "{role}: {statement}");
        }
    }
}
