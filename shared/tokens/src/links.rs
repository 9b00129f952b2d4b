//! Links in mails: to one order, and to verify an address. A link carries its time and a code
//! (HMAC-SHA256) over what it is for. It is not stored anywhere: whoever has the key can make the same
//! one again, so a mail that is delivered twice has the same link.
//!
//! A link is neither a token nor a session, and each kind is accepted for its own purpose only.

use std::sync::Arc;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::users::Email;
use domain::{OrderId, Timestamp, UserId};

/// How long a link to an order is valid, in seconds: 90 days, longer than any delivery and return.
pub const ORDER_LINK_SECONDS: i64 = 90 * 24 * 60 * 60;
/// How long an address may be verified after the mail, in seconds: a day.
pub const VERIFICATION_SECONDS: i64 = 24 * 60 * 60;
/// The fewest characters of a key: 128 bits of letters and digits.
const MIN_KEY_CHARS: usize = 22;
/// Of a time in milliseconds, and of an id.
const TIME_BYTES: usize = 8;
const ID_BYTES: usize = 4;
/// Both kinds are shorter; nothing longer is even decoded.
const MAX_LINK_CHARS: usize = 128;

/// A key is too short to protect anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key of links has fewer than {MIN_KEY_CHARS} characters")]
pub struct WeakLinkKey;

/// Makes and checks links. Cheap to clone.
#[derive(Clone)]
pub struct Links(Arc<LinkKeys>);

struct LinkKeys {
    /// New links are signed with this one.
    signing: hmac::Key,
    /// Links are accepted that any of these has signed.
    accepted: Vec<hmac::Key>,
}

/// A verification link as it was sent; [`Links::check_verification`] says whether it is genuine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerificationToken {
    /// Whose address it would verify; not to be trusted before the check.
    pub user: UserId,
    issued_at: Timestamp,
    code: Vec<u8>,
}

impl Links {
    /// Links of the shop with this secret. While it is replaced it has two parts, `new,old`: links are
    /// signed with the first and accepted of both.
    ///
    /// # Errors
    /// When a part is too short.
    pub fn new(secret: &str) -> Result<Self, WeakLinkKey> {
        let key = |part: &str| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, part.trim().as_bytes());
            (part.trim().len() >= MIN_KEY_CHARS).then_some(key).ok_or(WeakLinkKey)
        };
        let keys = secret.split(',').map(key).collect::<Result<Vec<_>, _>>()?;
        let signing = keys.first().ok_or(WeakLinkKey)?.clone();
        Ok(Self(Arc::new(LinkKeys { signing, accepted: keys })))
    }

    fn sign(&self, message: &[u8]) -> hmac::Tag {
        hmac::sign(&self.0.signing, message)
    }

    /// Compares in constant time.
    fn is_signed(&self, message: &[u8], code: &[u8]) -> bool {
        self.0.accepted.iter().any(|key| hmac::verify(key, message, code).is_ok())
    }

    /// The key that shows an order without a login, made at this time.
    pub fn order_key(&self, order: OrderId, issued_at: Timestamp) -> String {
        let mut bytes = issued_at.millis().to_be_bytes().to_vec();
        bytes.extend_from_slice(self.sign(&order_message(order, issued_at)).as_ref());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// When the key was made, if it is this order's, genuine and not expired at `now`. The order decides
    /// whether it was revoked.
    pub fn check_order_key(&self, key: &str, order: OrderId, now: Timestamp) -> Option<Timestamp> {
        let (issued_at, code) = split_time(&decode(key)?)?;
        let genuine = self.is_signed(&order_message(order, issued_at), &code);
        (genuine && is_fresh(issued_at, now, ORDER_LINK_SECONDS)).then_some(issued_at)
    }

    /// The token that verifies that this user reads mail at this address.
    pub fn verification_token(&self, user: UserId, email: &Email, issued_at: Timestamp) -> String {
        let mut bytes = user.get().to_be_bytes().to_vec();
        bytes.extend_from_slice(&issued_at.millis().to_be_bytes());
        bytes.extend_from_slice(self.sign(&verification_message(user, email, issued_at)).as_ref());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Whether the token was made for this address, which is the user's by now, and has not expired.
    pub fn check_verification(&self, token: &VerificationToken, email: &Email, now: Timestamp) -> bool {
        let message = verification_message(token.user, email, token.issued_at);
        self.is_signed(&message, &token.code) && is_fresh(token.issued_at, now, VERIFICATION_SECONDS)
    }
}

impl VerificationToken {
    /// Reads a token without checking it; `None` if it has another form.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = decode(text)?;
        let (user, rest) = bytes.split_first_chunk::<ID_BYTES>()?;
        let (issued_at, code) = split_time(rest)?;
        Some(Self { user: UserId::checked(i64::from(i32::from_be_bytes(*user))).ok()?, issued_at, code })
    }
}

fn decode(text: &str) -> Option<Vec<u8>> {
    (text.len() <= MAX_LINK_CHARS).then(|| URL_SAFE_NO_PAD.decode(text).ok()).flatten()
}

