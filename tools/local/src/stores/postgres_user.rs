//! The user that PostgreSQL runs as, and where that user can store its data.
//!
//! PostgreSQL refuses to run as root. As root it is started as another user, who may not be able to
//! reach the checkout (one below a private home folder); then its data is stored below /var/tmp.

use std::fs::{DirBuilder, Metadata, Permissions};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use sha2::{Digest, Sha256};

const CANDIDATE_USERS: [&str; 2] = ["postgres", "nobody"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnixUser {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

/// The user to switch to, or `None` if this process is not root.
pub(crate) fn find_unprivileged() -> anyhow::Result<Option<UnixUser>> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let passwd = std::fs::read_to_string("/etc/passwd").context("cannot read /etc/passwd")?;
    let user = CANDIDATE_USERS.iter().find_map(|name| find_in_passwd(&passwd, name));
    user.map(Some).context("PostgreSQL does not run as root, and there is no other user to run it")
}

fn find_in_passwd(passwd: &str, name: &str) -> Option<UnixUser> {
    let line = passwd.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut fields = line.split(':').skip(2);
    Some(UnixUser { uid: fields.next()?.parse().ok()?, gid: fields.next()?.parse().ok()? })
}

/// `home` if the user can reach it, else a folder of the user's own below /var/tmp, named after
/// `home` and linked from it. It belongs to the user and nobody else can enter it.
pub(crate) fn prepare_folder(home: &Path, user: Option<&UnixUser>) -> anyhow::Result<PathBuf> {
    let Some(user) = user else { return Ok(home.to_owned()) };
    if is_reachable(home, user) {
        change_owner(home, user)?;
        return Ok(home.to_owned());
    }
    let folder = fallback_folder(home);
    match DirBuilder::new().mode(0o700).create(&folder) {
        Ok(()) => change_owner(&folder, user)?,
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let found = folder.symlink_metadata()?;
            if !found.is_dir() || found.uid() != user.uid {
                bail!("{} exists and belongs to another user; remove it", folder.display());
            }
        }
        Err(error) => {
            return Err(error).with_context(|| format!("cannot make {}", folder.display()));
        }
    }
    let link = home.join("elsewhere");
    if !link.is_symlink() {
        std::os::unix::fs::symlink(&folder, &link)?;
    }
    Ok(folder)
}

/// The folder for data that cannot be stored at `home`.
pub(crate) fn fallback_folder(home: &Path) -> PathBuf {
    let digest = Sha256::digest(home.as_os_str().as_encoded_bytes());
    let name: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    PathBuf::from("/var/tmp").join(format!("shop-stores-{name}"))
}

fn change_owner(dir: &Path, user: &UnixUser) -> anyhow::Result<()> {
    let to = || format!("cannot hand {} to the user of PostgreSQL", dir.display());
    chown(dir, Some(user.uid), Some(user.gid)).with_context(to)?;
    std::fs::set_permissions(dir, Permissions::from_mode(0o700)).with_context(to)
}

fn is_reachable(home: &Path, user: &UnixUser) -> bool {
    home.ancestors().skip(1).all(|dir| dir.metadata().is_ok_and(|dir| can_enter(&dir, user)))
}

fn can_enter(dir: &Metadata, user: &UnixUser) -> bool {
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
        assert_eq!(find_in_passwd(passwd, "postgres"), Some(UnixUser { uid: 101, gid: 104 }));
        assert_eq!(find_in_passwd(passwd, "nobody"), None);
    }
}
