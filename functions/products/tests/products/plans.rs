//! The list's cost at size: indexes decide, not luck. What a statement read is queried from
//! Postgres itself, in the transaction that read it, so that a busy machine's clock does not
//! matter.
//!
//! `CATALOG_ROWS=1000000 RUST_LOG=info cargo test --release -p products plans -- --nocapture` shows
//! the times at a million products.

use domain::products::{Category, Product, ProductFilter, ProductKeyset, ProductSort, Search};
use domain::{DecodedCursor, Money, PageSize};
use runtime::{Env, telemetry};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection, Executor};
use store_postgres::{Conn, Database, products};
use testkit::TestEnv;
use tokio::time::Instant;

const ROWS: i32 = 50_000;
const SORTS: [ProductSort; 5] = [
    ProductSort::Newest,
    ProductSort::Price,
    ProductSort::PriceDescending,
    ProductSort::Name,
    ProductSort::RatingDescending,
];
/// A page, and the row that tells whether another follows.
const ROWS_PER_PAGE: i64 = 51;
/// A probe and a sample.
const PROBE_BOUND: i64 = 800;
/// With the longest scan or the largest collection that evenly spread filters should need here,
/// which is about the square root of page times catalog, or both.
const WORST_BOUND: i64 = PROBE_BOUND + 3_500;

/// Half of the products are `common` and half `odd`, one in 100 is `percent`, one in 1000 `promille`, three are
/// `rarissime`; one in 50 is sold out; 20 large categories and a rare one.
const FILL: &str = "
    insert into products (name, description, price, stock, category, created_at, updated_at, rating_count, rating_sum)
    select 'Thing ' || substr(md5(i::text), 1, 6) || ' ' || i,
      concat_ws(' ', case when i % 2 = 0 then 'common' else 'odd' end, case when i % 100 = 0 then 'percent' end,
        case when i % 1000 = 0 then 'promille' end, case when i % (n / 3) = 7 then 'rarissime' end,
        'made of wood and steel for kitchen, garden or workshop, with a warranty of two years',
        'w' || (i * 7919::bigint % 5000), 'x' || (i * 1299709::bigint % 50000)),
      ((i * 48271::bigint) % 1000000) / 100.0, case when i % 50 = 0 then 0 else i % 97 + 1 end,
      case when i % 5000 = 11 then 'rare' when i % 11 = 0 then null else 'cat' || (i % 20) end,
      now(), now(), i % 31, (i % 31) * (1 + (i % 5))
    from (select $1::int as n) as size, generate_series(1, n) as i";

struct Measurement {
    products: Vec<Product>,
    next: Option<DecodedCursor<ProductKeyset>>,
    /// Rows of the table that were visited.
    visited: i64,
    seq_scans: i64,
}

async fn fill_catalog(test_env: &TestEnv, rows: i32) -> Database {
    let env = test_env.env();
    let own: PgConnectOptions = env.required("PRODUCTDB_URL").unwrap().parse().unwrap();
    // The role may take two seconds for a statement; filling takes longer.
    let admin: PgConnectOptions = Env::from_env().required("SHOP_POSTGRES_URL").unwrap().parse().unwrap();
    let admin = admin.database(own.get_database().unwrap());
    let mut admin = PgConnection::connect_with(&admin).await.unwrap();
    sqlx::query(FILL).bind(rows).execute(&mut admin).await.unwrap();
    admin.execute("vacuum analyze products").await.unwrap();
    test_env.database("PRODUCTDB_URL")
}

async fn measure(
    db: &Database,
    filter: &ProductFilter,
    sort: ProductSort,
    after: Option<&ProductKeyset>,
) -> Measurement {
    let mut db: Conn = db.begin().await.unwrap();
    let before = counters(&mut db).await;
    let page = products::list(&mut db, filter, sort, after, PageSize::default()).await.unwrap();
    let now = counters(&mut db).await;
    db.commit().await.unwrap();
    let next = page.next_cursor(page.rows().len()).map(|next| serde_json::from_value(next.as_str().into()).unwrap());
    Measurement { products: page.rows().to_vec(), next, visited: now.1 - before.1, seq_scans: now.0 - before.0 }
}

/// Sequential scans and rows visited, counted since the connection last reported them.
async fn counters(db: &mut Conn) -> (i64, i64) {
    let counted = "select seq_scan, seq_tup_read + coalesce(idx_tup_fetch, 0) from pg_stat_xact_user_tables where relname = 'products'";
    sqlx::query_as(counted).fetch_one(&mut **db).await.unwrap()
}

