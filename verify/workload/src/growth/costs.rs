//! What reading a list costs, and how it is printed.

use std::time::Instant;

use anyhow::{Context, Result};
use store_postgres::{Conn, Database};

/// Ratios above it are marked.
const GOAL: f64 = 1.3;
const WARM_UPS: u32 = 5;
/// All blocks of all tables that were read, since the statistics began.
const BLOCKS: &str = "select sum(heap_blks_read + heap_blks_hit + coalesce(idx_blks_read + idx_blks_hit, 0)
    + coalesce(toast_blks_read + toast_blks_hit + tidx_blks_read + tidx_blks_hit, 0))::bigint
    from pg_statio_user_tables";

/// The cost of one call.
#[derive(Clone, Copy)]
pub(super) struct Cost {
    /// Processor time of the database's process, in milliseconds, the median: nearly the same on a
    /// busy machine.
    pub(super) cpu: f64,
    /// Blocks of tables and indexes, the mean.
    pub(super) blocks: f64,
    /// Rows of the page.
    pub(super) rows: usize,
}

/// Reads a list `rounds` times on one connection; `list` returns how many rows it found.
pub(super) async fn measure(
    db: &Database,
    rounds: u32,
    list: impl AsyncFn(&mut Conn) -> Result<usize>,
) -> Result<Cost> {
    let mut conn = db.acquire().await?;
    let mut rows = 0;
    for _ in 0..WARM_UPS {
        rows = list(&mut conn).await?;
    }
    let pid: i32 = sqlx::query_scalar("select pg_backend_pid()").fetch_one(&mut *conn).await?;
    let blocks = blocks(&mut conn).await?;
    let mut nanos = Vec::new();
    for _ in 0..rounds {
        let before = cpu_nanos(pid)?;
        list(&mut conn).await?;
        nanos.push(cpu_nanos(pid)? - before);
    }
    nanos.sort_unstable();
    let cpu = nanos[nanos.len() / 2] as f64 / 1e6;
    let blocks = self::blocks(&mut conn).await? - blocks;
    Ok(Cost { cpu, blocks: blocks as f64 / f64::from(rounds), rows })
}

/// What this connection has counted is reported first.
async fn blocks(conn: &mut Conn) -> Result<i64> {
    sqlx::query("select pg_stat_force_next_flush()").execute(&mut **conn).await?;
    Ok(sqlx::query_scalar(BLOCKS).fetch_one(&mut **conn).await?)
}

/// The processor time of a process in nanoseconds, from Linux.
fn cpu_nanos(pid: i32) -> Result<u64> {
    let file = format!("/proc/{pid}/schedstat");
    let text = std::fs::read_to_string(&file).with_context(|| format!("{file}: the database must run here"))?;
    text.split(' ').next().and_then(|nanos| nanos.parse().ok()).with_context(|| format!("{file}: {text}"))
}

/// The median time of a call in milliseconds: for a store whose process serves others too.
pub(super) async fn median_millis(rounds: u32, call: impl AsyncFn() -> Result<()>) -> Result<f64> {
    for _ in 0..WARM_UPS {
        call().await?;
    }
    let mut times = Vec::new();
    for _ in 0..rounds {
        let start = Instant::now();
        call().await?;
        times.push(start.elapsed().as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}

pub(super) fn print_header(small: u32, large: u32) {
    let (small, large) = (format!("at {small}"), format!("at {large}"));
    print_flushed(&format!(
        "{:<48} {small:>20} {large:>22} {:>17} {:>17}\n{:<48} {:>4} {:>8} {:>6} {:>5} {:>8} {:>7} {:>8} {:>8} {:>8} {:>8}\n",
        "",
        "ratio",
        "page 50 / page 1",
        "list",
        "rows",
        "CPU ms",
        "blocks",
        "rows",
        "CPU ms",
        "blocks",
        "CPU",
        "blocks",
        "CPU",
        "blocks"
    ));
}

pub(super) fn print_costs(name: &str, small: Cost, large: Cost, fiftieth: Option<Cost>) {
    // The ratio of pages that do not have as many rows says nothing.
    let grown = |of, to| if small.rows == large.rows { ratio(of, to) } else { "-  ".to_owned() };
    let (cpu, blocks) = (grown(large.cpu, small.cpu), grown(large.blocks, small.blocks));
    let (late_cpu, late_blocks) = fiftieth.map_or_else(
        || ("-  ".to_owned(), "-  ".to_owned()),
        |late| (ratio(late.cpu, large.cpu), ratio(late.blocks, large.blocks)),
    );
    print_flushed(&format!(
        "{name:<48} {:>4} {:>8.2} {:>6.0} {:>5} {:>8.2} {:>7.0} {cpu:>8} {blocks:>8} {late_cpu:>8} {late_blocks:>8}\n",
        small.rows, small.cpu, small.blocks, large.rows, large.cpu, large.blocks
    ));
}

pub(super) fn ratio(of: f64, to: f64) -> String {
    let ratio = of / to;
    let mark = if ratio > GOAL { '*' } else { ' ' };
    format!("{ratio:.2}{mark}")
}

/// Prints and flushes: a long run shows its progress.
#[expect(clippy::print_stdout, reason = "figures go to standard output")]
pub(super) fn print_flushed(text: &str) {
    print!("{text}");
}
