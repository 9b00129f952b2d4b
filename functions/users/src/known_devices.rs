//! Devices on which an account has logged in before, recognized by a cookie: it lets a login past
//! the limit that strangers can use up, and grants nothing else. No store is read: the token in the
//! cookie contains everything.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Problem;
use domain::users::{Email, User};
use http::{HeaderMap, HeaderValue, header};
use runtime::Clock;
use sha2::{Digest, Sha256};
use tokens::{DEVICE_TOKEN_LIFETIME_SECONDS, Device, Signer, Verifier};
use uuid::Uuid;

const COOKIE_NAME: &str = "device";
/// Sent to the login only, over TLS only (browsers treat `http://localhost` as such), not readable
/// by scripts, and not sent with requests from other sites.
const COOKIE_PATH: &str = "/api/users/login";

#[derive(Clone)]
pub(crate) struct KnownDevices {
    signer: Arc<Signer>,
    verifier: Arc<Verifier>,
    clock: Clock,
}

impl KnownDevices {
    pub(crate) fn new(signer: Arc<Signer>, verifier: Verifier, clock: Clock) -> Self {
        Self { signer, verifier: Arc::new(verifier), clock }
    }

    /// The device of this request, if the account with this address has logged in on it. Any
    /// foreign or invalid cookie is ignored.
    pub(crate) fn recognize(&self, headers: &HeaderMap, email: &Email) -> Option<Device> {
        let device = self.verifier.verify_device(device_cookie(headers)?, self.clock.now()).ok()?;
        (device.account_digest == account_hash(device.id, email.as_str())).then_some(device)
    }

    /// The cookie for the device on which `user` has just signed in: with its known id, or a new
    /// one.
    pub(crate) fn issue_cookie(&self, user: &User, known: Option<&Device>) -> Result<HeaderValue, Problem> {
        let known = known.filter(|device| device.user == user.id).map(|device| device.id);
        let id = known.unwrap_or_else(|| self.clock.new_uuid());
        let device = Device { id, user: user.id, account_digest: account_hash(id, &user.email) };
        let token = self.signer.sign_device(&device, self.clock.now()).map_err(Problem::internal)?;
        let life = DEVICE_TOKEN_LIFETIME_SECONDS;
        let cookie =
            format!("{COOKIE_NAME}={token}; Max-Age={life}; Path={COOKIE_PATH}; HttpOnly; Secure; SameSite=Strict");
        HeaderValue::try_from(cookie).map_err(Problem::internal)
    }
}

/// The cookie's value. Only the first cookie of that name is used: verifying a signature is not
/// free.
fn device_cookie(headers: &HeaderMap) -> Option<&str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE_NAME).map(|(_, value)| value)
}

/// Distinguishes accounts on this device without storing an address: the device's own id is part of
/// the hash, so that accounts cannot be compared across devices.
fn account_hash(device: Uuid, email: &str) -> String {
    let digest = Sha256::new().chain_update(device.as_bytes()).chain_update(email).finalize();
    URL_SAFE_NO_PAD.encode(&digest[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_found_among_others_and_only_by_its_whole_name() {
        let found = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::COOKIE, HeaderValue::from_str(value).unwrap());
            }
            device_cookie(&headers).map(str::to_owned)
        };
        let token = Some("a.b.c".to_owned());
        assert_eq!(found(&["device=a.b.c"]), token);
        assert_eq!(found(&["theme=dark; device=a.b.c; other=1"]), token);
        assert_eq!(found(&["theme=dark", "device=a.b.c"]), token);
        assert_eq!(found(&["device=a.b.c; device=d.e.f"]), token);
        for other in ["", "device", "devices=a.b.c", "my-device=a.b.c", "Device=a.b.c", "x=device=a.b.c"] {
            assert_eq!(found(&[other]), None, "{other}");
        }
    }
}
