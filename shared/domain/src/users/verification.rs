//! Links that verify an address, as a client sends them back.

use crate::text::text;

text! {
    /// The token of a link in a mail. Whether it is genuine is for `tokens` to say.
    LinkToken = 1..=200 by one_line,
}
