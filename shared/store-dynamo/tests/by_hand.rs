//! Keys of messages by hand, as the table judges them: for a day, by one process at a time.

use domain::notifications::{Channel, DeliveryStatus, Notification};
use domain::{NotificationId, Timestamp, UserId};
use futures::future::join_all;
use store_dynamo::notifications::{KeyedInsertOutcome, Lease, RequestKey};
use store_dynamo::{Config, Dynamo, Notifications};
use testkit::TestEnv;

const START: i64 = 1_900_000_000;

fn lease_at(seconds: i64) -> Lease {
    let from = Timestamp::from_millis((START + seconds) * 1000);
    Lease { from, until: from.plus_seconds(30) }
}

fn message(test_env: &TestEnv, seconds: i64) -> Notification {
    let created_at = lease_at(seconds).from;
    Notification {
        id: NotificationId::generate_at(created_at.millis(), test_env.clock.random()),
        user_id: UserId::new(7),
        kind: "news".to_owned(),
        channel: Channel::Log,
        subject: "News".to_owned(),
        message: "There is news.".to_owned(),
        order_id: None,
        status: DeliveryStatus::Queued,
        attempts: 0,
        created_at,
        sent_at: None,
        read_at: None,
    }
}

fn key(body: u8) -> RequestKey {
    RequestKey { caller: UserId::new(1), key: "k".to_owned(), fingerprint: [body; 32] }
}

fn table(test_env: &TestEnv) -> Notifications {
    Notifications::new(
        Dynamo::new(Config::from_env(&test_env.env()).unwrap()),
        Config::notifications_table(&test_env.env()).unwrap(),
    )
}

#[tokio::test]
async fn a_key_is_in_progress_until_its_deadline_and_then_claimed_by_one() {
    let test_env = TestEnv::new().await;
    let table = table(&test_env);
    let first = message(&test_env, 0);
    let write = async |seconds, body| {
        table.insert_admin_message(&message(&test_env, seconds), lease_at(seconds), Some(&key(body))).await.unwrap()
    };
    assert_eq!(
        table.insert_admin_message(&first, lease_at(0), Some(&key(1))).await.unwrap(),
        KeyedInsertOutcome::Inserted
    );
    assert_eq!(write(10, 1).await, KeyedInsertOutcome::InProgress(20_000));
    assert_eq!(write(29, 1).await, KeyedInsertOutcome::InProgress(1000));
    assert_eq!(write(30, 2).await, KeyedInsertOutcome::FingerprintMismatch);
    // Its process is gone: of ten who ask, one goes on, with the record that is there.
    let all = join_all((0..10).map(|_| write(30, 1))).await;
    let taken = all.iter().filter(|written| **written == KeyedInsertOutcome::Abandoned(first.clone())).count();
    let busy = all.iter().filter(|written| matches!(written, KeyedInsertOutcome::InProgress(_))).count();
    assert_eq!((taken, busy), (1, 9), "{all:?}");
    // That one may die as well.
    assert_eq!(write(59, 1).await, KeyedInsertOutcome::InProgress(1000));
    assert_eq!(write(60, 1).await, KeyedInsertOutcome::Abandoned(first.clone()));
    assert_eq!(table.list_pending(None, 10).await.unwrap().len(), 1, "there never was a second record");
}

#[tokio::test]
async fn an_outcome_is_stored_once_and_for_a_day() {
    let test_env = TestEnv::new().await;
    let table = table(&test_env);
    let first = message(&test_env, 0);
    let write = async |seconds, body| {
        table.insert_admin_message(&message(&test_env, seconds), lease_at(seconds), Some(&key(body))).await.unwrap()
    };
    table.insert_admin_message(&first, lease_at(0), Some(&key(1))).await.unwrap();
    assert_eq!(table.store_outcome(&key(1), first.id, "one").await.unwrap(), None);
    assert_eq!(table.store_outcome(&key(1), first.id, "two").await.unwrap(), Some("one".to_owned()));
    let day = 24 * 3600;
    assert_eq!(write(day - 1, 1).await, KeyedInsertOutcome::Replay("one".to_owned()));
    assert_eq!(write(day - 1, 2).await, KeyedInsertOutcome::FingerprintMismatch);
    // Whether or not DynamoDB has removed the item by now.
    assert_eq!(write(day, 2).await, KeyedInsertOutcome::Inserted);
    // Whoever comes late with yesterday's record finds that the key is another one's.
    assert_eq!(table.store_outcome(&key(1), first.id, "late").await.unwrap(), None);
    assert_eq!(write(day + 1, 2).await, KeyedInsertOutcome::InProgress(29_000));
}
