use domain::notifications::{Channel, DeliveryStatus};
use domain::{NotificationId, UserId};

use super::*;

fn message(n: i64) -> Notification {
    Notification {
        id: NotificationId::generate_at(n, n as u128),
        user_id: UserId::new(7),
        kind: "news".to_owned(),
        channel: Channel::Log,
        subject: format!("News {n}"),
        message: "New mugs".to_owned(),
        order_id: None,
        status: DeliveryStatus::Queued,
        attempts: 0,
        created_at: Timestamp::from_millis(n),
        sent_at: None,
        read_at: None,
        facts: None,
    }
}

/// A folder that is deleted in the end.
struct TestFolder(PathBuf);

impl TestFolder {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("mails-{name}-{}", std::process::id())))
    }

    fn channel(&self, clock: &Clock) -> DirectoryChannel {
        let env = Env::from_iter([("MAIL_DIRECTORY", self.0.to_str().unwrap())]);
        DirectoryChannel::from_env(&env, &Layout::from_env(&env).unwrap(), clock).unwrap()
    }
}

impl Drop for TestFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn a_mail_is_a_file_and_the_latest_two_hundred_are_kept() {
    let (folder, clock) = (TestFolder::new("kept"), Clock::stopped(Timestamp::from_millis(1_900_000_000_000)));
    let channel = folder.channel(&clock);
    let to = Email::try_from("ada@example.org".to_owned()).unwrap();
    assert_eq!(channel.directory.names().await.unwrap(), [""; 0]);
    for n in 0..203 {
        clock.advance(1);
        channel.send(Some(&to), &message(n)).await.unwrap();
    }
    let names = channel.directory.names().await.unwrap();
    assert_eq!(names.len(), MAX_MAILS);
    let (first, last) = (channel.directory.find(&names[0]).await.unwrap(), channel.directory.find(&names[199]).await);
    let last = last.unwrap();
    assert_eq!((first.subject.as_str(), last.subject.as_str()), ("News 3", "News 202"));
    assert_eq!((last.to.as_deref(), last.at), (Some("ada@example.org"), clock.now()));
    assert!(last.text.starts_with("New mugs\n") && last.html.contains("New mugs"));
    assert_eq!(std::fs::read_dir(&folder.0).unwrap().count(), MAX_MAILS, "nothing unfinished is left");
}

#[tokio::test]
async fn a_name_leads_to_no_file_outside_of_the_folder() {
    let folder = TestFolder::new("outside");
    let channel = folder.channel(&Clock::system());
    channel.send(None, &message(1)).await.unwrap();
    let directory = &channel.directory;
    let name = directory.names().await.unwrap().remove(0);
    let stored = std::fs::read_to_string(directory.path(&name)).unwrap();
    std::fs::write(folder.0.with_extension("json"), &stored).unwrap();
    let outside = folder.0.file_name().unwrap().to_str().unwrap();
    assert!(directory.find(&name).await.is_some_and(|mail| mail.to.is_none()));
    for other in [format!("../{outside}"), folder.0.to_str().unwrap().to_owned(), "..".to_owned(), String::new()] {
        assert_eq!(directory.find(&other).await, None, "{other}");
    }
    std::fs::remove_file(folder.0.with_extension("json")).unwrap();
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_an_unavailable_channel() {
    let folder = TestFolder::new("blocked");
    std::fs::write(&folder.0, "a file").unwrap();
    let sent = folder.channel(&Clock::system()).send(None, &message(1)).await;
    assert!(matches!(sent, Err(SendError::Unavailable(_))), "{sent:?}");
    std::fs::remove_file(&folder.0).unwrap();
}
