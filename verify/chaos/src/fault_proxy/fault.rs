//! What can happen to an exchange.

use std::time::Duration;

/// One way to break one exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The connection ends before the server has heard anything.
    CutBefore,
    /// The server has done it; its answer is lost with the connection.
    CutAfter,
    /// Neither the server nor the client hears anything any more.
    HangBefore,
    /// The server has done it and the client hears nothing.
    HangAfter,
    /// The server says that it cannot, and has done nothing.
    ErrorReply,
    /// This and every later exchange is cut, and no connection is accepted.
    Down,
    /// What passes is held back for so long, each way.
    Delay(Duration),
    /// The answer comes in small pieces, each so long after the one before.
    Trickle(Duration),
    /// The first exchange from here on that makes something lasting is done, and its answer lost.
    CutAtCommit,
    /// The answer stops in the middle, without an end.
    HalfOpen,
    /// Held back before the server hears it, until the wire is healed: a process that wakes up late.
    HoldBefore,
    /// The same, after the server has done it.
    HoldAfter,
}

impl Fault {
    /// As schedules and `--only` spell it.
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

/// How a server of this protocol says that it cannot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Redis.
    Resp,
    /// DynamoDB and SQS.
    Http,
    /// PostgreSQL.
    Postgres,
    /// MongoDB: cut instead, since every answer must name its question.
    Mongo,
}

impl Protocol {
    /// Whether this question makes something lasting: MongoDB's own word for it; elsewhere every
    /// statement and request of the shop commits by itself.
    pub(super) fn is_commit(self, question: &[u8]) -> bool {
        const WORD: &[u8] = b"commitTransaction";
        self != Self::Mongo || question.windows(WORD.len()).any(|word| word == WORD)
    }

    /// The refusal, as bytes of the protocol.
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
