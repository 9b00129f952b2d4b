//! Who PostgreSQL runs as, and where that user can keep its data.
//!
//! PostgreSQL refuses to run as root. As root we start it as another user, who may not be able to
//! reach the checkout (one below a closed home folder); then its data is kept below /var/tmp.

use std::fs::{DirBuilder, Metadata, Permissions};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use sha2::{Digest, Sha256};

const USERS: [&str; 2] = ["postgres", "nobody"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

/// The user to become, or `None` if we are not root and stay who we are.
pub(crate) fn unprivileged() -> anyhow::Result<Option<User>> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let passwd = std::fs::read_to_string("/etc/passwd").context("cannot read /etc/passwd")?;
    let user = USERS.iter().find_map(|name| user_in(&passwd, name));
    user.map(Some).context("PostgreSQL does not run as root, and there is no other user to run it")
}

fn user_in(passwd: &str, name: &str) -> Option<User> {
    let line = passwd.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut fields = line.split(':').skip(2);
    Some(User { uid: fields.next()?.parse().ok()?, gid: fields.next()?.parse().ok()? })
}

/// `home` if the user can reach it, else a folder of the user's own below /var/tmp, named by
/// `home` and linked from it. It belongs to the user and nobody else can enter it.
pub(crate) fn for_user(home: &Path, user: Option<&User>) -> anyhow::Result<PathBuf> {
    let Some(user) = user else { return Ok(home.to_owned()) };
    if reachable(home, user) {
        own(home, user)?;
        return Ok(home.to_owned());
    }
    let place = elsewhere(home);
    match DirBuilder::new().mode(0o700).create(&place) {
        Ok(()) => own(&place, user)?,
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let found = place.symlink_metadata()?;
            if !found.is_dir() || found.uid() != user.uid {
                bail!("{} exists and belongs to somebody else; remove it", place.display());
            }
        }
        Err(error) => {
            return Err(error).with_context(|| format!("cannot make {}", place.display()));
        }
    }
    let link = home.join("elsewhere");
    if !link.is_symlink() {
        std::os::unix::fs::symlink(&place, &link)?;
    }
    Ok(place)
}

/// Where data goes that cannot stay at `home`.
pub(crate) fn elsewhere(home: &Path) -> PathBuf {
    let digest = Sha256::digest(home.as_os_str().as_encoded_bytes());
    let name: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    PathBuf::from("/var/tmp").join(format!("shop-stores-{name}"))
}

fn own(dir: &Path, user: &User) -> anyhow::Result<()> {
    let to = || format!("cannot hand {} to the user of PostgreSQL", dir.display());
    chown(dir, Some(user.uid), Some(user.gid)).with_context(to)?;
    std::fs::set_permissions(dir, Permissions::from_mode(0o700)).with_context(to)
}

fn reachable(home: &Path, user: &User) -> bool {
    home.ancestors().skip(1).all(|dir| dir.metadata().is_ok_and(|dir| may_enter(&dir, user)))
}

fn may_enter(dir: &Metadata, user: &User) -> bool {
    let bit = if dir.uid() == user.uid {
        0o100
    } else if dir.gid() == user.gid {
        0o010
    } else {
        0o001
    };
    dir.mode() & bit != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_read_from_passwd_by_exact_name() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\npostgres2:x:9:9::/:\npostgres:x:101:104:,,,:/:\n";
        assert_eq!(user_in(passwd, "postgres"), Some(User { uid: 101, gid: 104 }));
        assert_eq!(user_in(passwd, "nobody"), None);
    }
}
