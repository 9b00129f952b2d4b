//! Accounts, guests and logins: owns userdb and the signing key, opens and ends sessions, verifies
//! addresses.
//!
//! Makes no admin over HTTP: that is a command of the operator function. Never stores a password,
//! and never reveals whether an address has an account, except to someone who tries to sign up with
//! it.

use std::error::Error;
use std::sync::Arc;

use domain::events::Queue;
use domain::{Problem, SessionId};
use queue::Queues;
use runtime::{Clock, ConfigError, Env, ExposeSecret, SecurityEvent};
use store_postgres::Database;
use store_redis::{FailureLimiter, MAX_SESSION_SECONDS, Redis, Session, Sessions};
use tokens::links::Links;
use tokens::{Device, KeySet, Signer, Verifier};
use web::{Authenticator, OriginKey, ReadinessChecks, StoreCheck};

mod addresses;
mod fair_queue;
mod find;
mod guest;
mod hash_memory;
mod keys;
mod known_devices;
mod list;
mod login;
mod login_throttle;
mod logout;
mod me;
mod password;
mod signed_in;
mod signup;
mod verification;
mod verify;

pub use login_throttle::{LOGIN_LIMITS, LoginLimit};

use addresses::{add, list as address_list, remove, replace};
use known_devices::KnownDevices;
use login_throttle::LoginThrottle;
use password::Hasher;
use signed_in::{AuthenticatedUser, SignedIn};

/// The shortest and longest configurable lifetime of a token, in seconds: a minute, which is
/// already a nuisance, and 30 days, as long as a lost device may stay signed in.
const TOKEN_LIFE_RANGE: std::ops::RangeInclusive<i64> = 60..=MAX_SESSION_SECONDS;

/// The dependencies of the use cases. Cheap to clone.
#[derive(Clone)]
pub struct App {
    db: Database,
    /// For the orders that an account takes over; nothing else of it is read or written.
    orderdb: Database,
    queues: Queues,
    redis: Redis,
    sessions: Sessions,
    login_throttle: LoginThrottle,
    devices: KnownDevices,
    hasher: Hasher,
    signer: Arc<Signer>,
    keys: Arc<KeySet>,
    links: Links,
    authenticator: Authenticator,
    origin_key: OriginKey,
    clock: Clock,
}

impl App {
    /// Reads `USERDB_URL`, `ORDERDB_URL`, `REDIS_URL`, `NOTIFICATION_QUEUE_URL`, `TOKEN_SIGNING_KEY`,
    /// `TOKEN_KEYS`, `TOKEN_LIFE_SECONDS` (default 12 hours) and `LINK_KEY`; `EDGE_KEY` if CloudFront is
    /// in front of the API.
    ///
    /// # Errors
    /// When something is missing or invalid, or when no public key could verify what would be
    /// signed.
    pub fn from_env(env: &Env, clock: &Clock) -> Result<Self, Box<dyn Error + Send + Sync>> {
        // Nothing connects and nothing is hashed here: a cold start costs no more than parsing its
        // keys.
        let redis = Redis::new(&store_redis::Config::from_env(env)?)?;
        let sessions = Sessions::new(redis.clone());
        let (signer, keys) = read_signing_keys(env)?;
        let signer = Arc::new(signer);
        let database = |url| store_postgres::Config::from_env(env, store_postgres::Role::USERS, url).map(Database::new);
        Ok(Self {
            db: database("USERDB_URL")?,
            orderdb: database("ORDERDB_URL")?,
            queues: Queues::new(queue::Config::from_env(env, &[Queue::Notification])?),
            links: Links::new(env.secret("LINK_KEY")?.expose_secret())?,
            authenticator: Authenticator::from_env(env, sessions.clone(), clock.clone())?,
            origin_key: OriginKey::from_env(env),
            login_throttle: LoginThrottle::new(FailureLimiter::new(redis.clone()), clock.clone()),
            devices: KnownDevices::new(signer.clone(), Verifier::new(&keys)?, clock.clone()),
            hasher: Hasher::new(clock.clone()),
            redis,
            sessions,
            signer,
            keys: Arc::new(keys),
            clock: clock.clone(),
        })
    }

