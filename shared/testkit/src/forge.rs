//! Tokens made by hand, from base64 and a signature, without the crate under test.

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use domain::{SessionId, Timestamp, UserId};
use serde_json::{Value, json};

/// A key, and what a good token for one login says.
pub struct Forge {
    ours: Ed25519KeyPair,
    strangers: Ed25519KeyPair,
    /// The good one's.
    pub header: Value,
    /// The good one's.
    pub payload: Value,
}

impl Forge {
    /// `private` is the shop's signing key; the good token is for this login, from `now` on.
    ///
    /// # Panics
    /// When the key is none of [`tokens::generate`]'s.
    pub fn new(private: &str, user: UserId, session: SessionId, now: Timestamp) -> Self {
        let ours = Ed25519KeyPair::from_pkcs8(&STANDARD.decode(private).unwrap()).unwrap();
        let strangers = Ed25519KeyPair::generate().unwrap();
        let kid = tokens::public_of(private).unwrap().kid;
        let now = now.seconds();
        let header = json!({"alg": "EdDSA", "typ": "JWT", "kid": kid});
        let payload = json!({
            "iss": "shop", "aud": "shop-api", "sub": user.to_string(), "role": "customer",
            "jti": session, "iat": now, "exp": now + 3600,
        });
        Self { ours, strangers, header, payload }
    }

    /// The good one, made by the same hands: what is refused is refused for what is wrong.
    pub fn good(&self) -> String {
        self.signed(&self.header, &self.payload)
    }

    /// Signed with our own key, as nobody outside could: only what is said is wrong.
    pub fn signed(&self, header: &Value, payload: &Value) -> String {
        self.signed_text(&header.to_string(), &payload.to_string())
    }

    pub fn signed_text(&self, header: &str, payload: &str) -> String {
        let said = format!("{}.{}", encode(header), encode(payload));
        let signature = self.ours.sign(said.as_bytes());
        format!("{said}.{}", encode(signature))
    }

    /// The good one, with members of its header changed; `null` takes one away.
    pub fn header_with(&self, changes: Value) -> String {
        self.signed(&changed(&self.header, &changes), &self.payload)
    }

    /// The good one, with claims changed; `null` takes one away.
    pub fn payload_with(&self, changes: Value) -> String {
        self.signed(&self.header, &changed(&self.payload, &changes))
    }

    /// Signed with a key of the forger's.
    pub fn by_a_stranger(&self, changes: Value) -> String {
        let said = said(&changed(&self.header, &changes), &self.payload);
        format!("{said}.{}", encode(self.strangers.sign(said.as_bytes())))
    }

    /// The forger's public key, as a header might offer it.
    pub fn strangers_key(&self) -> Value {
        json!({"kty": "OKP", "crv": "Ed25519", "x": encode(self.strangers.public_key())})
    }

    /// Our public key used as if it were a shared secret.
    pub fn by_our_public_key(&self, secret: &[u8]) -> String {
        let said = said(&changed(&self.header, &json!({"alg": "HS256"})), &self.payload);
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        format!("{said}.{}", encode(hmac::sign(&key, said.as_bytes())))
    }

    pub fn our_public_key(&self) -> Vec<u8> {
        self.ours.public_key().as_ref().to_vec()
    }

    /// Another algorithm, with a key of the forger's.
    pub fn by_es256(&self) -> String {
        let random = SystemRandom::new();
        let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key.as_ref()).unwrap();
        let said = said(&changed(&self.header, &json!({"alg": "ES256"})), &self.payload);
        format!("{said}.{}", encode(key.sign(&random, said.as_bytes()).unwrap()))
    }
}

fn said(header: &Value, payload: &Value) -> String {
    format!("{}.{}", encode(header.to_string()), encode(payload.to_string()))
}

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn changed(from: &Value, changes: &Value) -> Value {
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
