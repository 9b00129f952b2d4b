//! The shop's secrets: created at the first start, stored beside its data, readable by its owner
//! only.

use std::path::{Path, PathBuf};

use anyhow::Context;
use rand::TryRngCore;
use rand::rngs::OsRng;

use crate::private_file::read_or_create;

/// Without letters that are easily misread.
const PASSWORD_ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

const SIGNING_KEY: &str = "token-signing-key";
const ROLE_PASSWORD: &str = "role-password";
const LINK_KEY: &str = "link-key";

/// The secrets of one shop.
pub struct Secrets {
    folder: PathBuf,
    /// The private key that signs access tokens.
    pub signing_key: String,
    /// Of the functions' database roles.
    pub role_password: String,
    /// Signs the links in mails.
    pub link_key: String,
}

impl Secrets {
    /// The secrets of the shop in `folder`; missing ones are created.
    ///
    /// # Errors
    /// A file cannot be read or written.
    pub fn load_or_create(folder: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let signing_key = read_or_create(&folder.join(SIGNING_KEY), || Ok(tokens::generate_key_pair()?.0))?;
        let role_password = read_or_create(&folder.join(ROLE_PASSWORD), generate_password)?;
        let link_key = read_or_create(&folder.join(LINK_KEY), generate_link_key)?;
        Ok(Self { folder: folder.to_owned(), signing_key, role_password, link_key })
    }

    /// The secrets of a shop that has run in `folder`; creates none.
    pub(crate) fn load(folder: &Path) -> Option<Self> {
        let read = |name| std::fs::read_to_string(folder.join(name)).ok().map(|text| text.trim().to_owned());
        let (signing_key, role_password) = (read(SIGNING_KEY)?, read(ROLE_PASSWORD)?);
        // A shop that has last run before there were links has none.
        let link_key = read(LINK_KEY).unwrap_or_default();
        Some(Self { folder: folder.to_owned(), signing_key, role_password, link_key })
    }

    /// The password of the demo admin, and the file that contains it.
    ///
    /// # Errors
    /// As [`Secrets::load_or_create`].
    pub fn admin_password(&self) -> anyhow::Result<(String, PathBuf)> {
        let file = self.folder.join("admin-password");
        Ok((read_or_create(&file, generate_password)?, file))
    }

    /// The one password of all demo customers, and the file that contains it.
    ///
    /// # Errors
    /// As [`Secrets::load_or_create`].
    pub fn customer_password(&self) -> anyhow::Result<(String, PathBuf)> {
        let file = self.folder.join("customer-password");
        Ok((read_or_create(&file, generate_password)?, file))
    }
}

/// Gives a shop in `folder` the secrets of the one in `other`, so that both can serve the same
/// stores: each accepts the other's tokens and passwords.
///
/// # Errors
/// The other has none, or this one has different ones already.
pub fn copy_from(other: &Path, folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for name in [SIGNING_KEY, ROLE_PASSWORD, LINK_KEY] {
        let (theirs, ours) = (other.join(name), folder.join(name));
        let secret = std::fs::read_to_string(&theirs);
        let secret = secret.with_context(|| format!("no secrets to share: cannot read {}", theirs.display()))?;
        let secret = secret.trim().to_owned();
        let kept = read_or_create(&ours, || Ok(secret.clone()))?;
        anyhow::ensure!(kept == secret, "{} is another secret than {}", ours.display(), theirs.display());
    }
    Ok(())
}

/// 32 bytes in hexadecimal.
fn generate_link_key() -> anyhow::Result<String> {
    let mut bytes = [0_u8; 32];
    OsRng.try_fill_bytes(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Sixteen letters in groups of four: 80 bits.
fn generate_password() -> anyhow::Result<String> {
    let mut bytes = [0_u8; 16];
    OsRng.try_fill_bytes(&mut bytes)?;
    let letters: Vec<u8> = bytes.iter().map(|byte| PASSWORD_ALPHABET[usize::from(byte % 32)]).collect();
    let groups: Vec<&str> = letters.chunks(4).filter_map(|group| std::str::from_utf8(group).ok()).collect();
    Ok(groups.join("-"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_secret_stays_the_same_and_belongs_to_its_owner() {
        let folder = std::env::temp_dir().join(format!("secrets-{}", std::process::id()));
        let first = Secrets::load_or_create(&folder).unwrap();
        let again = Secrets::load_or_create(&folder).unwrap();
        assert_eq!(first.signing_key, again.signing_key);
        assert_eq!((first.role_password.len(), first.link_key.len()), (19, 64));
        assert_eq!(first.link_key, again.link_key);
        let (password, file) = first.admin_password().unwrap();
        assert_eq!(again.admin_password().unwrap().0, password);
        assert_ne!(first.customer_password().unwrap().0, password);
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn shops_on_the_same_stores_share_secrets_and_others_do_not() {
        let folder = std::env::temp_dir().join(format!("shared-secrets-{}", std::process::id()));
        let [first, second, stranger] = ["first", "second", "stranger"].map(|name| folder.join(name));
        assert!(copy_from(&first, &second).is_err(), "there is nothing to share yet");
        let theirs = Secrets::load_or_create(&first).unwrap();
        copy_from(&first, &second).unwrap();
        copy_from(&first, &second).unwrap();
        assert_eq!(Secrets::load_or_create(&second).unwrap().signing_key, theirs.signing_key);
        Secrets::load_or_create(&stranger).unwrap();
        assert!(copy_from(&first, &stranger).unwrap_err().to_string().contains("is another secret"));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
