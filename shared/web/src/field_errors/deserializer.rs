//! Deserializes a value of the tree as `serde_json` and `serde_urlencoded` would, except that an
//! array continues after an invalid item, and an object's members are selected by
//! [`MemberSelection`].

use std::borrow::Cow;

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error as _, Expected, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;

use super::absent_value::AbsentValue;
use super::node::Node;
use super::position::{FieldPath, MemberSelection, MemberState, Position};
use super::read_error::ReadError;

/// A name that no field has.
const UNKNOWN_MEMBER: &str = "\0";

#[derive(Clone, Copy)]
pub(super) struct NodeDeserializer<'a, 'de> {
    pub(super) position: Position<'a, 'de>,
    pub(super) members: &'a MemberState<'de>,
}

impl<'de> NodeDeserializer<'_, 'de> {
    /// Like `serde_json`, which gives a type only what it requests: some types would accept more.
    fn type_error<T>(self, expected: &dyn Expected) -> Result<T, ReadError> {
        let given = match self.position.node {
            Node::Null => Unexpected::Unit,
            Node::Bool(value) => Unexpected::Bool(*value),
            Node::Unsigned(value) => Unexpected::Unsigned(*value),
            Node::Signed(value) => Unexpected::Signed(*value),
            Node::Float(value) => Unexpected::Float(*value),
            Node::Text(text) | Node::Parameter(text) => Unexpected::Str(text),
            Node::Array(_) => Unexpected::Seq,
            Node::Object(_) => Unexpected::Map,
        };
        Err(ReadError::invalid_type(given, expected))
    }

    fn visit_items<V: Visitor<'de>>(
        self,
        items: &'de [Node<'de>],
        is_list: bool,
        to: V,
    ) -> Result<V::Value, ReadError> {
        let mut left = ItemAccess { position: self.position, items, next: 0, is_list, has_error: false };
        let value = to.visit_seq(&mut left)?;
        match left.next == items.len() {
            true => Ok(value),
            false => Err(ReadError::invalid_length(items.len(), &"fewer items")),
        }
    }
}

/// A number that a query writes as text.
macro_rules! deserialize_numbers {
    ($($read:ident $visit:ident $type:ty),+ $(,)?) => {$(
        fn $read<V: Visitor<'de>>(self, to: V) -> Result<V::Value, ReadError> {
            match self.position.node {
                Node::Unsigned(_) | Node::Signed(_) | Node::Float(_) => self.deserialize_any(to),
                Node::Parameter(text) => match text.parse::<$type>() {
                    Ok(number) => to.$visit(number),
                    Err(_) => self.type_error(&to),
                },
                _ => self.type_error(&to),
            }
        }
    )+};
}