/// The median of nine, in milliseconds.
async fn measure_millis(
    db: &Database,
    filter: &ProductFilter,
    sort: ProductSort,
    after: Option<&ProductKeyset>,
) -> f64 {
    let mut times = Vec::new();
    for _ in 0..9 {
        let mut db = db.acquire().await.unwrap();
        let start = Instant::now();
        products::list(&mut db, filter, sort, after, PageSize::default()).await.unwrap();
        times.push(start.elapsed().as_micros() as f64 / 1000.0);
    }
    times.sort_by(f64::total_cmp);
    times[4]
}

fn word_filter(q: &str) -> ProductFilter {
    ProductFilter { search: Some(Search::try_from(q.to_owned()).unwrap()), ..ProductFilter::default() }
}

fn category(name: &str) -> Option<Category> {
    Some(Category::try_from(name.to_owned()).unwrap())
}

fn price_filter(from: i64, to: i64) -> ProductFilter {
    ProductFilter {
        min_price: Some(Money::from_cents(from)),
        max_price: Some(Money::from_cents(to)),
        ..ProductFilter::default()
    }
}

/// Each query, and how many rows of the table it may visit in any order.
fn bounded_queries() -> Vec<(&'static str, ProductFilter, i64)> {
    let cat = |filter: ProductFilter, name| ProductFilter { category: category(name), ..filter };
    let stock = |filter: ProductFilter, is| ProductFilter { in_stock: Some(is), ..filter };
    vec![
        ("everything", ProductFilter::default(), ROWS_PER_PAGE),
        ("a category", cat(ProductFilter::default(), "cat7"), ROWS_PER_PAGE),
        ("a rare category", cat(ProductFilter::default(), "rare"), 250),
        ("no such category", cat(ProductFilter::default(), "none"), 0),
        ("a common word", word_filter("common"), 4 * ROWS_PER_PAGE),
        ("the start of a common word", word_filter("com"), 4 * ROWS_PER_PAGE),
        ("1 % of words", word_filter("percent"), WORST_BOUND),
        ("1 ‰ of words", word_filter("promille"), WORST_BOUND),
        ("a rare word", word_filter("rarissime"), PROBE_BOUND),
        ("a rare and a common word", word_filter("rarissime common"), PROBE_BOUND),
        ("an unknown word", word_filter("unheard"), PROBE_BOUND),
        ("two common words, never together", word_filter("common odd"), PROBE_BOUND),
        ("two words of 1 %, rarely together", word_filter("percent w7"), WORST_BOUND),
        ("a common word in a category", cat(word_filter("common"), "cat8"), 4 * ROWS_PER_PAGE),
        ("a common word in a rare category", cat(word_filter("common"), "rare"), 500),
        ("a rare word in a category", cat(word_filter("rarissime"), "cat7"), PROBE_BOUND),
        ("half of the prices", price_filter(0, 499_999), 5 * ROWS_PER_PAGE),
        ("1 % of the prices", price_filter(100_000, 109_999), WORST_BOUND),
        ("a very narrow price", price_filter(100_000, 100_020), PROBE_BOUND),
        ("a narrow price in a category", cat(price_filter(100_000, 100_900), "cat7"), WORST_BOUND),
        ("what is in stock", stock(ProductFilter::default(), true), 3 * ROWS_PER_PAGE),
        ("what is sold out", stock(ProductFilter::default(), false), WORST_BOUND),
        ("what is sold out in a category", stock(cat(ProductFilter::default(), "cat10"), false), WORST_BOUND),
        ("what is sold out and cheap", stock(price_filter(0, 9_999), false), WORST_BOUND),
        (
            "everything at once",
            stock(
                cat(ProductFilter { search: word_filter("common").search, ..price_filter(0, 499_999) }, "cat8"),
                true,
            ),
            10 * ROWS_PER_PAGE,
        ),
    ]
}

#[tokio::test]
async fn no_query_reads_the_whole_catalog() {
    let env = Env::from_env();
    telemetry::init(&env);
    let rows: i32 = env.parsed_or("CATALOG_ROWS", ROWS).unwrap();
    let test_env = TestEnv::new().await;
    let db = fill_catalog(&test_env, rows).await;
    for (name, filter, bound) in bounded_queries() {
        for sort in SORTS {
            let first = measure(&db, &filter, sort, None).await;
            assert_eq!(first.seq_scans, 0, "{name} by {sort:?} read the table from end to end");
            // Of 1 % that no scan meets soon, twice as many may be visited at larger sizes.
            let bound = if bound >= PROBE_BOUND { bound + i64::from(rows - ROWS).max(0) / 40 } else { bound };
            let complete = first.next.is_none() || first.products.len() == PageSize::default().rows();
            assert!(complete, "{name} by {sort:?}: a page that is neither full nor the last");
            assert!(first.visited <= bound, "{name} by {sort:?} visited {} rows", first.visited);
            let ms = measure_millis(&db, &filter, sort, None).await;
            let (rows, found) = (first.visited, first.products.len());
            tracing::info!("{name}, {sort:?}: {ms:.2} ms, {rows} rows visited, {found} found");
        }
    }
}

