//! The sample of the catalog, and what it says about the costs of a list.

use sqlx::{Postgres, QueryBuilder};

use super::ListPlan;
use super::conditions::order_by_clause;
use crate::pool::timed;
use crate::{Conn, Result};

/// The sample: this many positions spread over the age of the catalog, this many products at each.
const SAMPLE_POSITIONS: i32 = 50;
const ROWS_PER_POSITION: i32 = 10;
/// A prefix is common if this many of the sample have it.
const COMMON_WORD_HITS: i64 = 4;
/// A prefix is looked up as the words that begin with it, up to this many.
const MAX_WORDS_OF_PREFIX: i32 = 16;
/// The most rows that a collection may visit: about 30 ms.
const MAX_COLLECTED_ROWS: i64 = 60_000;
/// The most products that the rarest word of a search may have for it to be looked up in the index:
/// it intersects some 20,000 products in a millisecond.
const MAX_INTERSECTED_ROWS: i64 = 250_000;
/// How many products the index intersects at the cost of one row that is visited.
const INTERSECTED_PER_ROW: i64 = 10;
/// Matches that are spread evenly over an order have missed its beginning by chance, if fewer than
/// this many were expected there.
const MISSED_BY_CHANCE: i64 = 5;

#[derive(sqlx::FromRow)]
pub(super) struct Sample {
    /// How many products were sampled.
    sampled: i64,
    /// How many of them pass the filters that an index of the order does not serve.
    hits: i64,
    /// The place of the first of those, with the sample in the order of the list.
    first_hit: Option<i64>,
    /// The number of products, or slightly more.
    catalogue: i64,
    /// Whether the search has a word that begins no product's word.
    pub(super) unknown_word: bool,
    /// The words of the search that the index is asked for, as a query; none if all are too common.
    pub(super) indexed_words: Option<String>,
    /// How many of the sample have the rarest of them, and how many have all of them.
    rarest: i64,
    found: i64,
}

impl Sample {
    pub(super) async fn take(plan: &ListPlan<'_>, db: &mut Conn) -> Result<Self> {
        timed!(db, fetch_one, query(plan).build_query_as())
    }

    fn in_catalog(&self, of_sample: i64) -> i64 {
        (self.catalogue * of_sample).checked_div(self.sampled).unwrap_or_default()
    }

    /// How many rows a scan passes until it has `row_limit` matches; none if it would find nothing.
    pub(super) fn scan_cost(&self, row_limit: i64) -> Option<i64> {
        let evenly = (row_limit * self.sampled).checked_div(self.hits)?;
        let before = self.first_hit? - 1;
        let gathered_later = before * self.hits > MISSED_BY_CHANCE * self.sampled;
        Some(if gathered_later { evenly.max(self.in_catalog(before)) } else { evenly })
    }

    /// How many rows a collection visits; none if it is too expensive, however little it finds.
    pub(super) fn collect_cost(&self, plan: &ListPlan<'_>) -> Option<i64> {
        let (visited, intersected) = match (&plan.filter.search, &self.indexed_words) {
            (None, _) => (self.in_catalog(self.hits), 0),
            (Some(_), Some(_)) => (self.in_catalog(self.found), self.in_catalog(self.rarest)),
            (Some(_), None) => return None,
        };
        let affordable = visited <= MAX_COLLECTED_ROWS && intersected <= MAX_INTERSECTED_ROWS;
        affordable.then_some(visited + intersected / INTERSECTED_PER_ROW)
    }
}

fn query(plan: &ListPlan<'_>) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new(
        "with size as (select coalesce(max(id), 0)::bigint as catalogue from products),
         sample as materialized (select sampled.* from size, generate_series(0, ",
    );
    sql.push_bind(SAMPLE_POSITIONS - 1);
    // Unevenly spaced by a hash: products that a loop created are periodic.
    sql.push(
        ") as place, lateral (
             select id, search, name, price, rating_average, available from products
             where id >= catalogue * (place * 65536 + (hashint4(place) & 65535)) / (65536 * ",
    );
    sql.push_bind(i64::from(SAMPLE_POSITIONS)).push(") order by id limit ").push_bind(ROWS_PER_POSITION);
    let order = order_by_clause(plan.sort);
    sql.push(format!(") as sampled), ordered as (select row_number() over (order by {order}) as place, true"));
    plan.push_row_filters(&mut sql);
    sql.push(" as fits from sample)");
    push_words(plan, &mut sql);
    sql.push(
        " select catalogue, (select count(*) from sample) as sampled,
             (select count(*) from ordered where fits) as hits, (select min(place) from ordered where fits) as first_hit,
             coalesce(unknown_word, false) as unknown_word, indexed_words, coalesce(rarest, 0) as rarest,
             (select count(*) from sample where search @@ indexed_words::tsquery) as found
         from size, indexed",
    );
    sql
}

/// What of the search the index is asked for. A GIN index intersects whole words; of a prefix it
/// first collects all products, so only a rare one is looked up as such.
fn push_words(plan: &ListPlan<'_>, sql: &mut QueryBuilder<Postgres>) {
    let Some(q) = &plan.filter.search else {
        sql.push(", indexed as (select false as unknown_word, null::text as indexed_words, null::bigint as rarest)");
        return;
    };
    // U+10FFFF comes after every letter that may follow the prefix.
    sql.push(
        ", wanted as materialized (
             select prefix, (select count(*) from sample where search @@ (quote_literal(prefix) || ':*')::tsquery) as hits,
                 (select array_agg(word) from (
                     select word from search_words
                     where word >= prefix collate \"C\" and word < (prefix || chr(1114111)) collate \"C\"
                     order by word limit ",
    );
    sql.push_bind(MAX_WORDS_OF_PREFIX + 1).push("::int) as found) as whole from unnest(words(");
    sql.push_bind(q.as_str().to_owned()).push(
        ")) as prefix
         ), terms as materialized (
             select hits, whole is null as unknown, case when cardinality(whole) <= ",
    );
    sql.push_bind(MAX_WORDS_OF_PREFIX).push(
        " then (select '(' || string_agg(quote_literal(word), ' | ') || ')' from unnest(whole) as word)
              when hits < ",
    );
    sql.push_bind(COMMON_WORD_HITS).push(
        " then quote_literal(prefix) || ':*' end as term from wanted
         ), indexed as materialized (
             select bool_or(unknown) as unknown_word, string_agg(term, ' & ') as indexed_words,
                 min(hits) filter (where term is not null) as rarest
             from terms
         )",
    );
}
