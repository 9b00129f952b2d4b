//! What a store's other end does when it vanishes without a word, and what our clients make of it.

use std::time::Duration;

use faults::wire::{Fault, Protocol, Proxy};
use redis_store::{Config, Redis};
use testkit::Bed;
use tokio::time::{Instant, sleep, timeout};

/// Longer than a connection is trusted that says nothing, and than one takes to be made.
const SOON: Duration = Duration::from_secs(10);
const BETWEEN: Duration = Duration::from_millis(50);

async fn until_it_answers(redis: &Redis) {
    let answered = async {
        while redis.ping().await.is_err() {
            sleep(BETWEEN).await;
        }
    };
    timeout(SOON, answered).await.expect("Redis is there");
}

#[tokio::test]
async fn a_redis_that_falls_silent_is_connected_to_anew() {
    let bed = Bed::new().await;
    let (_, url) = bed.variables().iter().find(|(name, _)| name == "REDIS_URL").unwrap();
    let port = url.rsplit_once(':').unwrap().1.trim_end_matches('/').parse().unwrap();
    let proxy = Proxy::before(port, Protocol::Resp).await.unwrap();
    let through = url.replacen(&format!(":{port}"), &format!(":{}", proxy.port), 1);
    let redis = Redis::new(&Config::read(&bed.vars_with(&[("REDIS_URL", &through)])).unwrap()).unwrap();
    for fault in [Fault::HangBefore, Fault::HangAfter, Fault::HalfOpen] {
        until_it_answers(&redis).await;
        proxy.strike(0, fault);
        let asked = Instant::now();
        redis.ping().await.expect_err("it is silent");
        assert!(asked.elapsed() < SOON, "{fault:?}: nobody waits for what is silent");
        until_it_answers(&redis).await;
    }
}
