//! The idempotency keys of admin messages: valid for a day, for one process at a time.

use domain::idempotency::{ClaimOutcome, IdempotencyKey, StoredOutcome};
use domain::notifications::{Channel, DeliveryStatus, Notification};
use domain::{NotificationId, Timestamp, UserId};
use futures::future::join_all;
use store_dynamo::notifications::Lease;
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
        facts: None,
    }
}

fn key(body: u8) -> IdempotencyKey {
    IdempotencyKey::new(UserId::new(1), "notifications", "k".to_owned(), "/api/notifications", &[body])
}

fn stored(json: &str) -> StoredOutcome {
    StoredOutcome { json: json.to_owned(), request_id: None }
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
        ClaimOutcome::Claimed(())
    );
    assert_eq!(write(10, 1).await, ClaimOutcome::InProgress(20.0));
    assert_eq!(write(29, 1).await, ClaimOutcome::InProgress(1.0));
    assert_eq!(write(30, 2).await, ClaimOutcome::FingerprintMismatch);
    // Its process no longer runs: of ten callers, one continues, with the existing record.
    let all = join_all((0..10).map(|_| write(30, 1))).await;
    let taken = all.iter().filter(|written| **written == ClaimOutcome::Abandoned(first.clone())).count();
    let busy = all.iter().filter(|written| matches!(written, ClaimOutcome::InProgress(_))).count();
    assert_eq!((taken, busy), (1, 9), "{all:?}");
    // That process may crash as well.
    assert_eq!(write(59, 1).await, ClaimOutcome::InProgress(1.0));
    assert_eq!(write(60, 1).await, ClaimOutcome::Abandoned(first.clone()));
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
    assert_eq!(table.store_outcome(&key(1), first.id, "two").await.unwrap(), Some(stored("one")));
    let day = 24 * 3600;
    assert_eq!(write(day - 1, 1).await, ClaimOutcome::Replay(stored("one")));
    assert_eq!(write(day - 1, 2).await, ClaimOutcome::FingerprintMismatch);
    // Whether or not DynamoDB has removed the item by now.
    assert_eq!(write(day, 2).await, ClaimOutcome::Claimed(()));
    // A process that comes late with yesterday's record finds that another request has the key.
    assert_eq!(table.store_outcome(&key(1), first.id, "late").await.unwrap(), None);
    assert_eq!(write(day + 1, 2).await, ClaimOutcome::InProgress(29.0));
}
