//! Bearer tokens: JWTs signed with Ed25519 by the users function and verified by all functions.
//!
//! The algorithm is fixed, never the token's; a key is looked up by `kid` in the configured set.
//! Knows no HTTP, no session and no clock: Redis knows whether a session is still valid. Tokens of
//! devices ([`Device`]) have a type and an audience of their own: neither kind is accepted as the
//! other. Links in mails are no tokens: see [`links`].

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use domain::users::Role;
use domain::{SessionId, Timestamp, UserId};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

mod device;
pub mod links;

pub use device::{DEVICE_TOKEN_LIFETIME_SECONDS, Device};

/// The issuer of the tokens.
pub const ISSUER: &str = "shop";
/// The `aud` claim of every token.
pub const AUDIENCE: &str = "shop-api";
/// The default lifetime of a token, in seconds: 12 hours.
pub const TOKEN_LIFETIME_SECONDS: i64 = 12 * 60 * 60;
/// A token has about 400 bytes; nothing longer is even parsed.
const MAX_TOKEN_BYTES: usize = 4096;
/// The `typ` of the tokens.
const TYPE: &str = "JWT";

/// The claims of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claims {
    pub user: UserId,
    pub role: Role,
    /// The login, which must still be valid in Redis.
    pub session: SessionId,
    /// In seconds since 1970.
    pub expires_at: i64,
}

impl Claims {
    /// Whether the token has expired at `now`.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at <= now.seconds()
    }
}

#[derive(Serialize, Deserialize)]
struct Payload {
    iss: String,
    aud: String,
    sub: String,
    role: Role,
    jti: SessionId,
    iat: i64,
    exp: i64,
}

/// Only these three members: `jwk`, `jku`, `x5u`, `crit` and any others are rejected.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StrictHeader {
    alg: String,
    typ: String,
    kid: String,
}

/// An invalid token or key. The failed check is for the log, never for the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TokenError(&'static str);

impl TokenError {
    /// The check that failed.
    pub const fn reason(&self) -> &'static str {
        self.0
    }
}

/// The token of an `Authorization` header; `None` if the header is no bearer's.
pub fn parse_bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

/// A public key as `/.well-known/jwks.json` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicKey {
    kty: String,
    crv: String,
    alg: String,
    #[serde(rename = "use")]
    usage: String,
    /// Names the key in a token's header.
    pub kid: String,
    x: String,
}

/// The public keys that tokens may be signed with: the current one and, while its tokens are valid,
/// the previous one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeySet {
    /// In no particular order.
    pub keys: Vec<PublicKey>,
}

/// A new key: the private part as PKCS #8 in base64, and the public part.
///
/// # Errors
/// When the machine has no randomness.
pub fn generate_key_pair() -> Result<(String, PublicKey), TokenError> {
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::Ed25519KeyPair;
    let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| TokenError("no randomness"))?;
    let private = STANDARD.encode(document.as_ref());
    Ok((private.clone(), derive_public_key(&private)?))
}

/// The public part of a private key made by [`generate_key_pair`]. Its `kid` is derived from the
/// key itself.
///
/// # Errors
/// When the text is no such key.
pub fn derive_public_key(private: &str) -> Result<PublicKey, TokenError> {
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
    let der = STANDARD.decode(private.trim()).map_err(|_| TokenError("the signing key is not base64"))?;
    let pair = Ed25519KeyPair::from_pkcs8(&der).map_err(|_| TokenError("the signing key is no Ed25519 key"))?;
    let x = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
    let kid = x.chars().take(12).collect();
    let text = |t: &str| t.to_owned();
    Ok(PublicKey { kty: text("OKP"), crv: text("Ed25519"), alg: text("EdDSA"), usage: text("sig"), kid, x })
}

/// Signs tokens; only the users function has one.
pub struct Signer {
    header: Header,
    key: EncodingKey,
    lifetime_seconds: i64,
}

impl Signer {
    /// From a private key made by [`generate_key_pair`].
    ///
    /// # Errors
    /// When the text is no such key.
    pub fn new(private: &str) -> Result<Self, TokenError> {
        let kid = derive_public_key(private)?.kid;
        let der = STANDARD.decode(private.trim()).map_err(|_| TokenError("the signing key is not base64"))?;
        let header = Header { kid: Some(kid), typ: Some(TYPE.to_owned()), ..Header::new(Algorithm::EdDSA) };
        Ok(Self { header, key: EncodingKey::from_ed_der(&der), lifetime_seconds: TOKEN_LIFETIME_SECONDS })
    }

    /// Sets the lifetime of its tokens, in seconds.
    #[must_use]
    pub fn with_lifetime(self, life_seconds: i64) -> Self {
        Self { lifetime_seconds: life_seconds, ..self }
    }

