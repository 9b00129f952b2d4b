//! A shop in use: work in progress is no violation until it has had its time, and reading while it
//! changes raises no false alarm.

use std::cell::Cell;
use std::process::Command;
use std::time::Duration;

use invariants::{CheckOptions, Invariant, InvariantReport};
use tokio::time::timeout;

use crate::shop::{Shop, order_body};

const ORDERS: &str = "ORDERDB_URL";
/// How long a busy machine may take for a handful of checks.
const CHECK_TIMEOUT: Duration = Duration::from_secs(120);

async fn check(shop: &Shop, options: &CheckOptions) -> InvariantReport {
    Box::pin(invariants::check(&shop.stores, options)).await.unwrap()
}

fn violated_invariants(report: &InvariantReport) -> Vec<Invariant> {
    report.sections.iter().filter(|section| section.violations > 0).map(|section| section.invariant).collect()
}

#[tokio::test]
async fn work_in_progress_is_no_violation_until_its_time_is_over() {
    let mut shop = Shop::open().await;
    let tea = shop.product("Tea", 12.99).await;
    let (order, other) = (shop.buy(&[(tea, 1)]).await, shop.buy(&[(tea, 1)]).await);
    shop.track("product.view").await;
    // Nothing has been delivered, an order is being cancelled, an event waits.
    shop.sql(ORDERS, &format!("update orders set step = 'cancel', begun_at = now() where id = {order}")).await;
    shop.sql(ORDERS, "update outbox set sent_at = null").await;
    let living = CheckOptions::default();
    let report = check(&shop, &living).await;
    assert!(report.holds(), "{report}");
    assert_eq!(report.checked_count(Invariant::Completion, "not finished yet"), 2, "{other} is too young");
    let settled = violated_invariants(&check(&shop, &CheckOptions::quiescent()).await);
    assert!(
        [Invariant::Completion, Invariant::Notifications, Invariant::Outbox, Invariant::Queues]
            .iter()
            .all(|i| settled.contains(i)),
        "{settled:?}"
    );

    // Two hours later; but not if a store was unavailable until a minute ago.
    shop.sql(ORDERS, "update orders set begun_at = now() - interval '2 hours'").await;
    shop.sql(ORDERS, "update outbox set created_at = now() - interval '2 hours'").await;
    shop.sql(ORDERS, "update order_timeline set at = now() - interval '2 hours'").await;
    let late = [Invariant::Notifications, Invariant::Outbox, Invariant::FirstAttempt];
    assert_eq!(violated_invariants(&check(&shop, &living).await), late);
    let recovering = CheckOptions { seconds_since_fault: 60.0, ..CheckOptions::default() };
    let report = check(&shop, &recovering).await;
    assert!(report.holds(), "{report}");
    let report = invariants::check_live(&shop.stores, &living, Duration::from_millis(10)).await.unwrap();
    assert_eq!((violated_invariants(&report), report.looked_twice), (late.to_vec(), true));
}

#[tokio::test]
async fn a_live_shop_raises_no_false_alarm() {
    let mut shop = Shop::open().await;
    let (tea, cup) = (shop.product("Tea", 12.99).await, shop.product("Cup", 8.5).await);
    shop.set_stock(tea, 10_000).await;
    shop.drain().await;
    let customer = shop.as_ada();
    let (sold, looks) = (Cell::new(0_usize), Cell::new(0_usize));
    let enough = || sold.get() >= 10 && looks.get() >= 5;
    let trade = async {
        while !enough() {
            let line = [(tea, 1), (cup, 1)];
            let order = customer.post("/api/orders", order_body(&line[..1 + sold.get() % 2], "tok_visa")).await.json();
            if sold.get() % 3 == 0 && order["id"].is_i64() {
                let path = format!("/api/orders/{}", order["id"]);
                customer.put(&path, serde_json::json!({"status": "cancelled"})).await;
            }
            let declined = customer.post("/api/orders", order_body(&line[..1], "tok_declined")).await.json();
            let again = serde_json::json!({"orderId": declined["order"]["id"]});
            customer.post("/api/payments", again).await;
            customer.post("/api/analytics/event", serde_json::json!({"eventType": "product.view"})).await;
            sold.set(sold.get() + 1);
        }
    };
    // Recovery does not wait here: it also claims what is in progress at this moment.
    let deliver = async {
        while !enough() {
            shop.drain().await;
            tokio::task::yield_now().await;
        }
    };
    let look = async {
        while !enough() {
            // On a busy machine a store may not respond in time; then there is no result.
            let Ok(report) = Box::pin(invariants::check(&shop.stores, &CheckOptions::default())).await else {
                continue;
            };
            assert!(report.holds(), "{report}");
            looks.set(looks.get() + 1);
        }
    };
    let all = async { tokio::join!(trade, deliver, look) };
    let ended = timeout(CHECK_TIMEOUT, all).await;
    assert!(ended.is_ok(), "{} sold, {} looks", sold.get(), looks.get());
    shop.drain().await;
    let report = shop.check().await;
    assert!(report.holds(), "{report}");
}

