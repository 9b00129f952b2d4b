//! A connection that takes longer to open than a command may wait is opened nevertheless.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use domain::users::Role;
use domain::{SessionId, UserId};
use store_redis::{Config, Redis, Session, Sessions};
use testkit::TestEnv;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

/// How long every connection's first bytes wait: as for a handshake over a longer way, with TLS.
const HANDSHAKE: Duration = Duration::from_millis(200);
/// The same timeout as in production.
const COMMAND_TIMEOUT: (&str, &str) = ("REDIS_TIMEOUT_MILLIS", "100");

/// A proxy before Redis.
struct SlowProxy {
    address: String,
    cut: watch::Sender<()>,
    connections: Arc<AtomicUsize>,
}

async fn start_slow_proxy(redis: String) -> SlowProxy {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let ((cut, was_cut), made) = (watch::channel(()), Arc::new(AtomicUsize::new(0)));
    let count = made.clone();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::Relaxed);
            let (redis, mut cut) = (redis.clone(), was_cut.clone());
            cut.mark_unchanged();
            tokio::spawn(async move {
                tokio::select! {
                    _ = cut.changed() => {}
                    _ = forward(client, redis) => {}
                }
            });
        }
    });
    SlowProxy { address, cut, connections: made }
}

async fn forward(mut client: TcpStream, redis: String) -> std::io::Result<()> {
    let mut first = vec![0; 4096];
    let length = client.read(&mut first).await?;
    // A slow connection is what is tested.
    tokio::time::sleep(HANDSHAKE).await;
    let mut redis = TcpStream::connect(redis).await?;
    redis.write_all(&first[..length]).await?;
    tokio::io::copy_bidirectional(&mut client, &mut redis).await.map(drop)
}

fn redis_address(test_env: &TestEnv) -> String {
    let url = test_env.env().required("REDIS_URL").unwrap();
    url.trim_start_matches("redis://").trim_end_matches('/').to_owned()
}

fn connect_through(test_env: &TestEnv, address: &str) -> Redis {
    let env = test_env.env_with(&[("REDIS_URL", &format!("redis://{address}")), COMMAND_TIMEOUT]);
    Redis::new(&Config::from_env(&env).unwrap()).unwrap()
}

async fn open_session(test_env: &TestEnv, sessions: &Sessions) -> (SessionId, UserId) {
    let (id, user) = (SessionId::new(test_env.clock.new_uuid()), UserId::new(7));
    let session = Session { user_id: user, role: Role::Customer, name: "Ada".to_owned(), epoch: 0, guest_email: None };
    sessions.open(id, &session, 60, test_env.clock.now()).await.unwrap();
    (id, user)
}

#[tokio::test]
async fn a_slow_handshake_completes_although_commands_come_only_every_two_seconds() {
    let test_env = TestEnv::new().await;
    let wire = start_slow_proxy(redis_address(&test_env)).await;
    let sessions = Sessions::new(connect_through(&test_env, &wire.address));
    let (id, user) = open_session(&test_env, &sessions).await;
    for cut in 1..=2 {
        wire.cut.send_replace(());
        let mut responses = Vec::new();
        for _ in 0..3 {
            let start = Instant::now();
            responses.push(sessions.find(id, user).await.is_ok_and(|session| session.is_some()));
            assert!(start.elapsed() < 2 * HANDSHAKE, "a command waited {:?}", start.elapsed());
            // The interval is what is tested: between two requests nobody polls anything.
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
        assert!(responses[2..].iter().all(|answered| *answered), "cut {cut}: {responses:?}");
        assert_eq!(wire.connections.load(Ordering::Relaxed), cut + 1, "one connection for each cut");
    }
}

#[tokio::test]
async fn a_vanished_peer_is_replaced_and_delays_a_command_by_a_tenth_of_a_second() {
    let test_env = TestEnv::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let sessions = Sessions::new(connect_through(&test_env, &address));
    let silent = tokio::spawn(async move {
        let mut held = Vec::new();
        loop {
            held.push(listener.accept().await.unwrap());
        }
    });
    let (id, user) = (SessionId::new(test_env.clock.new_uuid()), UserId::new(7));
    let start = Instant::now();
    for _ in 0..500 {
        assert!(sessions.find(id, user).await.is_err());
    }
    // The first waits half a second, the second a tenth, then the breaker is open.
    assert!(start.elapsed() < Duration::from_secs(3), "500 commands took {:?}", start.elapsed());
    silent.abort();
    let _ = silent.await;

    // Redis is there again, at the same address.
    let listener = TcpListener::bind(&address).await.unwrap();
    let redis = redis_address(&test_env);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(forward(client, redis.clone()));
        }
    });
    let back = async {
        while sessions.find(id, user).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(5), back).await.expect("it comes back");
}