    /// The lifetime of its tokens, in seconds; a session lives as long.
    pub fn lifetime_seconds(&self) -> i64 {
        self.lifetime_seconds
    }

    /// A token for a login at `now`.
    ///
    /// # Errors
    /// When the key cannot sign.
    pub fn sign(&self, user: UserId, role: Role, session: SessionId, now: Timestamp) -> Result<String, TokenError> {
        let payload = Payload {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: user.to_string(),
            role,
            jti: session,
            iat: now.seconds(),
            exp: now.seconds() + self.lifetime_seconds,
        };
        jsonwebtoken::encode(&self.header, &payload, &self.key).map_err(|_| TokenError("the key cannot sign"))
    }
}

/// Verifies tokens against a [`KeySet`].
pub struct Verifier {
    keys: Vec<(String, DecodingKey)>,
    validation: Validation,
    device_validation: Validation,
}

impl Verifier {
    /// # Errors
    /// When a key of the set is no Ed25519 key.
    pub fn new(set: &KeySet) -> Result<Self, TokenError> {
        let key = |public: &PublicKey| {
            let known = public.kty == "OKP" && public.crv == "Ed25519";
            let key = DecodingKey::from_ed_components(&public.x).ok().filter(|_| known);
            key.map(|key| (public.kid.clone(), key)).ok_or(TokenError("a public key is no Ed25519 key"))
        };
        let keys = set.keys.iter().map(key).collect::<Result<_, _>>()?;
        Ok(Self { keys, validation: validation(AUDIENCE), device_validation: validation(device::AUDIENCE) })
    }

    /// The claims of a token that a key of the set signed, expired or not: an expired token is no
    /// forgery, and the authorizer before the API lets it pass. A function that serves the caller
    /// must also check [`Claims::is_expired`].
    ///
    /// # Errors
    /// When anything about it differs from what [`Signer::sign`] makes.
    pub fn verify(&self, token: &str) -> Result<Claims, TokenError> {
        let payload: Payload = self.decode_payload(token, TYPE, &self.validation)?;
        let user = payload.sub.parse().map_err(|_| TokenError("the subject is no user"))?;
        Ok(Claims { user, role: payload.role, session: payload.jti, expires_at: payload.exp })
    }

    /// Decodes a payload that a key of the set signed, for a token of this type and the audience of
    /// `validation`.
    fn decode_payload<P: DeserializeOwned>(
        &self,
        token: &str,
        typ: &str,
        validation: &Validation,
    ) -> Result<P, TokenError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(TokenError("the token is too long"));
        }
        let header = token.split('.').next().and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
        let header: StrictHeader = header
            .and_then(|json| serde_json::from_slice(&json).ok())
            .ok_or(TokenError("the token's header is not ours"))?;
        if header.alg != "EdDSA" || header.typ != typ {
            return Err(TokenError("the token's algorithm or type is not ours"));
        }
        let (_, key) = self.keys.iter().find(|(kid, _)| *kid == header.kid).ok_or(TokenError("the key is unknown"))?;
        let decoded = jsonwebtoken::decode::<P>(token, key, validation);
        Ok(decoded.map_err(|_| TokenError("the signature, issuer or audience is wrong"))?.claims)
    }
}

fn validation(audience: &str) -> Validation {
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[audience]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    // The time is a parameter, of `Claims::is_expired`.
    validation.validate_exp = false;
    validation
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair() -> (Signer, Verifier) {
        let (private, public) = generate_key_pair().unwrap();
        (Signer::new(&private).unwrap(), Verifier::new(&KeySet { keys: vec![public] }).unwrap())
    }

    #[test]
    fn a_token_of_ours_is_good_until_it_expires() {
        let (signer, verifier) = pair();
        let session = SessionId::new(uuid::Uuid::nil());
        let now = Timestamp::from_millis(1_700_000_000_000);
        let token = signer.sign(UserId::new(7), Role::Admin, session, now).unwrap();
        let claims = verifier.verify(&token).unwrap();
        assert_eq!((claims.user, claims.role, claims.session), (UserId::new(7), Role::Admin, session));
        assert!(!claims.is_expired(now.plus_seconds(TOKEN_LIFETIME_SECONDS - 1)));
        assert!(claims.is_expired(now.plus_seconds(TOKEN_LIFETIME_SECONDS)));
    }

    #[test]
    fn a_token_of_another_key_or_shape_is_rejected() {
        let (signer, _) = pair();
        let (_, stranger) = pair();
        let now = Timestamp::from_millis(0);
        let token = signer.sign(UserId::new(1), Role::Customer, SessionId::new(uuid::Uuid::nil()), now).unwrap();
        assert!(stranger.verify(&token).is_err());
        for bad in ["", ".", "..", "a.b.c", &format!("{token}x"), &"a".repeat(5000)] {
            assert!(stranger.verify(bad).is_err());
        }
    }
}
