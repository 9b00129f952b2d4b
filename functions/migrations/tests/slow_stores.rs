//! Stores that a deploy has just created are not available at once, and their first operations are
//! slow.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use runtime::{Clock, Env};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const REMAINING_TIME: Duration = Duration::from_secs(120);
/// Longer than a request waits for a connection to MongoDB.
const SLOW_CONNECTION: Duration = Duration::from_millis(1500);
/// Longer than a request waits for an operation.
const SLOW_OPERATION: Duration = Duration::from_millis(2500);

/// A proxy before a store: it hangs up on the first clients, is slow to accept others, and delays
/// the first message that contains these bytes.
#[derive(Clone)]
struct SlowProxy {
    store: String,
    refused_connections: usize,
    connection_delay: Duration,
    delayed_operation: Option<&'static [u8]>,
    calls: Arc<AtomicUsize>,
    delayed: Arc<AtomicUsize>,
}

impl SlowProxy {
    /// A proxy before the server of `url`, and the URL that leads through it.
    async fn start(url: &str, hangs_up: usize, opens_after: Duration, holds: Option<&'static [u8]>) -> (Self, String) {
        let (head, rest) = url.split_once("://").unwrap();
        let place = rest.split('/').next().unwrap();
        let store = place.rsplit('@').next().unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let through = format!("{head}://{}", rest.replacen(&store, &listener.local_addr().unwrap().to_string(), 1));
        let gate = Self {
            store,
            refused_connections: hangs_up,
            connection_delay: opens_after,
            delayed_operation: holds,
            calls: Arc::default(),
            delayed: Arc::default(),
        };
        let serving = gate.clone();
        tokio::spawn(async move {
            while let Ok((caller, _)) = listener.accept().await {
                if serving.calls.fetch_add(1, Ordering::SeqCst) >= serving.refused_connections {
                    tokio::spawn(serving.clone().forward(caller));
                }
            }
        });
        (gate, through)
    }

    async fn forward(self, caller: TcpStream) {
        tokio::time::sleep(self.connection_delay).await;
        let Ok(store) = TcpStream::connect(&self.store).await else { return };
        let (mut from_caller, mut to_caller) = caller.into_split();
        let (mut from_store, mut to_store) = store.into_split();
        let asking = async {
            let mut bytes = vec![0; 64 * 1024];
            while let Ok(count @ 1..) = from_caller.read(&mut bytes).await {
                let message = &bytes[..count];
                let is_it =
                    self.delayed_operation.is_some_and(|held| message.windows(held.len()).any(|window| window == held));
                if is_it && self.delayed.fetch_add(1, Ordering::SeqCst) == 0 {
                    tokio::time::sleep(SLOW_OPERATION).await;
                }
                if to_store.write_all(message).await.is_err() {
                    return;
                }
            }
        };
        tokio::select! {
            () = asking => {}
            _ = tokio::io::copy(&mut from_store, &mut to_caller) => {}
        }
    }
}

#[tokio::test]
async fn migrations_wait_for_stores_that_start_late_or_answer_slowly() {
    let of = |name: &str| Env::from_env().required(name).expect("run tests through `make test`");
    let prefix = format!("p{:x}_", Clock::system().random() as u64);
    let (postgres, postgres_url) = SlowProxy::start(&of("SHOP_POSTGRES_URL"), 2, Duration::ZERO, None).await;
    let (mongodb, mongodb_url) =
        SlowProxy::start(&of("SHOP_MONGODB_URL"), 0, SLOW_CONNECTION, Some(b"createIndexes")).await;
    let env: Env = [
        ("POSTGRES_ADMIN_URL", postgres_url),
        ("DATABASE_PREFIX", prefix.clone()),
        ("MONGODB_URL", mongodb_url),
        ("REVIEWDB_NAME", format!("{prefix}reviewdb")),
        ("ANALYTICSDB_NAME", format!("{prefix}analyticsdb")),
        ("OLD_DATABASE_ROLES", "keep".to_owned()),
    ]
    .into_iter()
    .collect();
    let response = migrations::handle(&env, json!({}), REMAINING_TIME).await.unwrap();
    assert_eq!(response, json!({"status": "migrated"}));
    assert!(postgres.calls.load(Ordering::SeqCst) > 2, "it was retried");
    assert!(mongodb.delayed.load(Ordering::SeqCst) > 0, "an operation took long");
}
