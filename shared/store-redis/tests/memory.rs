//! The memory that a flood of requests may use: pages are stored within a bound, whatever is
//! requested.

use domain::rate_limits::Rate;
use domain::users::Role;
use domain::{ProductId, SessionId, UserId};
use store_redis::{
    AccountState, Bucket, Cache, CacheEntry, Config, FailureLimit, FailureLimiter, Lookup, Redis, RedisRateLimiter,
    Session, Sessions,
};
use testkit::TestEnv;

const MAX_ENTRY_BYTES: u64 = 16 * 1024 * 1024;
const MAX_BYTES: u64 = 64 * 1024 * 1024;
/// The largest page of a list.
const PAGE_BYTES: usize = 768 * 1024;

struct TestStore {
    cache: Cache,
    sessions: Sessions,
    raw: redis::aio::MultiplexedConnection,
    prefix: String,
}

async fn open(test_env: &TestEnv) -> TestStore {
    let redis = Redis::new(&Config::from_env(&test_env.env()).unwrap()).unwrap();
    let client = redis::Client::open(test_env.env().required("REDIS_URL").unwrap()).unwrap();
    let raw = client.get_multiplexed_async_connection().await.unwrap();
    TestStore { cache: Cache::new(redis.clone()), sessions: Sessions::new(redis), raw, prefix: test_env.prefix.clone() }
}

impl TestStore {
    async fn fill(&self, entry: &CacheEntry, form: &str, body: &[u8]) {
        match self.cache.find(entry, form).await.unwrap() {
            Lookup::Miss(token) => self.cache.fill(entry, form, &token, body).await.unwrap(),
            Lookup::Hit(_) => panic!("{form} is new"),
        }
    }

    async fn contains(&self, entry: &CacheEntry, form: &str) -> bool {
        match self.cache.find(entry, form).await.unwrap() {
            Lookup::Hit(_) => true,
            Lookup::Miss(_) => {
                self.cache.release_lease(entry, form).await.unwrap();
                false
            }
        }
    }

    /// Bytes that Redis needs for everything of this test.
    async fn memory_used(&mut self) -> u64 {
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
async fn a_flood_of_distinct_queries_fills_neither_an_entry_nor_the_node() {
    let test_env = TestEnv::new().await;
    let mut store = open(&test_env).await;
    let page = vec![b'x'; PAGE_BYTES];
    for question in 0..200 {
        store.fill(&CacheEntry::product_lists(), &format!("[question {question}]"), &page).await;
    }
    let one = store.memory_used().await;
    assert!(one > MAX_ENTRY_BYTES / 2 && one < MAX_ENTRY_BYTES * 5 / 4, "200 pages of 768 KiB: {one} bytes");
    // The latest are there: a client that requests many pages cannot displace those of others.
    assert!(store.contains(&CacheEntry::product_lists(), "[question 199]").await);

    for question in 0..3_000 {
        store.fill(&CacheEntry::product_lists(), &format!("[small {question}]"), b"[]").await;
    }
    let forms: u64 =
        redis::cmd("HLEN").arg(format!("{}products", store.prefix)).query_async(&mut store.raw).await.unwrap();
    assert!(forms <= 503, "{forms} forms");

    for id in 1..=150 {
        store.fill(&CacheEntry::product(ProductId::new(id)), "json", &page).await;
    }
    let all = store.memory_used().await;
    assert!(all > MAX_BYTES / 2 && all < MAX_BYTES * 5 / 4, "150 products more: {all} bytes");
    let (id, user_id) = (SessionId::new(test_env.clock.new_uuid()), UserId::new(7));
    let session = Session { user_id, role: Role::Customer, name: "Ada".to_owned(), epoch: 0, guest_email: None };
    store.sessions.open(id, &session, 60, test_env.clock.now()).await.unwrap();
    assert_eq!(store.sessions.find(id, user_id).await.unwrap(), Some(session));
}

#[tokio::test]
async fn invalidated_entries_free_their_memory() {
    let test_env = TestEnv::new().await;
    let mut store = open(&test_env).await;
    let page = vec![b'x'; PAGE_BYTES];
    // A page that is read and written all the time fills nothing.
    for turn in 0..150 {
        store.fill(&CacheEntry::product_lists(), "[first page]", &page).await;
        assert!(store.contains(&CacheEntry::product_lists(), "[first page]").await, "turn {turn}");
        store.cache.invalidate(&[CacheEntry::product_lists()], &format!("{turn}")).await.unwrap();
    }
    let used = store.memory_used().await;
    assert!(used < PAGE_BYTES as u64, "{used} bytes");
}

#[tokio::test]
async fn every_key_expires() {
    let test_env = TestEnv::new().await;
    let mut store = open(&test_env).await;
    let redis = Redis::new(&Config::from_env(&test_env.env()).unwrap()).unwrap();
    let (id, user_id) = (SessionId::new(test_env.clock.new_uuid()), UserId::new(7));
    let session = Session { user_id, role: Role::Customer, name: "Ada".to_owned(), epoch: 0, guest_email: None };
    store.sessions.open(id, &session, 60, test_env.clock.now()).await.unwrap();
    let access = AccountState { role: Role::Admin, epoch: 0, disabled: false, version: 1 };
    store.sessions.update_account(user_id, &access).await.unwrap();
    store.fill(&CacheEntry::product_lists(), "[page]", b"[]").await;
    store.fill(&CacheEntry::product(ProductId::new(1)), "json", b"{}").await;
    store.cache.invalidate(&[CacheEntry::product(ProductId::new(1))], "1").await.unwrap();
    store.cache.find(&CacheEntry::product(ProductId::new(2)), "json").await.unwrap();
    let limits = FailureLimiter::new(redis);
    for (attempt, what) in ["address", "account"].into_iter().enumerate() {
        let limit = [FailureLimit { subject: what.to_owned(), max_failures: 3, window_seconds: 60 }];
        limits.begin(&limit, &attempt.to_string(), test_env.clock.now()).await.unwrap();
        limits.record_failure(&limit, &attempt.to_string(), test_env.clock.now()).await.unwrap();
    }
    let buckets =
        ["address", "user"].map(|name| Bucket { name: name.to_owned(), rate: Rate { requests: 1, seconds: 60 } });
    RedisRateLimiter::sharing_connection(&store.sessions).try_acquire(&buckets, test_env.clock.now()).await.unwrap();
    let keys: Vec<String> =
        redis::cmd("KEYS").arg(format!("{}*", store.prefix)).query_async(&mut store.raw).await.unwrap();
    // session, list of sessions, account, two entries, a lease, the count of bytes, two limits, two
    // rates.
    assert_eq!(keys.len(), 11, "{keys:?}");
    for key in keys {
        let left: i64 = redis::cmd("PTTL").arg(&key).query_async(&mut store.raw).await.unwrap();
        assert!(left > 0, "{key} stays for ever");
    }
}
