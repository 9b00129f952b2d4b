//! Argon2id hashing, off the async threads, bounded, and fairly queued.

use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::{ARGON2ID_IDENT, Params};
use domain::Problem;
use domain::users::Password;
use runtime::{Clock, with_timeout};

use crate::fair_queue::{FairQueue, Lane};
use crate::hash_memory::HashMemory;

/// OWASP's first choice for Argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const ITERATIONS: u32 = 2;
const PARALLELISM: u32 = 1;

/// A hash that no password has, with the cost above: a login to an address without an account is
/// checked against it. A constant, since hashing at startup would add a hash to every cold start.
const DUMMY_HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$ln0vwjb76082eMmmB3FK3Q$f7jgU6G7iTvyGnUbAkaKFldS6yzeUPVHy9vvFjro3Hs";

/// The longest wait for a turn, about as long as a person waits; a request whose own deadline is
/// earlier gets a 503 with `Retry-After`.
const MAX_QUEUE_TIME: Duration = Duration::from_secs(10);

/// Hashes passwords, as many at once as there are cores: more would be no faster, and each takes 19
/// MiB.
#[derive(Clone)]
pub(crate) struct Hasher {
    queue: FairQueue,
    memory: HashMemory,
    clock: Clock,
}

/// The result of checking a password.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PasswordCheck {
    Mismatch,
    /// With a hash to store instead, if the stored one is weaker than today's, or was made from the
    /// password as typed.
    Match {
        upgraded_hash: Option<String>,
    },
}

impl Hasher {
    pub(crate) fn new(clock: Clock) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self { queue: FairQueue::new(cores), memory: HashMemory::default(), clock }
    }

    /// A PHC string for a new password of a sign-up from this address.
    pub(crate) async fn hash(&self, password: Password, address: &str) -> Result<String, Problem> {
        let (memory, salt) = (self.memory.clone(), self.salt());
        self.run_queued(Lane::SignUp, address, move || hash(&memory, &password, &salt)).await?
    }

    /// Checks the password of a login from this address against a stored hash; against
    /// [`DUMMY_HASH`], in the same time, if there is none.
    pub(crate) async fn verify(
        &self,
        password: Password,
        stored: Option<String>,
        address: &str,
    ) -> Result<PasswordCheck, Problem> {
        let (memory, salt) = (self.memory.clone(), self.salt());
        self.run_queued(Lane::LogIn, address, move || verify(&memory, &password, stored.as_deref(), &salt)).await?
    }

    /// A cancelled request keeps its turn until its hash is done: the thread is busy.
    async fn run_queued<T: Send + 'static>(
        &self,
        lane: Lane,
        address: &str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let turn =
            with_timeout(MAX_QUEUE_TIME, self.queue.acquire(lane, address)).await.map_err(Problem::unavailable)?;
        let work = move || {
            let done = work();
            drop(turn);
            done
        };
        tokio::task::spawn_blocking(work).await.map_err(Problem::internal)
    }

    fn salt(&self) -> [u8; 16] {
        self.clock.random().to_be_bytes()
    }
}

fn hash(memory: &HashMemory, password: &Password, salt: &[u8]) -> Result<String, Problem> {
    let params = Params::new(MEMORY_KIB, ITERATIONS, PARALLELISM, None).map_err(Problem::internal)?;
    let hash = memory.hash(&params, password.expose().as_bytes(), salt);
    hash.map(|hash| hash.to_string()).map_err(Problem::internal)
}

fn verify(
    memory: &HashMemory,
    password: &Password,
    stored: Option<&str>,
    salt: &[u8],
) -> Result<PasswordCheck, Problem> {
    // An invalid stored hash (an account that may not log in by password) counts as none.
    let real = stored.and_then(|stored| PasswordHash::new(stored).ok()).filter(|hash| hash.hash.is_some());
    let nobody = PasswordHash::new(DUMMY_HASH).map_err(Problem::internal)?;
    let against = real.as_ref().unwrap_or(&nobody);
    let is = |text: &str| memory.verify(text.as_bytes(), against).is_ok_and(|matches| matches);
    let matches = is(password.expose());
    // Hashes from before passwords were normalized. A password that is typed in another form costs
    // a second hash, whether the address has an account or not: the time reveals nothing.
    let matches_as_typed = !matches && password.expose_typed().is_some_and(is);
    match real {
        Some(real) if matches || matches_as_typed => {
            let anew = matches_as_typed || is_weak(&real);
            let stronger = anew.then(|| hash(memory, password, salt)).transpose()?;
            Ok(PasswordCheck::Match { upgraded_hash: stronger })
        }
        _ => Ok(PasswordCheck::Mismatch),
    }
}

