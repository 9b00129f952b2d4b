//! The trace that a request belongs to, in the form of AWS X-Ray: carried by the platform into an
//! invocation, by us along with each queued message, and shown in every log line.

use std::fmt;

/// The header's name, over HTTP.
pub const TRACE_HEADER: &str = "x-amzn-trace-id";
/// The same along with a message of SQS.
pub const TRACE_ATTRIBUTE: &str = "AWSTraceHeader";

/// Ours has three members; balancers add a few of their own.
const MAX_HEADER_BYTES: usize = 256;

/// `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    header: String,
    root: std::ops::Range<usize>,
}

impl Trace {
    /// Reads a header, which may come from anybody: `None` where it is none of X-Ray's.
    pub fn parse(header: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"=;:-._ ".contains(&byte);
        if header.len() > MAX_HEADER_BYTES || !header.bytes().all(plain) {
            return None;
        }
        let start = header.find("Root=")? + "Root=".len();
        let root = header[start..].split(';').next()?.trim_end();
        let mut parts = root.split('-');
        let hex = |part: Option<&str>, digits: usize| {
            part.is_some_and(|part| part.len() == digits && part.bytes().all(|byte| byte.is_ascii_hexdigit()))
        };
        let known = parts.next() == Some("1") && hex(parts.next(), 8) && hex(parts.next(), 24);
        (known && parts.next().is_none()).then(|| Self { header: header.to_owned(), root: start..start + root.len() })
    }

    /// As it is sent on.
    pub fn header(&self) -> &str {
        &self.header
    }

    /// What all parts of one trace share, and what one searches for.
    pub fn id(&self) -> &str {
        &self.header[self.root.clone()]
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "1-5759e988-bd862e3fe1be46a994272793";

    #[test]
    fn a_trace_is_read_from_whatever_carried_it() {
        for header in [
            format!("Root={ID};Parent=53995c3f42cd8ad8;Sampled=1"),
            format!("Self=1-67891234-12456789abcdef012345678;Root={ID}"),
            format!("Root={ID};Parent=53995c3f42cd8ad8;Sampled=0;Lineage=2:1234:0"),
        ] {
            let trace = Trace::parse(&header).unwrap_or_else(|| panic!("{header}"));
            assert_eq!((trace.id(), trace.header()), (ID, header.as_str()));
        }
    }

    #[test]
    fn an_invalid_header_is_no_trace() {
        let long = format!("Root={ID};{}", "x".repeat(300));
        for bad in ["", "Root=", "Root=1-2-3", ID, &format!("Root={ID}-1"), &format!("Root={ID}\n{{}}"), &long] {
            assert_eq!(Trace::parse(bad), None, "{bad}");
        }
    }
}
