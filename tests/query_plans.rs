//! Every statement of the functions finds its rows by an index that has its conditions, whatever
//! the statistics say.
//!
//! The planner takes a statement's values for average ones. Where one customer has most orders, it
//! believes that any customer's next order is close, and walks the primary key past all others'. So
//! here every column that is not a key has the same value in all rows: each plan that could be
//! chosen by such a belief is chosen. The list of statements is `.sqlx`; those that are put together
//! at run time have tests of their own (`plans` of products and of orders).

use std::collections::BTreeSet;

use serde_json::Value;
use sqlx::{AssertSqlSafe, Executor, Row};
use testkit::TestEnv;
use tests::root;

const KEYS: &str = "
    insert into outbox (event_id, body, sent_at)
    select gen_random_uuid(), '{}', case when n % 2 = 0 then now() end from generate_series(1, 5000) n;
    insert into idempotency_keys (user_id, route, key, fingerprint, locked_until)
    select 1, 'r', n::text, ''::bytea, now() from generate_series(1, 5000) n;
    analyze;";
const DATABASES: [(&str, &str); 4] = [
    (
        "USERDB_URL",
        "insert into users (name, email, password_hash, created_at, updated_at)
         select 'Ada', n || '@example.org', 'hash', now(), now() from generate_series(1, 5000) n;
         insert into addresses (user_id, is_default, address, created_at, updated_at)
         select 1, n = 1, '{}', now(), now() from generate_series(1, 5000) n; analyze;",
    ),
    (
        "PRODUCTDB_URL",
        "insert into products (name, price, stock, category, created_at, updated_at)
         select 'Mug', 1, 1, 'Kitchen', now(), now() from generate_series(1, 5000) n;
         insert into price_history (product_id, price) select 1, 1 from generate_series(1, 5000);
         insert into product_writes (product_id, token, kind, actor)
         select n, gen_random_uuid(), 'remove', 1 from generate_series(1, 5000) n;",
    ),
    (
        "ORDERDB_URL",
        "insert into orders (user_id, total, status, step, created_at, updated_at, payment_id, payment_method)
         select 1, 1, 'pending', 'place', now(), now(), gen_random_uuid(), 'tok_visa' from generate_series(1, 5000);
         insert into order_items (order_id, product_id, quantity, price, name) select id, 1, 1, 1, 'Mug' from orders;
         insert into order_timeline (order_id, status, at) select 1, 'confirmed', now() from orders;
         insert into tax_rates (country, region, basis_points) select 'US', n::text, 1 from generate_series(1, 5000) n;
         insert into shipping_methods (name, price, min_days, max_days)
         select n::text, 1, 1, 2 from generate_series(1, 5000) n;
         insert into discounts (code, kind, value) select 'CODE' || n, 'amount', 1 from generate_series(1, 5000) n;
         insert into discount_customers (discount_id, user_id, uses) select id, 1, 1 from discounts;
         insert into refunds (id, order_id, payment_id, amount, created_at)
         select gen_random_uuid(), 1, payment_id, 1, now() from orders;
         insert into fulfilments (id, order_id, created_at) select gen_random_uuid(), id, now() from orders;
         insert into fulfilment_items (order_id, product_id, fulfilment_id, quantity)
         select order_id, 1, id, 1 from fulfilments;
         insert into returns (id, order_id, reason, created_at) select id, order_id, 'r', now() from fulfilments;
         insert into return_items (order_id, product_id, return_id, quantity)
         select order_id, 1, id, 1 from returns;
         insert into refunds (id, order_id, payment_id, amount, created_at, return_id)
         select id, order_id, id, 1, now(), id from returns;
         insert into refund_items (order_id, product_id, refund_id, quantity, amount)
         select order_id, 1, id, 1, 1 from returns;",
    ),
    (
        "INVENTORYDB_URL",
        "insert into inventory (product_id, quantity, reserved) select n, 100, 1 from generate_series(1, 5000) n;
         insert into reservations (order_id, attempt, product_id, quantity, expires_at)
         select 1, n, 1, 1, now() from generate_series(1, 5000) n;
         insert into stock_ledger (product_id, delta, quantity_after, reason)
         select 1, 1, 1, 'r' from generate_series(1, 5000);",
    ),
];

