//! Tokens assembled from base64 and a signature, without the crate under test.

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use domain::{SessionId, Timestamp, UserId};
use serde_json::{Value, json};

/// A key, and the contents of a valid token for one login.
pub struct TokenForge {
    shop_key: Ed25519KeyPair,
    foreign_key: Ed25519KeyPair,
    /// Of the valid token.
    pub header: Value,
    /// Of the valid token.
    pub payload: Value,
}

impl TokenForge {
    /// `private` is the shop's signing key; the valid token is for this login, from `now` on.
    ///
    /// # Panics
    /// When [`tokens::generate_key_pair`] did not make the key.
    pub fn new(private: &str, user: UserId, session: SessionId, now: Timestamp) -> Self {
        let ours = Ed25519KeyPair::from_pkcs8(&STANDARD.decode(private).unwrap()).unwrap();
        let strangers = Ed25519KeyPair::generate().unwrap();
        let kid = tokens::derive_public_key(private).unwrap().kid;
        let now = now.seconds();
        let header = json!({"alg": "EdDSA", "typ": "JWT", "kid": kid});
        let payload = json!({
            "iss": "shop", "aud": "shop-api", "sub": user.to_string(), "role": "customer",
            "jti": session, "iat": now, "exp": now + 3600,
        });
        Self { shop_key: ours, foreign_key: strangers, header, payload }
    }

    /// The valid token, made in the same way: the others are rejected only for their flaw.
    pub fn valid_token(&self) -> String {
        self.sign(&self.header, &self.payload)
    }

    /// Signed with the shop's own key, as nobody outside could: only the contents are wrong.
    pub fn sign(&self, header: &Value, payload: &Value) -> String {
        self.sign_text(&header.to_string(), &payload.to_string())
    }

    pub fn sign_text(&self, header: &str, payload: &str) -> String {
        let said = format!("{}.{}", base64url(header), base64url(payload));
        let signature = self.shop_key.sign(said.as_bytes());
        format!("{said}.{}", base64url(signature))
    }

    /// The valid token with changed header members; `null` removes one.
    pub fn with_header(&self, changes: Value) -> String {
        self.sign(&with_changes(&self.header, &changes), &self.payload)
    }

    /// The valid token with changed claims; `null` removes one.
    pub fn with_claims(&self, changes: Value) -> String {
        self.sign(&self.header, &with_changes(&self.payload, &changes))
    }

    /// Signed with another key.
    pub fn signed_by_foreign_key(&self, changes: Value) -> String {
        let said = signing_input(&with_changes(&self.header, &changes), &self.payload);
        format!("{said}.{}", base64url(self.foreign_key.sign(said.as_bytes())))
    }

    /// The forger's public key, as a header might contain it.
    pub fn foreign_public_key(&self) -> Value {
        json!({"kty": "OKP", "crv": "Ed25519", "x": base64url(self.foreign_key.public_key())})
    }

    /// The public key used as if it were a shared secret.
    pub fn hmac_with_secret(&self, secret: &[u8]) -> String {
        let said = signing_input(&with_changes(&self.header, &json!({"alg": "HS256"})), &self.payload);
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        format!("{said}.{}", base64url(hmac::sign(&key, said.as_bytes())))
    }

    pub fn public_key(&self) -> Vec<u8> {
        self.shop_key.public_key().as_ref().to_vec()
    }

    /// Another algorithm, with a key of the forger.
    pub fn signed_with_es256(&self) -> String {
        let random = SystemRandom::new();
        let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key.as_ref()).unwrap();
        let said = signing_input(&with_changes(&self.header, &json!({"alg": "ES256"})), &self.payload);
        format!("{said}.{}", base64url(key.sign(&random, said.as_bytes()).unwrap()))
    }
}

fn signing_input(header: &Value, payload: &Value) -> String {
    format!("{}.{}", base64url(header.to_string()), base64url(payload.to_string()))
}

pub(crate) fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn with_changes(from: &Value, changes: &Value) -> Value {
    let mut members = from.as_object().unwrap().clone();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            members.remove(name);
        } else {
            members.insert(name.clone(), value.clone());
        }
    }
    members.into()
}
