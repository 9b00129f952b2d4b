//! The mail counts of one user, and the digest's lease, under concurrency.

use std::collections::HashMap;

use domain::notifications::{Channel, DeliveryStatus, MailLimit, Notification};
use domain::{NotificationId, Timestamp, UserId};
use store_dynamo::notifications::{Lease, LeaseOutcome, NotificationRef, SendOutcome};
use store_dynamo::{Config, Dynamo, Notifications};
use testkit::TestEnv;

const USER: UserId = UserId::new(7);
const LIMIT: MailLimit = MailLimit { per_hour: 10, per_day: 30 };

fn table(test_env: &TestEnv) -> Notifications {
    let env = test_env.env();
    Notifications::new(Dynamo::new(Config::from_env(&env).unwrap()), Config::notifications_table(&env).unwrap())
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis((1_900_022_400 + seconds) * 1000)
}

#[tokio::test]
async fn of_sixty_concurrent_mails_ten_are_allowed() {
    let test_env = TestEnv::new().await;
    let tables = [table(&test_env), table(&test_env)];
    let all = (0..60).map(|n| {
        let table = tables[n % 2].clone();
        async move { table.count_mail(USER, at(n as i64), LIMIT).await.unwrap() }
    });
    let let_through = futures::future::join_all(all).await.into_iter().filter(|counted| *counted).count();
    assert_eq!(let_through, 10);
    assert!(tables[0].count_mail(UserId::new(8), at(0), LIMIT).await.unwrap(), "another user's count is another");
}

/// Whatever the times, no hour and no day exceeds its limit, and none is rejected below it.
#[tokio::test]
async fn the_hourly_and_daily_limits_are_exact() {
    let test_env = TestEnv::new().await;
    let (table, limit) = (table(&test_env), MailLimit { per_hour: 3, per_day: 8 });
    for user in 1..=3 {
        let user = UserId::new(user);
        let (mut hours, mut days) = (HashMap::new(), HashMap::new());
        for _ in 0..80 {
            let second = (test_env.clock.random() % (2 * 86_400)) as i64;
            let (hour, day) = (hours.entry(second / 3600).or_insert(0), days.entry(second / 86_400).or_insert(0));
            let room = *hour < limit.per_hour && *day < limit.per_day;
            assert_eq!(table.count_mail(user, at(second), limit).await.unwrap(), room, "{second}: {hour} {day}");
            *hour += u32::from(room);
            *day += u32::from(room);
        }
        assert!(days.values().all(|many| *many <= limit.per_day));
    }
}

#[tokio::test]
async fn one_of_many_acquires_the_digest_lease_and_closes_all_entries() {
    let test_env = TestEnv::new().await;
    let table = table(&test_env);
    let lease = Lease { from: at(0), until: at(30) };
    let mut written = Vec::new();
    for order in 1..=60 {
        let queued = notification(&test_env, order);
        table.insert_once(&queued, "order_cancelled", lease).await.unwrap();
        assert!(table.defer_to_digest(&queued, at(1), at(3600)).await.unwrap());
        assert_eq!(
            table.acquire_lease(&queued, Lease { from: at(60), until: at(90) }).await.unwrap(),
            LeaseOutcome::DeferredToDigest
        );
        written.push(queued);
    }
    assert_eq!(table.next_digest_user(None).await.unwrap(), Some(USER));
    assert_eq!(table.next_digest_user(Some(USER)).await.unwrap(), None);

    let asked = (0..20).map(|_| table.acquire_digest_lease(USER, lease));
    let held = futures::future::join_all(asked).await.into_iter().filter(|held| *held.as_ref().unwrap()).count();
    assert_eq!(held, 1);
    // One was sent by an earlier sender: its marker is deleted, the others are closed nevertheless.
    table.record_outcome(&written[17], Channel::Email, SendOutcome::Sent(at(2))).await.unwrap();
    let waiting = table.list_digest_entries(USER, 500).await.unwrap();
    assert_eq!(waiting.len(), 60);
    table.close_digest_entries(&waiting, Channel::Email, SendOutcome::Sent(at(3600))).await.unwrap();
    assert!(table.list_digest_entries(USER, 500).await.unwrap().is_empty());
    for (n, queued) in written.iter().enumerate() {
        let record = table.find_by_ref(NotificationRef { user: USER, id: queued.id }).await.unwrap().unwrap();
        let sent_at = if n == 17 { at(2) } else { at(3600) };
        assert_eq!((record.status, record.sent_at, record.attempts), (DeliveryStatus::Sent, Some(sent_at), 1), "{n}");
    }
    assert!(!table.acquire_digest_lease(USER, Lease { from: at(29), until: at(59) }).await.unwrap());
    table.delay_digest(USER, at(7200)).await.unwrap();
    assert!(!table.acquire_digest_lease(USER, Lease { from: at(7199), until: at(7229) }).await.unwrap());
    assert!(table.acquire_digest_lease(USER, Lease { from: at(7200), until: at(7230) }).await.unwrap());
}

fn notification(test_env: &TestEnv, order: i32) -> Notification {
    Notification {
        id: NotificationId::generate_at(at(0).millis() + i64::from(order), test_env.clock.random()),
        user_id: USER,
        kind: "order_cancelled".to_owned(),
        channel: Channel::Email,
        subject: format!("Your order {order} has been cancelled"),
        message: "It is.".to_owned(),
        order_id: Some(domain::OrderId::new(order)),
        status: DeliveryStatus::Queued,
        attempts: 0,
        created_at: at(0),
        sent_at: None,
        read_at: None,
        facts: None,
    }
}