fn split_time(bytes: &[u8]) -> Option<(Timestamp, Vec<u8>)> {
    let (time, code) = bytes.split_first_chunk::<TIME_BYTES>()?;
    let millis = i64::from_be_bytes(*time);
    // Times that this program could have written: others are no dates.
    (0..=i64::from(u32::MAX) * 1000).contains(&millis).then(|| (Timestamp::from_millis(millis), code.to_vec()))
}

fn is_fresh(issued_at: Timestamp, now: Timestamp, seconds: i64) -> bool {
    now < issued_at.plus_seconds(seconds)
}

/// Parts of fixed length behind the purpose, so that no two messages are the same.
fn order_message(order: OrderId, issued_at: Timestamp) -> Vec<u8> {
    [b"order\0".as_slice(), &order.get().to_be_bytes(), &issued_at.millis().to_be_bytes()].concat()
}

/// The address is last: it is the only part without a fixed length.
fn verification_message(user: UserId, email: &Email, issued_at: Timestamp) -> Vec<u8> {
    let time = issued_at.millis().to_be_bytes();
    [b"verify\0".as_slice(), &user.get().to_be_bytes(), &time, email.as_str().as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_millis(1_700_000_000_123)
    }

    fn links() -> Links {
        Links::new("a secret of forty letters and digits 0000").unwrap()
    }

    fn email(text: &str) -> Email {
        Email::try_from(text.to_owned()).unwrap()
    }

    #[test]
    fn a_link_opens_its_order_for_ninety_days_and_no_other() {
        let order = OrderId::new(7);
        let key = links().order_key(order, now());
        assert_eq!(key, links().order_key(order, now()), "a mail that is sent again has the same link");
        assert_eq!(links().check_order_key(&key, order, now()), Some(now()));
        assert!(links().check_order_key(&key, order, now().plus_seconds(ORDER_LINK_SECONDS - 1)).is_some());
        assert_eq!(links().check_order_key(&key, order, now().plus_seconds(ORDER_LINK_SECONDS)), None);
        assert_eq!(links().check_order_key(&key, OrderId::new(8), now()), None);
        let stranger = Links::new("another secret of forty letters and digits").unwrap();
        assert_eq!(stranger.check_order_key(&key, order, now()), None);
    }

    #[test]
    fn a_changed_link_opens_nothing() {
        let order = OrderId::new(7);
        let bytes = URL_SAFE_NO_PAD.decode(links().order_key(order, now())).unwrap();
        for place in 0..bytes.len() {
            for bit in 0..8 {
                let mut changed = bytes.clone();
                changed[place] ^= 1 << bit;
                assert_eq!(links().check_order_key(&URL_SAFE_NO_PAD.encode(changed), order, now()), None);
            }
        }
        let short = URL_SAFE_NO_PAD.encode(&bytes[..bytes.len() - 1]);
        let huge = "A".repeat(5000);
        for wrong in ["", "A", "....", "AAAAAAAAAAA", &short, &huge, &URL_SAFE_NO_PAD.encode([255; 40])] {
            assert_eq!(links().check_order_key(wrong, order, now()), None, "{wrong}");
            let is_genuine = |token| links().check_verification(&token, &email("a@b.de"), now());
            assert!(!VerificationToken::parse(wrong).is_some_and(is_genuine), "{wrong}");
        }
    }

    #[test]
    fn a_verification_is_of_one_user_and_one_address_for_a_day() {
        let (user, ada) = (UserId::new(3), email("ada@example.org"));
        let token = links().verification_token(user, &ada, now());
        let parsed = VerificationToken::parse(&token).unwrap();
        assert_eq!(parsed.user, user);
        assert!(links().check_verification(&parsed, &ada, now().plus_seconds(VERIFICATION_SECONDS - 1)));
        assert!(!links().check_verification(&parsed, &ada, now().plus_seconds(VERIFICATION_SECONDS)));
        assert!(!links().check_verification(&parsed, &email("bob@example.org"), now()), "the address has changed");
        let other = VerificationToken { user: UserId::new(4), ..parsed };
        assert!(!links().check_verification(&other, &ada, now()));
        let as_order = links().order_key(OrderId::new(3), now());
        assert!(VerificationToken::parse(&as_order).is_none_or(|t| !links().check_verification(&t, &ada, now())));
        assert_eq!(links().check_order_key(&token, OrderId::new(3), now()), None);
    }

    #[test]
    fn a_short_secret_is_refused_and_one_in_two_parts_accepts_both() {
        let (old, new) = ("the old secret of forty letters 00000000", "the new secret of forty letters 11111111");
        for short in ["", " short ", ",", &format!("{new},"), &format!("{new},short")] {
            assert!(Links::new(short).is_err(), "{short}");
        }
        let (order, both) = (OrderId::new(7), Links::new(&format!("{new},{old}")).unwrap());
        let before = Links::new(old).unwrap().order_key(order, now());
        assert!(both.check_order_key(&before, order, now()).is_some());
        assert_eq!(both.order_key(order, now()), Links::new(new).unwrap().order_key(order, now()));
        assert!(Links::new(new).unwrap().check_order_key(&before, order, now()).is_none());
    }
}