/// All pages of a search.
async fn all_ids(db: &Database, words: &str, sort: ProductSort) -> Vec<i32> {
    let (mut place, mut ids) = (None, Vec::new());
    loop {
        let page = measure(db, &word_filter(words), sort, place.as_ref()).await;
        ids.extend(page.products.iter().map(|product| product.id.get()));
        let Some(next) = page.next else { return ids };
        place = Some(ProductKeyset::from_cursor(next, sort).unwrap());
    }
}

#[tokio::test]
async fn a_search_finds_what_checking_every_row_finds() {
    let test_env = TestEnv::new().await;
    let db = fill_catalog(&test_env, ROWS).await;
    let mut conn = db.acquire().await.unwrap();
    // Words that no product had, of a new product and of one that is changed.
    let new = "insert into products (name, price, created_at, updated_at) values ('Quixotic lamp', 1, now(), now())";
    conn.execute(new).await.unwrap();
    conn.execute("update products set description = 'zanzibar' where id = 7").await.unwrap();
    for words in ["quix", "zan", "percent w7", "rarissime common", "x123", "w77 x1", "promille steel b", "common odd"] {
        for (sort, order) in [(ProductSort::Newest, "id desc"), (ProductSort::Price, "price, id")] {
            let check = format!("select id from products where search @@ prefixes($1) order by {order}");
            let check = sqlx::query_scalar(AssertSqlSafe(check)).bind(words);
            let expected: Vec<i32> = check.fetch_all(&mut *conn).await.unwrap();
            assert_eq!(all_ids(&db, words, sort).await, expected, "{words} by {sort:?}");
        }
    }
}

/// Letters that many words begin with, so that the index is of no help: a page ends after so many
/// rows that do not match, and the next one continues there. Only a product's number in hexadecimal
/// digits begins with `b` or `e`, so none has both.
#[tokio::test]
async fn a_search_that_no_index_helps_is_continued_page_by_page() {
    let test_env = TestEnv::new().await;
    let db = fill_catalog(&test_env, ROWS).await;
    for words in ["b e", "a b c e w x"] {
        for sort in [ProductSort::Newest, ProductSort::Price] {
            let (mut place, mut pages) = (None, 0);
            loop {
                let page = measure(&db, &word_filter(words), sort, place.as_ref()).await;
                assert_eq!(page.products, [], "{words} by {sort:?}");
                assert!(page.visited <= 7_000, "{words} by {sort:?}: {} rows visited", page.visited);
                pages += 1;
                let Some(next) = page.next else { break };
                place = Some(ProductKeyset::from_cursor(next, sort).unwrap());
            }
            assert!((8..11).contains(&pages), "{words} by {sort:?}: {pages} pages");
        }
    }
}

#[tokio::test]
async fn the_hundredth_page_costs_what_the_first_costs() {
    let env = Env::from_env();
    telemetry::init(&env);
    let test_env = TestEnv::new().await;
    let db = fill_catalog(&test_env, env.parsed_or("CATALOG_ROWS", ROWS).unwrap()).await;
    for (name, filter) in [
        ("everything", ProductFilter::default()),
        ("a common word", word_filter("common")),
        ("in stock", ProductFilter { in_stock: Some(true), ..ProductFilter::default() }),
    ] {
        for sort in SORTS {
            let first = measure(&db, &filter, sort, None).await.visited;
            let mut place = None;
            for _ in 1..100 {
                let page = measure(&db, &filter, sort, place.as_ref()).await.products;
                place = page.last().map(|last| ProductKeyset::from_product(last, sort));
            }
            let hundredth = measure(&db, &filter, sort, place.as_ref()).await;
            assert_eq!(
                (hundredth.seq_scans, hundredth.products.len()),
                (0, PageSize::default().rows()),
                "{name} by {sort:?}"
            );
            assert!(
                hundredth.visited <= 2 * first + ROWS_PER_PAGE,
                "{name} by {sort:?}: {} after {first}",
                hundredth.visited
            );
            let (one, hundred) = (
                measure_millis(&db, &filter, sort, None).await,
                measure_millis(&db, &filter, sort, place.as_ref()).await,
            );
            tracing::info!("{name}, {sort:?}: page 1 {one:.2} ms, page 100 {hundred:.2} ms");
        }
    }
}
