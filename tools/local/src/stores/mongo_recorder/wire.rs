//! Messages of MongoDB's protocol, as far as commands need it.

use anyhow::Context;
use mongodb::bson::{Document, deserialize_from_slice};

pub(super) const HEADER_BYTES: usize = 16;
/// The limit of MongoDB's servers.
pub(super) const MAX_MESSAGE_BYTES: usize = 48_000_000;
const OP_MSG: i32 = 2013;
/// The flag of a message that ends with a checksum.
const CHECKSUM_PRESENT: u32 = 1;
const CHECKSUM_BYTES: usize = 4;

/// A command, and the lists of documents that are sent beside it (`documents`, `updates`, `deletes`).
pub(super) struct Message {
    pub(super) command: Document,
    pub(super) lists: Vec<(String, Vec<Document>)>,
}

impl Message {
    /// `None` for a message of another kind: the handshake of old servers.
    ///
    /// # Errors
    /// A message that is cut off, or that has a section of an unknown kind.
    pub(super) fn parse(bytes: &[u8]) -> anyhow::Result<Option<Self>> {
        let (header, rest) = bytes.split_at_checked(HEADER_BYTES).context("no header")?;
        if read_i32(&header[12..])? != OP_MSG {
            return Ok(None);
        }
        let (flags, mut rest) = rest.split_at_checked(4).context("no flags")?;
        if read_i32(flags)?.cast_unsigned() & CHECKSUM_PRESENT != 0 {
            rest = &rest[..rest.len().checked_sub(CHECKSUM_BYTES).context("no checksum")?];
        }
        let mut message = Self { command: Document::new(), lists: Vec::new() };
        while let Some((kind, section)) = rest.split_first() {
            let size = usize::try_from(read_i32(section)?)?;
            let (section, after) = section.split_at_checked(size).context("a section is cut off")?;
            match kind {
                0 => message.command = deserialize_from_slice(section)?,
                1 => message.lists.push(parse_list(&section[4..])?),
                other => anyhow::bail!("a section of kind {other}"),
            }
            rest = after;
        }
        Ok(Some(message))
    }
}

fn parse_list(section: &[u8]) -> anyhow::Result<(String, Vec<Document>)> {
    let end = section.iter().position(|byte| *byte == 0).context("a list without a name")?;
    let (name, mut rest) = (String::from_utf8(section[..end].to_vec())?, &section[end + 1..]);
    let mut documents = Vec::new();
    while !rest.is_empty() {
        let (document, after) =
            rest.split_at_checked(usize::try_from(read_i32(rest)?)?).context("a document is cut off")?;
        documents.push(deserialize_from_slice(document)?);
        rest = after;
    }
    Ok((name, documents))
}

fn read_i32(bytes: &[u8]) -> anyhow::Result<i32> {
    bytes.first_chunk().map(|bytes| i32::from_le_bytes(*bytes)).context("a number is cut off")
}

#[cfg(test)]
mod tests {
    use mongodb::bson::doc;

    use super::*;

    fn message(sections: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0; 12];
        bytes.extend(OP_MSG.to_le_bytes());
        bytes.extend([0; 4]);
        bytes.extend(sections);
        bytes
    }

    #[test]
    fn a_command_is_read_with_its_lists() {
        let (command, first, second) = (doc! { "update": "events" }, doc! { "q": { "a": 1 } }, doc! { "q": {} });
        let mut sections = vec![0];
        sections.extend(command.to_vec().unwrap());
        let mut list = b"updates\0".to_vec();
        list.extend(first.to_vec().unwrap());
        list.extend(second.to_vec().unwrap());
        sections.push(1);
        sections.extend((list.len() as i32 + 4).to_le_bytes());
        sections.extend(list);
        let read = Message::parse(&message(&sections)).unwrap().unwrap();
        assert_eq!(read.command, command);
        assert_eq!(read.lists, [("updates".to_owned(), vec![first, second])]);
        // Without the list it is a message as well.
        let whole = HEADER_BYTES + 4 + 1 + read.command.to_vec().unwrap().len();
        for end in (whole + 1..HEADER_BYTES + 4 + sections.len()).chain(HEADER_BYTES + 5..whole) {
            assert!(Message::parse(&message(&sections)[..end]).is_err(), "{end}");
        }
    }

    #[test]
    fn another_kind_of_message_is_left_alone() {
        assert!(Message::parse(&[0; 40]).unwrap().is_none());
        assert!(Message::parse(&[0; 10]).is_err());
    }
}