/// The program itself, as an operator runs it.
fn run_command(shop: &Shop, changed: &[(&str, &str)], arguments: &[&str]) -> (Option<i32>, String, String) {
    let env = shop.env.env_with(changed);
    let mut command = Command::new(env!("CARGO_BIN_EXE_reconcile"));
    for name in [
        "USERDB_URL",
        "PRODUCTDB_URL",
        "ORDERDB_URL",
        "INVENTORYDB_URL",
        "MONGODB_URL",
        "REVIEWDB_NAME",
        "ANALYTICSDB_NAME",
        "PAYMENTS_TABLE",
        "NOTIFICATIONS_TABLE",
        "NOTIFICATION_QUEUE_URL",
        "ANALYTICS_QUEUE_URL",
        "CATALOG_QUEUE_URL",
        "REDIS_URL",
        "REDIS_PREFIX",
    ] {
        command.env(name, env.required(name).unwrap());
    }
    let output = command.args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[tokio::test]
async fn the_exit_code_tells_what_was_found() {
    let mut shop = Shop::open().await;
    let tea = shop.product("Tea", 12.99).await;
    let order = shop.buy(&[(tea, 1)]).await;
    shop.drain().await;
    let folder = std::env::temp_dir().join(&shop.env.prefix);
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("history.jsonl");
    let lines: String = shop.acknowledged.iter().map(invariants::Acknowledged::to_line).collect();
    std::fs::write(&file, format!("{lines}{{\"kind\":\"ord")).unwrap();
    let history = file.to_str().unwrap();

    let (code, text, _) = run_command(&shop, &[], &["--settled", "--history", history]);
    assert_eq!(code, Some(0), "{text}");
    let all = format!("All {} invariants hold.\n", Invariant::ALL.len());
    assert!(text.ends_with(&all), "{text}");
    assert!(text.contains("the last line of 1 history files is incomplete"), "{text}");

    let more = format!(
        "alter table orders drop constraint orders_money;
                        update orders set total = total + 0.01 where id = {order}"
    );
    shop.sql(ORDERS, &more).await;
    let (code, text, _) = run_command(&shop, &[], &["--settled", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(code, Some(1), "{text}");
    let price = &report["sections"][9];
    assert_eq!((&price["invariant"], &price["violations"]), (&"I10".into(), &2.into()));
    assert_eq!(price["findings"][0]["about"], format!("order {order}"));

    let away = "postgres://orders:x@127.0.0.1:9/none?sslmode=disable";
    let (code, text, error) = run_command(&shop, &[("ORDERDB_URL", away)], &[]);
    assert_eq!((code, text.as_str()), (Some(2), ""));
    assert!(error.starts_with("error: orderdb could not be read: "), "{error}");
    std::fs::write(&file, "{\"kind\":\"gift\"}\n").unwrap();
    let (code, _, error) = run_command(&shop, &[], &["--history", history]);
    assert_eq!(code, Some(2));
    assert!(error.contains("history.jsonl: line 1: unknown variant `gift`"), "{error}");
    std::fs::remove_dir_all(&folder).unwrap();
}
