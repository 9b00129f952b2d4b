//! The faults of an exchange.

use std::time::Duration;

/// One way to break one exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The connection is closed before the server has received anything.
    CutBefore,
    /// The server has processed it; its response is lost with the connection.
    CutAfter,
    /// Neither the server nor the client receives anything more.
    HangBefore,
    /// The server has processed it and the client receives nothing.
    HangAfter,
    /// The server returns an error, and has done nothing.
    ErrorReply,
    /// This and every later exchange is cut, and no connection is accepted.
    Down,
    /// Bytes are delayed by this much in each direction.
    Delay(Duration),
    /// The response arrives in small pieces, at this interval.
    Trickle(Duration),
    /// The first exchange from here on that commits something is processed, and its response lost.
    CutAtCommit,
    /// The response stops in the middle, without an end.
    HalfOpen,
    /// Delayed before the server receives it, until the proxy is healed: a process that wakes up
    /// late.
    HoldBefore,
    /// The same, after the server has processed it.
    HoldAfter,
}

impl Fault {
    /// The name in schedules and `--only`.
    pub fn name(self) -> String {
        match self {
            Self::CutBefore => "cut-before".to_owned(),
            Self::CutAfter => "cut-after".to_owned(),
            Self::HangBefore => "hang-before".to_owned(),
            Self::HangAfter => "hang-after".to_owned(),
            Self::ErrorReply => "refuse".to_owned(),
            Self::Down => "away".to_owned(),
            Self::Delay(by) => format!("slow-{}ms", by.as_millis()),
            Self::Trickle(by) => format!("trickle-{}ms", by.as_millis()),
            Self::CutAtCommit => "cut-at-commit".to_owned(),
            Self::HalfOpen => "half-open".to_owned(),
            Self::HoldBefore => "late-before".to_owned(),
            Self::HoldAfter => "late-after".to_owned(),
        }
    }
}

/// How a server of this protocol reports an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// The protocol of Redis.
    Resp,
    /// The protocol of DynamoDB and SQS.
    Http,
    Postgres,
    /// MongoDB: cut instead, since every response must name its request.
    Mongo,
}

impl Protocol {
    /// Whether this request commits something: MongoDB has a command for it; elsewhere every
    /// statement and request of the shop commits by itself.
    pub(super) fn is_commit(self, question: &[u8]) -> bool {
        const WORD: &[u8] = b"commitTransaction";
        self != Self::Mongo || question.windows(WORD.len()).any(|word| word == WORD)
    }

    /// The error response, as bytes of the protocol.
    pub(super) fn error_reply(self) -> Option<Vec<u8>> {
        match self {
            Self::Resp => Some(b"-LOADING planned\r\n".to_vec()),
            Self::Http => {
                Some(b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}".to_vec())
            }
            Self::Postgres => {
                // ErrorResponse (insufficient_resources), then ReadyForQuery, idle.
                let fields = b"SERROR\0VERROR\0C53000\0Mplanned\0\0";
                let mut bytes = vec![b'E'];
                bytes.extend(u32::try_from(fields.len() + 4).unwrap_or_default().to_be_bytes());
                bytes.extend(fields);
                bytes.extend([b'Z', 0, 0, 0, 5, b'I']);
                Some(bytes)
            }
            Self::Mongo => None,
        }
    }
}