    /// Opens a session, with the known device if there is one; the token is not valid before.
    async fn open_session(&self, login: AuthenticatedUser, device: Option<&Device>) -> Result<SignedIn, Problem> {
        let AuthenticatedUser { user, epoch } = login;
        let (id, now) = (SessionId::new(self.clock.new_uuid()), self.clock.now());
        let token = self.signer.sign(user.id, user.role, id, now).map_err(Problem::internal)?;
        let session = Session { user_id: user.id, role: user.role, name: user.name.clone(), epoch, guest_email: None };
        let ended = self.sessions.open(id, &session, self.signer.lifetime_seconds(), now).await?;
        if ended > 0 {
            SecurityEvent::SessionsRevoked.record(Some(&user.id), "the account has too many sessions");
        }
        let device = Some(self.devices.issue_cookie(&user, device)?);
        Ok(SignedIn { user, token, device })
    }
}

/// The signing key, and the public keys, which must include its public part.
fn read_signing_keys(env: &Env) -> Result<(Signer, KeySet), Box<dyn Error + Send + Sync>> {
    let private = env.secret("TOKEN_SIGNING_KEY")?;
    let keys: KeySet = serde_json::from_str(&env.required("TOKEN_KEYS")?)?;
    if !keys.keys.contains(&tokens::derive_public_key(private.expose_secret())?) {
        return Err("TOKEN_KEYS lacks the public part of TOKEN_SIGNING_KEY".into());
    }
    let life = env.parsed_or("TOKEN_LIFE_SECONDS", tokens::TOKEN_LIFETIME_SECONDS)?;
    if !TOKEN_LIFE_RANGE.contains(&life) {
        return Err(ConfigError::unparsable("TOKEN_LIFE_SECONDS").into());
    }
    Ok((Signer::new(private.expose_secret())?.with_lifetime(life), keys))
}

impl AsRef<OriginKey> for App {
    fn as_ref(&self) -> &OriginKey {
        &self.origin_key
    }
}

impl AsRef<Authenticator> for App {
    fn as_ref(&self) -> &Authenticator {
        &self.authenticator
    }
}

impl ReadinessChecks for App {
    fn readiness_checks(&self) -> Vec<StoreCheck> {
        let (db, redis) = (self.db.clone(), self.redis.clone());
        vec![
            ("userdb", Box::pin(async move { Ok(db.ping().await?) })),
            ("redis", Box::pin(async move { Ok(redis.ping().await?) })),
        ]
    }
}

web::endpoints!("users", App:
    signup::sign_up {
        access: Anyone, rate: SignUp, repeat: Safe("an email address is taken once"),
        body: {"name": "Ada Lovelace", "email": "ada@example.org", "password": "correct horse"}
    },
    login::log_in {
        access: Anyone, rate: LogIn, repeat: Safe("one more session, which ends by itself"),
        body: {"email": "ada@example.org", "password": "correct horse"}
    },
    logout::log_out { access: Buyer, repeat: Safe("a session ends once") },
    guest::begin_as_guest {
        access: Anyone, rate: Guest, repeat: Safe("one more guest, whose session ends by itself"),
        body: {"email": "ada@example.org", "name": "Ada Lovelace"}
    },
    me::show_me { access: Buyer },
    verification::request_verification {
        access: Customer, rate: Verification, repeat: Safe("one more mail")
    },
    verify::verify_email {
        access: Anyone, rate: Verification, repeat: Safe("an address is verified once"),
        body: {"token": "AAAAAQAAAYvP5WgAYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE"}
    },
    list::list_users { access: Admin, query: "ids=1,2,3" },
    find::show_user { access: OwnerOrAdmin },
    keys::show_keys { access: Anyone },
    address_list::list_addresses { access: Customer },
    add::add_address {
        access: Customer, repeat: Safe("the same address is saved once"),
        body: {
            "name": "Ada Lovelace", "line1": "Invalidenstr. 116", "city": "Berlin", "postalCode": "10115",
            "country": "DE"
        }
    },
    replace::replace_address {
        access: Owner, repeat: Safe("a second one replaces it with the same"),
        body: {
            "name": "Ada Lovelace", "line1": "Invalidenstr. 117", "city": "Berlin", "postalCode": "10115",
            "country": "DE", "isDefault": true
        }
    },
    remove::remove_address { access: Owner, repeat: Safe("an address is deleted once") },
);
