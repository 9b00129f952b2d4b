//! What the clients do when a store's end of a connection vanishes silently.

use std::time::Duration;

use chaos::fault_proxy::{Fault, FaultProxy, Protocol};
use store_redis::{Config, Redis};
use testkit::TestEnv;
use tokio::time::{Instant, sleep, timeout};

/// Longer than an unresponsive connection is trusted, and than opening one takes.
const RECONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const POLL_INTERVAL: Duration = Duration::from_millis(50);

async fn wait_until_available(redis: &Redis) {
    let answered = async {
        while redis.ping().await.is_err() {
            sleep(POLL_INTERVAL).await;
        }
    };
    timeout(RECONNECT_TIMEOUT, answered).await.expect("Redis is there");
}

#[tokio::test]
async fn a_hanging_redis_is_reconnected_to() {
    let test_env = TestEnv::new().await;
    let (_, url) = test_env.env_vars().iter().find(|(name, _)| name == "REDIS_URL").unwrap();
    let port = url.rsplit_once(':').unwrap().1.trim_end_matches('/').parse().unwrap();
    let proxy = FaultProxy::start(port, Protocol::Resp).await.unwrap();
    let through = url.replacen(&format!(":{port}"), &format!(":{}", proxy.port), 1);
    let redis = Redis::new(&Config::from_env(&test_env.env_with(&[("REDIS_URL", &through)])).unwrap()).unwrap();
    for fault in [Fault::HangBefore, Fault::HangAfter, Fault::HalfOpen] {
        wait_until_available(&redis).await;
        proxy.inject(0, fault);
        let asked = Instant::now();
        redis.ping().await.expect_err("it is silent");
        assert!(asked.elapsed() < RECONNECT_TIMEOUT, "{fault:?}: no request waits for a hanging server");
        wait_until_available(&redis).await;
    }
}
