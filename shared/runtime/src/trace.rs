//! The trace that a request belongs to, in the form of AWS X-Ray: the platform passes it into an
//! invocation, the shop sends it with each queued message, and every log line shows it.

use std::fmt;

/// The name of the HTTP header.
pub const TRACE_HEADER: &str = "x-amzn-trace-id";
/// The name of the message attribute in SQS.
pub const TRACE_ATTRIBUTE: &str = "AWSTraceHeader";

/// The shop's own have three members; load balancers add a few.
const MAX_HEADER_BYTES: usize = 256;

/// A header such as `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    header: String,
    root: std::ops::Range<usize>,
}

impl Trace {
    /// Parses a header, which any client may have sent: `None` if it is not X-Ray's.
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

    /// The text to send on.
    pub fn header(&self) -> &str {
        &self.header
    }

    /// What all parts of one trace share, to search for.
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
    fn a_trace_is_parsed_from_any_source() {
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