/// What may read a whole table or a whole index, by a part of its text, and why. One that does not
/// need its exception anymore fails.
const EXCEPTIONS: [(&str, &str); 15] = [
    ("from categories", "a shop has some dozen categories"),
    ("from pricing_version v where", "all rates and methods of a shop, 500 and 100 at most, when an instance has none"),
    ("(select count(*) from tax_rates)", "the same rates, counted before one is added"),
    ("(select count(*) from shipping_methods)", "the same methods"),
    (r#"as "uses!", max_uses::bigint"#, "reconcile compares every discount with its orders"),
    ("with half_done as", "what is under way, counted for an alarm: a partial index with nothing else"),
    (r#"select count(*) as "count!" from outbox where sent_at is null"#, "the same of events"),
    (r#"as "pieces!" from reservations"#, "the same of reservations; reconcile alone"),
    ("select product_id, begun_at from product_writes", "the same of writes; reconcile alone"),
    ("where step is not null and step_at <", "a partial index of what is under way and nothing else, by its age"),
    ("where state = 'intended' and step_at <", "the same of refunds"),
    ("delete from outbox where id in", "the ids of a batch are joined: rows are few enough here to read all"),
    ("update reservations set tries = tries + 1", "the same of a batch"),
    ("update product_writes set step_at", "the same of a batch"),
    ("as asked (user_id, product_id, place)", "one customer has all orders here: they are as good a start as any"),
];

#[tokio::test]
async fn every_statement_is_served_by_an_index_of_its_conditions() {
    let test_env = TestEnv::new().await;
    let mut statements: BTreeSet<(String, usize)> = BTreeSet::new();
    for file in std::fs::read_dir(root().join(".sqlx")).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let statement: Value = serde_json::from_str(&text).unwrap();
        let parameters = statement["describe"]["parameters"]["Left"].as_array().map_or(0, Vec::len);
        statements.insert((statement["query"].as_str().unwrap().to_owned(), parameters));
    }
    let mut planned = BTreeSet::new();
    let (mut faults, mut needed) = (Vec::new(), BTreeSet::new());
    for (url, rows) in DATABASES {
        let mut db = test_env.database(url).acquire().await.unwrap();
        let keys = if url == "USERDB_URL" { "" } else { KEYS };
        db.execute(AssertSqlSafe(format!("{rows}{keys}"))).await.unwrap();
        db.execute("set enable_seqscan = off; set plan_cache_mode = force_generic_plan").await.unwrap();
        for (number, (query, parameters)) in statements.iter().enumerate() {
            // Of another database.
            if db.execute(AssertSqlSafe(format!("prepare s{number} as {query}"))).await.is_err() {
                continue;
            }
            planned.insert(number);
            let nulls = vec!["null"; *parameters].join(", ");
            let nulls = if nulls.is_empty() { nulls } else { format!("({nulls})") };
            let explain = format!("explain (format json) execute s{number}{nulls}");
            let plan: Value = db.fetch_one(sqlx::raw_sql(AssertSqlSafe(explain))).await.unwrap().get(0);
            let Some(fault) = fault(&plan[0]["Plan"], false) else { continue };
            match EXCEPTIONS.iter().find(|(part, _)| query.contains(part)) {
                Some((part, _)) => _ = needed.insert(*part),
                None => faults.push(format!("{fault}\n  {query}")),
            }
        }
    }
    assert_eq!(planned.len(), statements.len(), "statements of no database");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let unneeded: Vec<&str> =
        EXCEPTIONS.map(|(part, _)| part).into_iter().filter(|part| !needed.contains(part)).collect();
    assert!(unneeded.is_empty(), "exceptions that no statement needs: {unneeded:?}");
}

/// The first node of a plan that reads more than it is asked for.
fn fault(node: &Value, limited: bool) -> Option<String> {
    let text = |name: &str| node[name].as_str();
    let kind = text("Node Type").unwrap_or_default();
    let (condition, filter) = (text("Index Cond"), text("Filter"));
    let equals = |of: Option<&str>| of.is_some_and(|of| of.contains(" = "));
    let found = match kind {
        "Seq Scan" => Some("reads a whole table"),
        "Index Scan" | "Index Only Scan" | "Bitmap Index Scan" if condition.is_none() => {
            (filter.is_some() || !limited).then_some("walks a whole index")
        }
        // A keyset's range, and the condition that should have led to it is checked row by row.
        "Index Scan" | "Index Only Scan" if equals(filter) && !equals(condition) => {
            Some("walks an index that does not have its conditions")
        }
        _ => None,
    };
    if let Some(found) = found {
        let of = text("Index Name").or(text("Relation Name")).unwrap_or_default();
        return Some(format!("{found}: {of}, by {condition:?}, filter {filter:?}"));
    }
    let limited = limited || kind == "Limit";
    node["Plans"].as_array().into_iter().flatten().find_map(|node| fault(node, limited))
}
