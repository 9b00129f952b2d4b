//! `workload`: what it does to a healthy shop, what it records, and what it detects.

use std::path::{Path, PathBuf};
use std::time::Duration;

use invariants::{Acknowledged, History};
use tests::Shop;
use tokio::sync::watch;
use workload::Credentials;
use workload::simulation::{self, Disruption, Pace, RunLimits, Summary, Tolerance, Weights, WorkloadPlan};
use workload::verify;

fn history_file(name: &str) -> PathBuf {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    for file in [file.clone(), replays_file(&file)] {
        let _ = std::fs::remove_file(file);
    }
    file
}

fn replays_file(history: &Path) -> PathBuf {
    PathBuf::from(format!("{}.replays", history.display()))
}

async fn plan(shop: &Shop, history: &Path, requests: u64, pace: Pace) -> WorkloadPlan {
    let token = shop.admin().await.token().to_owned();
    WorkloadPlan {
        urls: vec![shop.url.clone()],
        users: 6,
        pace,
        limits: RunLimits { time: Duration::from_secs(120), requests },
        drain_timeout: Duration::from_secs(40),
        request_timeout: Duration::from_secs(15),
        seed: 7,
        weights: Weights::default(),
        faulty_card_share: 0.1,
        // A machine that compiles at the same time may be that slow.
        tolerance: Tolerance::new(&[Disruption::Unavailable]),
        history: Some(history.to_owned()),
        admin: Some(Credentials::Token(token)),
        seed_products: 12,
    }
}

async fn run(plan: &WorkloadPlan) -> Summary {
    let (_go, stopped) = watch::channel(false);
    simulation::run_plan(plan, stopped, |_| {}).await.unwrap()
}

async fn verify_history(plan: &WorkloadPlan) -> verify::VerifyReport {
    let plan = verify::VerifyPlan {
        urls: plan.urls.clone(),
        history: plan.history.clone().unwrap(),
        admin: plan.admin.clone(),
        concurrency: 4,
        retry_for: Duration::from_secs(30),
    };
    verify::verify(&plan).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_healthy_shop_passes_verification_and_a_tampered_history_fails() {
    let (shop, file) = (Shop::open().await, history_file("load"));
    let plan = plan(&shop, &file, 400, Pace::Closed).await;
    let summary = run(&plan).await;
    assert!(summary.passed(), "{summary}");
    assert!(summary.left_out.is_empty() && summary.total.requests >= 400, "{summary}");
    for kind in ["browse", "buy_one", "buy_many", "decline", "review", "track", "sign_up"] {
        let line = summary.kinds.iter().find(|line| line.kind == kind);
        assert!(line.is_some_and(|line| line.requests > 0 && line.p50_ms > 0.0), "{kind}: {summary}");
    }

    let acknowledged =
        History::read(std::io::BufReader::new(std::fs::File::open(&file).unwrap())).unwrap().acknowledged;
    let orders = acknowledged.iter().filter(|event| matches!(event, Acknowledged::Order { .. })).count();
    let found = verify_history(&plan).await;
    assert!(orders > 0 && found.orders_read == orders && found.replayed >= orders, "{found}, {orders} orders");
    assert_eq!(found.differences, Vec::<String>::new());

    // A shop whose responses had been different.
    let notes = std::fs::read_to_string(replays_file(&file)).unwrap();
    let other = notes.replacen(r#"\"status\":\"confirmed\""#, r#"\"status\":\"delivered\""#, 1);
    assert_ne!(other, notes);
    std::fs::write(replays_file(&file), other).unwrap();
    let events = std::fs::read_to_string(&file).unwrap();
    let order = events.lines().find(|line| line.contains(r#""kind":"order""#)).unwrap();
    let missing = order.replacen(r#""orderId":"#, r#""orderId":9"#, 1);
    std::fs::write(&file, format!("{events}{missing}\n")).unwrap();
    let found = verify_history(&plan).await;
    assert_eq!(found.differences.len(), 2, "{:#?}", found.differences);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_open_workload_sends_the_configured_rate_without_an_admin() {
    let (shop, file) = (Shop::open().await, history_file("load-open"));
    shop.add_product(&shop.admin().await, "Load lamp", 20.0, 500).await;
    let mut plan = plan(&shop, &file, u64::MAX, Pace::Open(20.0)).await;
    plan.admin = None;
    plan.limits.time = Duration::from_secs(4);
    let summary = run(&plan).await;
    assert!(summary.passed(), "{summary}");
    assert_eq!(summary.left_out, ["refund", "ship", "send_back", "receive", "stock"]);
    // 80 are due; four times their standard deviation either way, and repeated requests.
    assert!((44..130).contains(&summary.total.requests), "{summary}");
}
