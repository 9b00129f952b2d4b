//! `load`: what it does to a shop that is well, what it writes down, and what it notices.

use std::path::{Path, PathBuf};
use std::time::Duration;

use load::Credentials;
use load::mix::{self, Bounds, Pace, Plan, Summary, Tolerance, Trouble, Weights};
use load::verify;
use reconcile::{Acknowledged, History};
use tests::Shop;
use tokio::sync::watch;

fn history(name: &str) -> PathBuf {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    for file in [file.clone(), replays(&file)] {
        let _ = std::fs::remove_file(file);
    }
    file
}

fn replays(history: &Path) -> PathBuf {
    PathBuf::from(format!("{}.replays", history.display()))
}

async fn plan(shop: &Shop, history: &Path, requests: u64, pace: Pace) -> Plan {
    let token = shop.admin().await.token();
    Plan {
        urls: vec![shop.url.clone()],
        users: 6,
        pace,
        bounds: Bounds { time: Duration::from_secs(120), requests },
        patience: Duration::from_secs(40),
        timeout: Duration::from_secs(15),
        seed: 7,
        weights: Weights::default(),
        awkward_cards: 0.1,
        // A machine that compiles beside it may be that slow.
        tolerance: Tolerance::of(&[Trouble::Unavailable]),
        history: Some(history.to_owned()),
        admin: Some(Credentials::Token(token)),
        furnish: 12,
    }
}

async fn run(plan: &Plan) -> Summary {
    let (_go, told) = watch::channel(false);
    mix::run(plan, told, |_| {}).await.unwrap()
}

async fn verified(plan: &Plan) -> verify::Found {
    let plan = verify::Plan {
        urls: plan.urls.clone(),
        history: plan.history.clone().unwrap(),
        admin: plan.admin.clone(),
        at_once: 4,
        patience: Duration::from_secs(30),
    };
    verify::verify(&plan).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shop_that_is_well_keeps_what_it_said_and_one_that_is_not_is_noticed() {
    let (shop, file) = (Shop::open().await, history("load"));
    let plan = plan(&shop, &file, 400, Pace::Closed).await;
    let summary = run(&plan).await;
    assert!(summary.is_good(), "{summary}");
    assert!(summary.left_out.is_empty() && summary.total.requests >= 400, "{summary}");
    for kind in ["browse", "buy_one", "buy_many", "decline", "review", "track", "sign_up"] {
        let line = summary.kinds.iter().find(|line| line.kind == kind);
        assert!(line.is_some_and(|line| line.requests > 0 && line.p50_ms > 0.0), "{kind}: {summary}");
    }

    let told = History::read(std::io::BufReader::new(std::fs::File::open(&file).unwrap())).unwrap().told;
    let orders = told.iter().filter(|fact| matches!(fact, Acknowledged::Order { .. })).count();
    let found = verified(&plan).await;
    assert!(orders > 0 && found.orders == orders && found.replayed >= orders, "{found}, {orders} orders");
    assert_eq!(found.differences, Vec::<String>::new());

    // A shop that had said otherwise.
    let notes = std::fs::read_to_string(replays(&file)).unwrap();
    let other = notes.replacen(r#"\"status\":\"confirmed\""#, r#"\"status\":\"delivered\""#, 1);
    assert_ne!(other, notes);
    std::fs::write(replays(&file), other).unwrap();
    let facts = std::fs::read_to_string(&file).unwrap();
    let order = facts.lines().find(|line| line.contains(r#""kind":"order""#)).unwrap();
    let missing = order.replacen(r#""orderId":"#, r#""orderId":9"#, 1);
    std::fs::write(&file, format!("{facts}{missing}\n")).unwrap();
    let found = verified(&plan).await;
    assert_eq!(found.differences.len(), 2, "{:#?}", found.differences);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn arrivals_are_as_many_as_were_asked_for_and_strangers_are_no_admins() {
    let (shop, file) = (Shop::open().await, history("load-open"));
    shop.product(&shop.admin().await, "Load lamp", 20.0, 500).await;
    let mut plan = plan(&shop, &file, u64::MAX, Pace::Open(20.0)).await;
    plan.admin = None;
    plan.bounds.time = Duration::from_secs(4);
    let summary = run(&plan).await;
    assert!(summary.is_good(), "{summary}");
    assert_eq!(summary.left_out, ["refund", "stock"]);
    // 80 are due; four times their standard deviation either way, and what is asked twice.
    assert!((44..130).contains(&summary.total.requests), "{summary}");
}