/// Weaker than today's: only rising parameters replace a hash, so that two versions of this
/// function in parallel do not replace each other's.
fn is_weak(stored: &PasswordHash) -> bool {
    let params = Params::try_from(stored);
    let strong = |p: Params| p.m_cost() >= MEMORY_KIB && p.t_cost() >= ITERATIONS && p.p_cost() >= PARALLELISM;
    stored.algorithm != ARGON2ID_IDENT || !params.is_ok_and(strong)
}

#[cfg(test)]
mod tests {
    use argon2::{Algorithm, Argon2, PasswordHasher, Version};

    use super::*;

    fn hash(password: &Password, salt: &[u8]) -> Result<String, Problem> {
        super::hash(&HashMemory::default(), password, salt)
    }

    fn verify(password: &Password, stored: Option<&str>, salt: &[u8]) -> Result<PasswordCheck, Problem> {
        super::verify(&HashMemory::default(), password, stored, salt)
    }

    fn password(text: &str) -> Password {
        Password::try_from(text.to_owned()).unwrap()
    }

    #[test]
    fn a_hash_is_argon2id_of_the_promised_cost_with_a_salt_of_its_own() {
        let [one, two] = [1, 2].map(|salt: u128| hash(&password("correct horse"), &salt.to_be_bytes()).unwrap());
        assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
        assert_ne!(one, two);
        let right = PasswordCheck::Match { upgraded_hash: None };
        assert_eq!(verify(&password("correct horse"), Some(&one), &[0; 16]).unwrap(), right);
        assert_eq!(verify(&password("correct house"), Some(&one), &[0; 16]).unwrap(), PasswordCheck::Mismatch);
    }

    #[test]
    fn an_absent_account_costs_a_hash_of_the_same_parameters() {
        let nobody = PasswordHash::new(DUMMY_HASH).unwrap();
        assert!(!is_weak(&nobody));
        let todays = PasswordHash::new(&hash(&password("correct horse"), &[7; 16]).unwrap()).unwrap();
        assert_eq!(nobody.params, todays.params);
        for stored in [None, Some("none"), Some(""), Some("$argon2id$v=19$m=19456,t=2,p=1")] {
            assert_eq!(verify(&password("correct horse"), stored, &[0; 16]).unwrap(), PasswordCheck::Mismatch);
        }
    }

    #[test]
    fn a_hash_of_the_password_as_typed_is_accepted_and_upgraded() {
        let (composed, decomposed) = ("cr\u{e8}me br\u{fb}l\u{e9}e", "cre\u{300}me bru\u{302}le\u{301}e");
        let of = |text: &str| Argon2::default().hash_password_with_salt(text.as_bytes(), &[3; 16]).unwrap().to_string();
        let right = |typed: &str, stored: &str| match verify(&password(typed), Some(stored), &[9; 16]).unwrap() {
            PasswordCheck::Match { upgraded_hash: stronger } => Some(stronger),
            PasswordCheck::Mismatch => None,
        };
        // Whatever form was chosen, both forms log in.
        let today = hash(&password(decomposed), &[5; 16]).unwrap();
        assert_eq!((right(composed, &today), right(decomposed, &today)), (Some(None), Some(None)));
        // From before: it matches as it was typed, and after the upgrade in both forms.
        let before = of(decomposed);
        assert_eq!(right(composed, &before), None);
        let anew = right(decomposed, &before).flatten().expect("a hash of today's form");
        assert_eq!((right(composed, &anew), right(decomposed, &anew)), (Some(None), Some(None)));
        assert_eq!(right("cr\u{e8}me brulee", &today), None);
    }

    #[test]
    fn a_weaker_hash_is_upgraded_and_a_stronger_one_stays() {
        let with = |algorithm, m, t| {
            let argon2 = Argon2::new(algorithm, Version::V0x13, Params::new(m, t, 1, None).unwrap());
            argon2.hash_password_with_salt(b"correct horse", &[3; 16]).unwrap().to_string()
        };
        let cases = [
            (with(Algorithm::Argon2id, 8, 1), true),
            (with(Algorithm::Argon2id, MEMORY_KIB, 1), true),
            (with(Algorithm::Argon2i, MEMORY_KIB, ITERATIONS), true),
            (with(Algorithm::Argon2id, MEMORY_KIB, ITERATIONS), false),
            (with(Algorithm::Argon2id, MEMORY_KIB, ITERATIONS + 1), false),
        ];
        for (stored, replaced) in cases {
            let verdict = verify(&password("correct horse"), Some(&stored), &[9; 16]).unwrap();
            let PasswordCheck::Match { upgraded_hash: stronger } = verdict else { panic!("{stored} was refused") };
            assert_eq!(stronger.is_some(), replaced, "{stored}");
        }
    }
}
