//! How many mails one account gets, and the digest that replaces the rest.

use super::{Channel, DeliveryStatus, Notification};
use crate::{NotificationId, Timestamp, UserId};

/// The maximum number of mails to one account, by hours and days of UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailLimit {
    /// In an hour of the clock, without the digest.
    pub per_hour: u32,
    /// In a day, without digests.
    pub per_day: u32,
}

/// An address is typed by a user and may belong to someone else. Three orders that are confirmed,
/// shipped and delivered within an hour are nine mails: their customer gets each. Thirty a day are
/// more than any customer gets, and too few to fill a stranger's mailbox. In addition there is one
/// digest an hour, so that no message waits longer than that.
pub const MAIL_LIMIT: MailLimit = MailLimit { per_hour: 10, per_day: 30 };

/// The maximum number of lines in a digest; the account shows the rest. Nobody reads more than a
/// screen.
pub const MAX_DIGEST_LINES: usize = 50;

const HOUR_SECONDS: i64 = 3600;

impl MailLimit {
    /// When a digest for the mails above the limit at `now` may go out: when the next hour begins.
    pub fn next_digest_at(self, now: Timestamp) -> Timestamp {
        now.plus_seconds(HOUR_SECONDS - now.seconds().rem_euclid(HOUR_SECONDS))
    }
}

/// One mail for all of these subjects, each with the time of its event, oldest first. It is only a
/// mail and has no record: the records are the notifications it lists.
pub fn render_digest(user_id: UserId, id: NotificationId, news: &[(Timestamp, &str)], now: Timestamp) -> Notification {
    let (many, hidden) = (news.len(), news.len().saturating_sub(MAX_DIGEST_LINES));
    let subject =
        if many == 1 { "A message from the shop".to_owned() } else { format!("{many} messages from the shop") };
    let mut message = "You had many messages from us recently. Here are the rest:\n\n".to_owned();
    for (at, line) in &news[..many - hidden] {
        message.push_str(&format!("- {line} ({})\n", at.day()));
    }
    if hidden > 0 {
        message.push_str(&format!("- and {hidden} more\n"));
    }
    message.push_str("\nYou can read each of them in full in your account.");
    Notification {
        id,
        user_id,
        kind: "digest".to_owned(),
        channel: Channel::Email,
        subject,
        message,
        order_id: None,
        status: DeliveryStatus::Queued,
        attempts: 0,
        created_at: now,
        sent_at: None,
        read_at: None,
        facts: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(many: usize) -> Notification {
        let at = Timestamp::from_millis(1_769_860_800_000);
        let lines: Vec<String> = (1..=many).map(|n| format!("Your order {n} has been cancelled")).collect();
        let news: Vec<_> = lines.iter().map(|line| (at, line.as_str())).collect();
        render_digest(UserId::new(7), NotificationId::generate_at(0, 7), &news, at)
    }

    #[test]
    fn a_digest_lists_messages_and_counts_the_rest() {
        assert_eq!(said(1).subject, "A message from the shop");
        let some = said(21);
        assert_eq!(
            (some.subject.as_str(), some.message.matches("has been cancelled (2026-01-31)").count()),
            ("21 messages from the shop", 21)
        );
        assert!(!some.message.contains("more"));
        let many = said(500);
        assert!(many.message.contains("- and 450 more\n"), "{}", many.message);
        assert_eq!(many.message.matches("has been cancelled").count(), MAX_DIGEST_LINES);
    }

    #[test]
    fn a_digest_goes_out_in_the_next_hour() {
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1000);
        for (now, then) in [(7200, 10_800), (7201, 10_800), (10_799, 10_800)] {
            assert_eq!(MAIL_LIMIT.next_digest_at(at(now)), at(then));
        }
    }
}
