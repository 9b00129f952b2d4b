//! What a flood of questions may cost: pages are kept within a bound, whatever is asked for.

use domain::limits::Rate;
use domain::users::Role;
use domain::{ProductId, SessionId, UserId};
use redis_store::{Access, Bucket, Buckets, Cache, Config, Entry, Limit, Limits, Lookup, Redis, Session, Sessions};
use testkit::Bed;

const ENTRY: u64 = 16 * 1024 * 1024;
const ALL: u64 = 64 * 1024 * 1024;
/// The largest page that a list answers with.
const PAGE: usize = 768 * 1024;

struct Store {
    cache: Cache,
    sessions: Sessions,
    raw: redis::aio::MultiplexedConnection,
    prefix: String,
}

async fn open(bed: &Bed) -> Store {
    let redis = Redis::new(&Config::read(&bed.vars()).unwrap()).unwrap();
    let client = redis::Client::open(bed.vars().required("REDIS_URL").unwrap()).unwrap();
    let raw = client.get_multiplexed_async_connection().await.unwrap();
    Store { cache: Cache::new(redis.clone()), sessions: Sessions::new(redis), raw, prefix: bed.prefix.clone() }
}

impl Store {
    async fn keep(&self, entry: &Entry, form: &str, body: &[u8]) {
        match self.cache.find(entry, form).await.unwrap() {
            Lookup::Miss(token) => self.cache.fill(entry, form, &token, body).await.unwrap(),
            Lookup::Hit(_) => panic!("{form} is new"),
        }
    }

    async fn holds(&self, entry: &Entry, form: &str) -> bool {
        match self.cache.find(entry, form).await.unwrap() {
            Lookup::Hit(_) => true,
            Lookup::Miss(_) => {
                self.cache.forgo(entry, form).await.unwrap();
                false
            }
        }
    }

    /// Bytes that Redis needs for everything of this test's.
    async fn used(&mut self) -> u64 {
        let keys: Vec<String> =
            redis::cmd("KEYS").arg(format!("{}*", self.prefix)).query_async(&mut self.raw).await.unwrap();
        let mut used = 0;
        for key in keys {
            let usage = redis::cmd("MEMORY").arg("USAGE").arg(key).arg("SAMPLES").arg(0).to_owned();
            used += usage.query_async::<Option<u64>>(&mut self.raw).await.unwrap().unwrap_or_default();
        }
        used
    }
}

#[tokio::test]
async fn a_flood_of_distinct_questions_fills_neither_an_entry_nor_the_node() {
    let bed = Bed::new().await;
    let mut store = open(&bed).await;
    let page = vec![b'x'; PAGE];
    for question in 0..200 {
        store.keep(&Entry::products(), &format!("[question {question}]"), &page).await;
    }
    let one = store.used().await;
    assert!(one > ENTRY / 2 && one < ENTRY * 5 / 4, "200 pages of 768 KiB: {one} bytes");
    // The latest are there: who asks much cannot keep out what others ask for.
    assert!(store.holds(&Entry::products(), "[question 199]").await);

    for question in 0..3_000 {
        store.keep(&Entry::products(), &format!("[small {question}]"), b"[]").await;
    }
    let forms: u64 =
        redis::cmd("HLEN").arg(format!("{}products", store.prefix)).query_async(&mut store.raw).await.unwrap();
    assert!(forms <= 503, "{forms} forms");

    for id in 1..=150 {
        store.keep(&Entry::product(ProductId::new(id)), "json", &page).await;
    }
    let all = store.used().await;
    assert!(all > ALL / 2 && all < ALL * 5 / 4, "150 products more: {all} bytes");
    let (id, user_id) = (SessionId::new(bed.clock.new_uuid()), UserId::new(7));
    let session = Session { user_id, role: Role::Customer, name: "Ada".to_owned(), epoch: 0 };
    store.sessions.open(id, &session, 60, bed.clock.now()).await.unwrap();
    assert_eq!(store.sessions.find(id, user_id).await.unwrap(), Some(session));
}

#[tokio::test]
async fn what_is_forgotten_makes_room_again() {
    let bed = Bed::new().await;
    let mut store = open(&bed).await;
    let page = vec![b'x'; PAGE];
    // A page that is read and written all the time fills nothing.
    for turn in 0..150 {
        store.keep(&Entry::products(), "[first page]", &page).await;
        assert!(store.holds(&Entry::products(), "[first page]").await, "turn {turn}");
        store.cache.invalidate(&[Entry::products()], &format!("{turn}")).await.unwrap();
    }
    let used = store.used().await;
    assert!(used < PAGE as u64, "{used} bytes");
}

#[tokio::test]
async fn whatever_is_kept_has_an_end() {
    let bed = Bed::new().await;
    let mut store = open(&bed).await;
    let redis = Redis::new(&Config::read(&bed.vars()).unwrap()).unwrap();
    let (id, user_id) = (SessionId::new(bed.clock.new_uuid()), UserId::new(7));
    let session = Session { user_id, role: Role::Customer, name: "Ada".to_owned(), epoch: 0 };
    store.sessions.open(id, &session, 60, bed.clock.now()).await.unwrap();
    let access = Access { role: Role::Admin, epoch: 0, disabled: false, version: 1 };
    store.sessions.change(user_id, &access).await.unwrap();
    store.keep(&Entry::products(), "[page]", b"[]").await;
    store.keep(&Entry::product(ProductId::new(1)), "json", b"{}").await;
    store.cache.invalidate(&[Entry::product(ProductId::new(1))], "1").await.unwrap();
    store.cache.find(&Entry::product(ProductId::new(2)), "json").await.unwrap();
    let limits = Limits::new(redis);
    for (attempt, what) in ["address", "account"].into_iter().enumerate() {
        let limit = [Limit { what: what.to_owned(), most: 3, window_seconds: 60 }];
        limits.enter(&limit, &attempt.to_string(), bed.clock.now()).await.unwrap();
        limits.fail(&limit, &attempt.to_string(), bed.clock.now()).await.unwrap();
    }
    let buckets =
        ["address", "user"].map(|name| Bucket { name: name.to_owned(), rate: Rate { requests: 1, seconds: 60 } });
    Buckets::beside(&store.sessions).take(&buckets, bed.clock.now()).await.unwrap();
    let keys: Vec<String> =
        redis::cmd("KEYS").arg(format!("{}*", store.prefix)).query_async(&mut store.raw).await.unwrap();
    // session, list of sessions, account, two entries, a lease, the count of bytes, two limits, two rates.
    assert_eq!(keys.len(), 11, "{keys:?}");
    for key in keys {
        let left: i64 = redis::cmd("PTTL").arg(&key).query_async(&mut store.raw).await.unwrap();
        assert!(left > 0, "{key} stays for ever");
    }
}
