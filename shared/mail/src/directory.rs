//! A folder in place of mail, for developers: each mail is a file that the local server shows. No
//! function has one in AWS.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use domain::Timestamp;
use domain::notifications::{self, Notification};
use domain::users::Email;
use futures::FutureExt;
use futures::future::BoxFuture;
use runtime::{Clock, Env};
use serde::{Deserialize, Serialize};
use tokio::fs;

use crate::{Layout, NotificationChannel, SendError};

/// How many mails are kept: the latest.
const MAX_MAILS: usize = 200;
/// Of a complete file; while it is written it has another one.
const EXTENSION: &str = "json";

/// A mail that nobody was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredMail {
    /// `None` if the account has no address.
    pub to: Option<String>,
    pub at: Timestamp,
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// Mails as files. Cheap to clone.
#[derive(Clone)]
pub struct DirectoryChannel {
    directory: MailDirectory,
    layout: Layout,
    clock: Clock,
}

impl DirectoryChannel {
    /// The folder `MAIL_DIRECTORY`, if set; it is created with the first mail.
    pub fn from_env(env: &Env, layout: &Layout, clock: &Clock) -> Option<Self> {
        let directory = MailDirectory::new(env.optional("MAIL_DIRECTORY")?);
        Some(Self { directory, layout: layout.clone(), clock: clock.clone() })
    }

    async fn write(&self, to: Option<&Email>, message: &Notification) -> Result<(), SendError> {
        let (mail, at) = (self.layout.render(message, to), self.clock.now());
        let to = to.map(|to| to.as_str().to_owned());
        let stored = StoredMail { to, at, subject: mail.subject, text: mail.text, html: mail.html };
        // Plain data: it always has a JSON form.
        let json = serde_json::to_string(&stored).unwrap_or_default();
        let name = format!("{:014}-{}", at.millis(), message.id);
        let written = self.directory.write(&name, &json).await;
        written.map_err(|error| SendError::Unavailable(format!("the folder of mails cannot be written: {error}")))
    }
}

impl NotificationChannel for DirectoryChannel {
    /// As the log: nobody gets a mail, so nobody can get too many.
    fn kind(&self) -> notifications::Channel {
        notifications::Channel::Log
    }

    fn send<'a>(&'a self, to: Option<&'a Email>, message: &'a Notification) -> BoxFuture<'a, Result<(), SendError>> {
        self.write(to, message).boxed()
    }
}

/// The folder: a file per mail, named by its time.
#[derive(Clone, Debug)]
pub struct MailDirectory(PathBuf);

impl MailDirectory {
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    /// Writes a file that is complete as soon as it can be seen, and deletes the oldest ones.
    async fn write(&self, name: &str, json: &str) -> std::io::Result<()> {
        fs::create_dir_all(&self.0).await?;
        let unfinished = self.0.join(format!("{name}.unfinished"));
        fs::write(&unfinished, json).await?;
        fs::rename(&unfinished, self.path(name)).await?;
        let names = self.names().await?;
        for oldest in names.iter().take(names.len().saturating_sub(MAX_MAILS)) {
            match fs::remove_file(self.path(oldest)).await {
                // Another mail was written at the same time.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                done => done?,
            }
        }
        Ok(())
    }

    /// The names of the mails, newest last.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub async fn names(&self) -> std::io::Result<Vec<String>> {
        let mut files = match fs::read_dir(&self.0).await {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            files => files?,
        };
        let mut names = Vec::new();
        while let Some(file) = files.next_entry().await? {
            let path = file.path();
            let name = path.file_stem().filter(|_| path.extension().is_some_and(|end| end == EXTENSION));
            names.extend(name.and_then(|name| name.to_str()).map(str::to_owned));
        }
        names.sort();
        Ok(names)
    }

    /// A mail by its name; `None` if there is none, or it was deleted.
    pub async fn find(&self, name: &str) -> Option<StoredMail> {
        // The name comes from a URL and must stay within the folder.
        let plain = Path::new(name).file_name().is_some_and(|file| file == name);
        let json = if plain { fs::read_to_string(self.path(name)).await.ok()? } else { return None };
        serde_json::from_str(&json).ok()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(format!("{name}.{EXTENSION}"))
    }
}

#[cfg(test)]
mod tests;
