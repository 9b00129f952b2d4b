//! The metrics of a run, also of a failed one. A test in a process of its own: metrics are kept per
//! process.

use runtime::metrics;
use testkit::TestEnv;

/// A metric of this process.
fn metric_value(name: &str) -> Option<f64> {
    let text = metrics::render_prometheus();
    let line = text.lines().find(|line| line.starts_with(&format!("{name} ")))?;
    line.rsplit(' ').next()?.parse().ok()
}

#[tokio::test]
async fn stuck_checkouts_are_reported_even_when_the_run_fails_or_they_cannot_be_counted() {
    let test_env = TestEnv::new().await;
    let nowhere = "postgres://x@127.0.0.1:9/x";
    let mut db = test_env.connection("ORDERDB_URL").await;
    let half_done =
        "insert into orders (user_id, total, status, created_at, updated_at, step, payment_id, payment_method)
        select n, 10, 'confirmed', now(), now(), 'cancel', gen_random_uuid(), 'tok_visa' from generate_series(1, 3) n";
    sqlx::query(half_done).execute(&mut *db).await.unwrap();
    // Nothing can be compensated, and two outboxes cannot be read.
    let env = test_env.env_with(&[("INVENTORYDB_URL", nowhere), ("PRODUCTDB_URL", nowhere)]);
    let app = recovery::App::from_env(&env, &test_env.clock).unwrap();
    recovery::run_with_idle_seconds(&app, 0.0).await.expect_err("two stores are unreachable");
    assert_eq!(metric_value("shop_stuck_checkouts"), Some(3.0));
    assert!(metric_value("shop_recovery_lag_seconds").is_some_and(|lag| lag < 60.0));
    assert!(metric_value("shop_recovery_failures_total").is_some_and(|failures| failures >= 6.0), "3 orders, 3 parts");

    let env = test_env.env_with(&[("ORDERDB_URL", nowhere)]);
    let app = recovery::App::from_env(&env, &test_env.clock).unwrap();
    recovery::run_with_idle_seconds(&app, 0.0).await.expect_err("orderdb is unreachable");
    assert_eq!(metric_value("shop_stuck_checkouts"), Some(1.0), "what cannot be counted is not nothing");
}
