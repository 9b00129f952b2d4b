//! The table of rate limits in the document's introduction.

use domain::rate_limits::{BucketLocation, DEFAULT_LIMITS, RateLimit};

const INTRODUCTION: &str = "Every route counts requests; `x-rate-limit` says in which class. A request over a limit gets \
    429 `too_many_requests` with `Retry-After` and changes nothing. An address is an IPv4 address or an IPv6 /64. \
    So many requests may come at once, and each becomes available again after its share of the seconds; an order has exactly \
    that many attempts to pay in any hour.";

/// Markdown: a row for each limit of the code.
pub(crate) fn markdown_table() -> String {
    let rows = DEFAULT_LIMITS.iter().map(|RateLimit { class, scope, rate }| {
        let counted = match class.bucket_location() {
            BucketLocation::Shared => "all instances",
            BucketLocation::PerInstance => "each instance",
        };
        let (class, scope) = (class.as_str(), scope.as_str());
        format!("| {class} | {scope} | {} | {} | {counted} |", rate.requests, rate.seconds)
    });
    let head = ["| class | per | requests | in seconds | counted by |", "|---|---|---|---|---|"].map(str::to_owned);
    let lines: Vec<String> = head.into_iter().chain(rows).collect();
    format!("{INTRODUCTION}\n\n{}", lines.join("\n"))
}
