//! Device tokens: they show that an account has logged in on this device before, which lets a login
//! past the limit that strangers can use up, and nothing else. A device token is no session and
//! opens none.

use domain::{Timestamp, UserId};
use jsonwebtoken::Header;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{ISSUER, Signer, TokenError, Verifier};

/// The audience of these tokens: the login, no other route.
pub(crate) const AUDIENCE: &str = "shop-login";
/// The `typ` of these tokens.
const TYPE: &str = "device+jwt";
/// How long a device is known after its last login, in seconds: 180 days, so that a customer who
/// buys twice a year is recognized.
pub const DEVICE_TOKEN_LIFETIME_SECONDS: i64 = 180 * 24 * 60 * 60;

/// A device on which an account has logged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// The device's own id, created at its first login.
    pub id: Uuid,
    pub user: UserId,
    /// Tells, without any store, whether a login is to the same account: a digest of the device's
    /// id and the login address, which it does not reveal; made by the users function.
    pub account_digest: String,
}

#[derive(Serialize, Deserialize)]
struct Payload {
    iss: String,
    aud: String,
    sub: String,
    jti: Uuid,
    acct: String,
    iat: i64,
    exp: i64,
}

impl Signer {
    /// A token for a device on which an account logged in at `now`.
    ///
    /// # Errors
    /// When the key cannot sign.
    pub fn sign_device(&self, device: &Device, now: Timestamp) -> Result<String, TokenError> {
        let payload = Payload {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: device.user.to_string(),
            jti: device.id,
            acct: device.account_digest.clone(),
            iat: now.seconds(),
            exp: now.seconds() + DEVICE_TOKEN_LIFETIME_SECONDS,
        };
        let header = Header { typ: Some(TYPE.to_owned()), ..self.header.clone() };
        jsonwebtoken::encode(&header, &payload, &self.key).map_err(|_| TokenError("the key cannot sign"))
    }
}

impl Verifier {
    /// The device, if a key of the set signed its token and it has not expired at `now`.
    ///
    /// # Errors
    /// When anything about it differs from what [`Signer::sign_device`] makes.
    pub fn verify_device(&self, token: &str, now: Timestamp) -> Result<Device, TokenError> {
        let payload: Payload = self.decode_payload(token, TYPE, &self.device_validation)?;
        if payload.exp <= now.seconds() {
            return Err(TokenError("the device's token has expired"));
        }
        let user = payload.sub.parse().map_err(|_| TokenError("the subject is no user"))?;
        Ok(Device { id: payload.jti, user, account_digest: payload.acct })
    }
}

#[cfg(test)]
mod tests {
    use domain::SessionId;
    use domain::users::Role;

    use super::*;
    use crate::{KeySet, generate_key_pair};

    #[test]
    fn a_device_is_known_until_its_token_expires_and_is_no_session() {
        let (private, public) = generate_key_pair().unwrap();
        let signer = Signer::new(&private).unwrap();
        let verifier = Verifier::new(&KeySet { keys: vec![public] }).unwrap();
        let now = Timestamp::from_millis(1_700_000_000_000);
        let device = Device { id: Uuid::from_u128(7), user: UserId::new(7), account_digest: "abc".to_owned() };
        let token = signer.sign_device(&device, now).unwrap();
        assert_eq!(verifier.verify_device(&token, now), Ok(device.clone()));
        assert!(verifier.verify_device(&token, now.plus_seconds(DEVICE_TOKEN_LIFETIME_SECONDS - 1)).is_ok());
        assert!(verifier.verify_device(&token, now.plus_seconds(DEVICE_TOKEN_LIFETIME_SECONDS)).is_err());
        assert!(verifier.verify(&token).is_err(), "no session");
        let session = signer.sign(device.user, Role::Admin, SessionId::new(device.id), now).unwrap();
        assert!(verifier.verify_device(&session, now).is_err(), "no device");
    }
}
