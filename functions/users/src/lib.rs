//! Accounts and logins: owns userdb and the signing key, opens and ends sessions.
//!
//! Refuses to make an admin over HTTP: that is an operator's command (the operator function).
//! Never stores a password, and never tells whether an address has an account, but to whoever
//! tries to sign up with it.

use std::error::Error;
use std::sync::Arc;

use domain::{Problem, SessionId};
use postgres::Database;
use redis_store::{LONGEST_SESSION, Limits, Redis, Session, Sessions};
use runtime::{Clock, ExposeSecret, Missing, SecurityEvent, Vars};
use tokens::{Device, KeySet, Signer, Verifier};
use web::{Check, Edge, Guard, Ready};

mod attempts;
mod devices;
mod find;
mod keys;
mod login;
mod logout;
mod me;
mod password;
mod signed_in;
mod signup;
mod turns;

pub use attempts::{FAILURE_LIMITS, FailureLimit};

use attempts::Attempts;
use devices::Devices;
use login::Login;
use password::Hasher;
use signed_in::SignedIn;

/// The shortest and longest life of a token that may be configured, in seconds: a minute, which
/// is already a nuisance, and 30 days, as long as a lost device may stay signed in.
const TOKEN_LIFE: std::ops::RangeInclusive<i64> = 60..=LONGEST_SESSION;

/// What the use cases stand on. Cheap to clone.
#[derive(Clone)]
pub struct App {
    db: Database,
    redis: Redis,
    sessions: Sessions,
    attempts: Attempts,
    devices: Devices,
    hasher: Hasher,
    signer: Arc<Signer>,
    keys: Arc<KeySet>,
    guard: Guard,
    edge: Edge,
    clock: Clock,
}

impl App {
    /// Reads `USERDB_URL`, `REDIS_URL`, `TOKEN_SIGNING_KEY`, `TOKEN_KEYS` and
    /// `TOKEN_LIFE_SECONDS` (12 hours unless told); `EDGE_KEY` where an edge is before the front door.
    ///
    /// # Errors
    /// When something is missing or unreadable, or when nobody could verify what would be signed.
    pub fn read(vars: &Vars, clock: &Clock) -> Result<Self, Box<dyn Error + Send + Sync>> {
        // Nothing connects and nothing is hashed here: a cold start costs no more than its keys.
        let redis = Redis::new(&redis_store::Config::read(vars)?)?;
        let sessions = Sessions::new(redis.clone());
        let (signer, keys) = signing(vars)?;
        let signer = Arc::new(signer);
        Ok(Self {
            db: Database::new(postgres::Config::read(vars, postgres::Role::USERS, "USERDB_URL")?),
            guard: Guard::read(vars, sessions.clone(), clock.clone())?,
            edge: Edge::read(vars),
            attempts: Attempts::new(Limits::new(redis.clone()), clock.clone()),
            devices: Devices::new(signer.clone(), Verifier::new(&keys)?, clock.clone()),
            hasher: Hasher::new(clock.clone()),
            redis,
            sessions,
            signer,
            keys: Arc::new(keys),
            clock: clock.clone(),
        })
    }

    /// Opens a session, on the device that this account is known on where there is one; its token
    /// is of no use before.
    async fn sign_in(&self, login: Login, device: Option<&Device>) -> Result<SignedIn, Problem> {
        let Login { user, epoch } = login;
        let (id, now) = (SessionId::new(self.clock.new_uuid()), self.clock.now());
        let token = self.signer.sign(user.id, user.role, id, now).map_err(Problem::internal)?;
        let session = Session { user_id: user.id, role: user.role, name: user.name.clone(), epoch };
        let ended = self.sessions.open(id, &session, self.signer.life_seconds(), now).await?;
        if ended > 0 {
            SecurityEvent::SessionsEnded.record(Some(&user.id), "the account has too many sessions");
        }
        let device = Some(self.devices.remember(&user, device)?);
        Ok(SignedIn { user, token, device })
    }
}

/// The signing key, and the public ones, which must include it.
fn signing(vars: &Vars) -> Result<(Signer, KeySet), Box<dyn Error + Send + Sync>> {
    let private = vars.secret("TOKEN_SIGNING_KEY")?;
    let keys: KeySet = serde_json::from_str(&vars.required("TOKEN_KEYS")?)?;
    if !keys.keys.contains(&tokens::public_of(private.expose_secret())?) {
        return Err("TOKEN_KEYS lacks the public part of TOKEN_SIGNING_KEY".into());
    }
    let life = vars.parsed("TOKEN_LIFE_SECONDS", tokens::LIFE_SECONDS)?;
    if !TOKEN_LIFE.contains(&life) {
        return Err(Missing::unreadable("TOKEN_LIFE_SECONDS").into());
    }
    Ok((Signer::new(private.expose_secret())?.lasting(life), keys))
}

impl AsRef<Edge> for App {
    fn as_ref(&self) -> &Edge {
        &self.edge
    }
}

impl AsRef<Guard> for App {
    fn as_ref(&self) -> &Guard {
        &self.guard
    }
}

impl Ready for App {
    fn checks(&self) -> Vec<Check> {
        let (db, redis) = (self.db.clone(), self.redis.clone());
        vec![
            ("userdb", Box::pin(async move { Ok(db.ping().await?) })),
            ("redis", Box::pin(async move { Ok(redis.ping().await?) })),
        ]
    }
}

web::group!("users", App: signup::sign_up [SignUp], login::log_in [LogIn], logout::log_out, me::show_me, find::show_user, keys::show_keys);
