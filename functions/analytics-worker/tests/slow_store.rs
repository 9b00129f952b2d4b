//! A store that cannot count a full batch in time counts smaller ones.

use std::time::Duration;

use domain::EventId;
use domain::analytics::{AnalyticsRecord, TrackedEvent};
use runtime::Clock;
use store_mongo::Mongo;
use testkit::TestEnv;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const EVENTS: usize = 700;
/// So slow that a full batch takes several times as long as an operation may: each event is sent
/// with its type, and returned with its id.
const BYTES_A_SECOND: u64 = 20_000;
const CHUNK: usize = 500;

/// A proxy to the server with this bandwidth in each direction; returns its port.
async fn start_throttled_proxy(server: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(("127.0.0.1", server)).await.unwrap();
            let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
            tokio::spawn(trickle(from_client, to_server));
            tokio::spawn(trickle(from_server, to_client));
        }
    });
    port
}

async fn trickle(mut from: impl AsyncReadExt + Unpin, mut to: impl AsyncWriteExt + Unpin) {
    let mut bytes = [0; CHUNK];
    while let Ok(read) = from.read(&mut bytes).await
        && read > 0
    {
        tokio::time::sleep(Duration::from_micros(read as u64 * 1_000_000 / BYTES_A_SECOND)).await;
        if to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}

fn event(clock: &Clock, n: usize) -> AnalyticsRecord {
    let event = TrackedEvent {
        id: EventId::new(clock.new_uuid()),
        user_id: None,
        event_type: format!("page.{}", n % 7),
        metadata: serde_json::Map::new(),
        timestamp: clock.now(),
    };
    AnalyticsRecord { event, effect: None }
}

#[tokio::test]
async fn a_batch_that_takes_too_long_is_halved_until_it_does_not() {
    let test_env = TestEnv::new().await;
    let near = Mongo::new(store_mongo::Config::from_env(&test_env.env()).unwrap(), &test_env.clock);
    for some in (0..EVENTS).collect::<Vec<_>>().chunks(100) {
        let events = some.iter().map(|n| event(&test_env.clock, *n)).collect();
        assert!(store_mongo::events::insert_all(&near, events).await.unwrap().is_empty());
    }
    let url = test_env.env().required("MONGODB_URL").unwrap();
    let port = url.split(&[':', '/']).find_map(|part| part.parse::<u16>().ok()).expect("a port");
    let far = url.replace(&port.to_string(), &start_throttled_proxy(port).await.to_string());
    let env = test_env.env_with(&[("MONGODB_URL", &far)]);
    let far = Mongo::new(store_mongo::Config::from_env(&env).unwrap(), &test_env.clock);

    let (mut folded, mut folds) = (0, 0);
    loop {
        let fold = store_mongo::aggregate_pending(&far, Duration::from_millis(100)).await.unwrap_or_default();
        folded += fold.events;
        folds += 1;
        if fold.finished {
            break;
        }
        assert!(folds < 60, "{folded} of {EVENTS} events counted in {folds} folds");
    }
    // A batch whose commit was answered too late is in the rollups, but not in the sum of the
    // results.
    assert!((1..=EVENTS).contains(&folded), "{folded}");
    let figures = store_mongo::reconcile::load_rollups(&near).await.unwrap();
    let counted: i64 = figures.iter().filter(|(id, _)| id.starts_with("day/")).map(|(_, day)| day["events"]).sum();
    assert_eq!(counted, EVENTS as i64, "each once");
}