impl<'de> Deserializer<'de> for NodeDeserializer<'_, 'de> {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, to: V) -> Result<V::Value, ReadError> {
        match self.position.node {
            Node::Null => to.visit_unit(),
            Node::Bool(value) => to.visit_bool(*value),
            Node::Unsigned(value) => to.visit_u64(*value),
            Node::Signed(value) => to.visit_i64(*value),
            Node::Float(value) => to.visit_f64(*value),
            Node::Text(text) | Node::Parameter(text) => to.visit_borrowed_str(text),
            Node::Array(items) => self.visit_items(items, false, to),
            Node::Object(object) => {
                let next =
                    if let MemberSelection::StartingAt(first) = self.members.selection.get() { first } else { 0 };
                to.visit_map(MemberAccess { position: self.position, members: self.members, object, next })
            }
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, to: V) -> Result<V::Value, ReadError> {
        if let Node::Array(items) = self.position.node {
            self.visit_items(items, true, to)
        } else {
            self.type_error(&to)
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, to: V) -> Result<V::Value, ReadError> {
        if let Node::Object(_) = self.position.node { self.deserialize_any(to) } else { self.type_error(&to) }
    }

    fn deserialize_str<V: Visitor<'de>>(self, to: V) -> Result<V::Value, ReadError> {
        if let Node::Text(_) | Node::Parameter(_) = self.position.node {
            self.deserialize_any(to)
        } else {
            self.type_error(&to)
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, to: V) -> Result<V::Value, ReadError> {
        self.deserialize_str(to)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, to: V) -> Result<V::Value, ReadError> {
        match self.position.node {
            Node::Bool(value) => to.visit_bool(*value),
            Node::Parameter(text) => match text.parse() {
                Ok(value) => to.visit_bool(value),
                Err(_) => Err(ReadError::custom("must be true or false")),
            },
            _ => self.type_error(&to),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, to: V) -> Result<V::Value, ReadError> {
        if matches!(self.position.node, Node::Null) { to.visit_none() } else { to.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, to: V) -> Result<V::Value, ReadError> {
        to.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        to: V,
    ) -> Result<V::Value, ReadError> {
        self.members.fields.set(fields);
        match self.position.node {
            Node::Object(_) | Node::Array(_) => self.deserialize_any(to),
            _ => self.type_error(&to),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        to: V,
    ) -> Result<V::Value, ReadError> {
        // A word, and nothing else: `{"shipped": null}` is no spelling of a variant.
        to.visit_enum(String::deserialize(self)?.into_deserializer())
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, to: V) -> Result<V::Value, ReadError> {
        to.visit_unit()
    }

    deserialize_numbers! {
        deserialize_i8 visit_i8 i8, deserialize_i16 visit_i16 i16, deserialize_i32 visit_i32 i32,
        deserialize_i64 visit_i64 i64, deserialize_u8 visit_u8 u8, deserialize_u16 visit_u16 u16,
        deserialize_u32 visit_u32 u32, deserialize_u64 visit_u64 u64, deserialize_f32 visit_f32 f32,
        deserialize_f64 visit_f64 f64,
    }

    forward_to_deserialize_any! {
        i128 u128 char bytes byte_buf unit unit_struct tuple tuple_struct identifier
    }
}

struct ItemAccess<'a, 'de> {
    position: Position<'a, 'de>,
    items: &'de [Node<'de>],
    next: usize,
    /// All items have one type: an item may be left out.
    is_list: bool,
    has_error: bool,
}

impl<'de> SeqAccess<'de> for &mut ItemAccess<'_, 'de> {
    type Error = ReadError;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, ReadError> {
        let Some(node) = self.items.get(self.next) else { return Ok(None) };
        let path = FieldPath::Item(self.position.path, self.next);
        let at = Position { node, path: &path, ..self.position };
        self.next += 1;
        seed.deserialize(NodeDeserializer { position: at, members: &MemberState::new() }).map(Some).map_err(|error| {
            at.errors.add(at.path, &error);
            ReadError::AlreadyReported
        })
    }

    fn next_element<T: Deserialize<'de>>(&mut self) -> Result<Option<T>, ReadError> {
        while let Some(node) = self.items.get(self.next) {
            let path = FieldPath::Item(self.position.path, self.next);
            self.next += 1;
            match (Position { node, path: &path, ..self.position }).read() {
                Ok(item) => return Ok(Some(item)),
                Err(_) if self.is_list && !self.position.errors.is_full() => self.has_error = true,
                Err(error) => return Err(error),
            }
        }
        // A list without its invalid items must not be checked by any rule.
        if self.has_error { Err(ReadError::AlreadyReported) } else { Ok(None) }
    }
}

struct MemberAccess<'a, 'de> {
    position: Position<'a, 'de>,
    members: &'a MemberState<'de>,
    object: &'de [(Cow<'de, str>, Node<'de>)],
    next: usize,
}

impl<'de> MemberAccess<'_, 'de> {
    /// The next member that has not been checked yet.
    fn next_unread(&mut self) -> Option<(usize, &'de str)> {
        while let Some((name, _)) = self.object.get(self.next) {
            let index = self.next;
            self.next += 1;
            let before = self.members.seen.borrow().get(&**name).copied();
            match before {
                // One error per name is enough.
                Some(false) => {}
                // The type could not know: an earlier run has read the first of the two.
                Some(true) if self.members.fields.get().contains(&&**name) => {
                    self.position.errors.add(&FieldPath::Member(self.position.path, name), &ReadError::DuplicateField);
                    self.members.seen.borrow_mut().insert(name, false);
                }
                _ => return Some((index, name)),
            }
        }
        None
    }

    /// The next member that was valid.
    fn next_valid(&mut self) -> Option<(usize, &'de str)> {
        let seen = self.members.seen.borrow();
        let mut rest = self.object.iter().enumerate().skip(self.next);
        rest.find(|(_, (name, _))| seen.get(&**name) == Some(&true)).map(|(index, (name, _))| (index, &**name))
    }

    fn current_member(&self) -> Option<(&'de str, &'de Node<'de>)> {
        let (name, node) = self.object.get(self.members.current.get()?)?;
        Some((name, node))
    }
}

impl<'de> MapAccess<'de> for MemberAccess<'_, 'de> {
    type Error = ReadError;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, ReadError> {
        self.members.are_read.set(true);
        let next = match self.members.selection.get() {
            MemberSelection::StartingAt(_) => self.next_unread(),
            MemberSelection::ValidMembers => self.next_valid(),
            MemberSelection::UnknownMember if self.next == 0 => Some((0, UNKNOWN_MEMBER)),
            MemberSelection::AbsentField(field) if self.next == 0 => Some((0, field)),
            MemberSelection::Empty | MemberSelection::UnknownMember | MemberSelection::AbsentField(_) => None,
        };
        self.next = next.map_or(1, |(index, _)| index + 1).max(self.next);
        self.members.current.set(next.map(|(index, _)| index));
        next.map(|(_, name)| seed.deserialize(BorrowedStrDeserializer::new(name))).transpose()
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, ReadError> {
        match (self.members.selection.get(), self.current_member()) {
            (MemberSelection::StartingAt(_) | MemberSelection::ValidMembers, Some((name, node))) => {
                let path = FieldPath::Member(self.position.path, name);
                let at = Position { node, path: &path, ..self.position };
                let value = seed.deserialize(NodeDeserializer { position: at, members: &MemberState::new() })?;
                self.members.seen.borrow_mut().insert(name, true);
                Ok(value)
            }
            (MemberSelection::AbsentField(_), _) => seed.deserialize(AbsentValue),
            _ => Err(ReadError::AlreadyReported),
        }
    }

    fn next_value<T: Deserialize<'de>>(&mut self) -> Result<T, ReadError> {
        match (self.members.selection.get(), self.current_member()) {
            (MemberSelection::StartingAt(_) | MemberSelection::ValidMembers, Some((name, node))) => {
                let value =
                    Position { node, path: &FieldPath::Member(self.position.path, name), ..self.position }.read()?;
                self.members.seen.borrow_mut().insert(name, true);
                Ok(value)
            }
            (MemberSelection::AbsentField(_), _) => T::deserialize(AbsentValue),
            _ => Err(ReadError::AlreadyReported),
        }
    }
}
