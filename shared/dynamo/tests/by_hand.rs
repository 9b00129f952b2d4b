//! Keys of messages by hand, as the table judges them: for a day, by one process at a time.

use domain::notifications::{Channel, DeliveryStatus, Notification};
use domain::{NotificationId, Timestamp, UserId};
use dynamo::notifications::{Hold, Key, Written};
use dynamo::{Config, Dynamo, Notifications};
use futures::future::join_all;
use testkit::Bed;

const START: i64 = 1_900_000_000;

fn at(seconds: i64) -> Hold {
    let from = Timestamp::from_millis((START + seconds) * 1000);
    Hold { from, until: from.plus_seconds(30) }
}

fn message(bed: &Bed, seconds: i64) -> Notification {
    let created_at = at(seconds).from;
    Notification {
        id: NotificationId::at(created_at.millis(), bed.clock.random()),
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

fn key(body: u8) -> Key {
    Key { caller: UserId::new(1), key: "k".to_owned(), fingerprint: [body; 32] }
}

fn table(bed: &Bed) -> Notifications {
    Notifications::new(Dynamo::new(Config::read(&bed.vars()).unwrap()), Config::notifications(&bed.vars()).unwrap())
}

#[tokio::test]
async fn a_key_is_busy_until_its_deadline_and_then_its_record_is_taken_over_by_one() {
    let bed = Bed::new().await;
    let table = table(&bed);
    let first = message(&bed, 0);
    let write = async |seconds, body| {
        table.write_by_hand(&message(&bed, seconds), at(seconds), Some(&key(body))).await.unwrap()
    };
    assert_eq!(table.write_by_hand(&first, at(0), Some(&key(1))).await.unwrap(), Written::New);
    assert_eq!(write(10, 1).await, Written::Busy(20_000));
    assert_eq!(write(29, 1).await, Written::Busy(1000));
    assert_eq!(write(30, 2).await, Written::OtherBody);
    // Its process is gone: of ten who ask, one goes on, with the record that is there.
    let all = join_all((0..10).map(|_| write(30, 1))).await;
    let taken = all.iter().filter(|written| **written == Written::Abandoned(first.clone())).count();
    let busy = all.iter().filter(|written| matches!(written, Written::Busy(_))).count();
    assert_eq!((taken, busy), (1, 9), "{all:?}");
    // That one may die as well.
    assert_eq!(write(59, 1).await, Written::Busy(1000));
    assert_eq!(write(60, 1).await, Written::Abandoned(first.clone()));
    assert_eq!(table.due(None, 10).await.unwrap().len(), 1, "there never was a second record");
}

#[tokio::test]
async fn an_outcome_is_kept_once_and_for_a_day() {
    let bed = Bed::new().await;
    let table = table(&bed);
    let first = message(&bed, 0);
    let write = async |seconds, body| {
        table.write_by_hand(&message(&bed, seconds), at(seconds), Some(&key(body))).await.unwrap()
    };
    table.write_by_hand(&first, at(0), Some(&key(1))).await.unwrap();
    assert_eq!(table.keep(&key(1), first.id, "one").await.unwrap(), None);
    assert_eq!(table.keep(&key(1), first.id, "two").await.unwrap(), Some("one".to_owned()));
    let day = 24 * 3600;
    assert_eq!(write(day - 1, 1).await, Written::Before("one".to_owned()));
    assert_eq!(write(day - 1, 2).await, Written::OtherBody);
    // Whether or not DynamoDB has removed the item by now.
    assert_eq!(write(day, 2).await, Written::New);
    // Whoever comes late with yesterday's record finds that the key is another one's.
    assert_eq!(table.keep(&key(1), first.id, "late").await.unwrap(), None);
    assert_eq!(write(day + 1, 2).await, Written::Busy(29_000));
}
