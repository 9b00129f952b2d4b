//! A value's position in the request, and what is known of its members while it is read.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;

use super::ErrorList;
use super::node::Node;

/// The position of a value in the request; written as `items[0].quantity`.
pub(super) enum FieldPath<'a> {
    Root,
    Member(&'a FieldPath<'a>, &'a str),
    Item(&'a FieldPath<'a>, usize),
}

impl fmt::Display for FieldPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Member(FieldPath::Root, name) => f.write_str(name),
            Self::Member(parent, name) => write!(f, "{parent}.{name}"),
            Self::Item(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

/// A value, its position, and the list of errors.
#[derive(Clone, Copy)]
pub(super) struct Position<'a, 'de> {
    pub(super) node: &'de Node<'de>,
    pub(super) path: &'a FieldPath<'a>,
    pub(super) errors: &'a ErrorList,
}

/// Which members a run over an object gets.
#[derive(Clone, Copy)]
pub(super) enum MemberSelection {
    /// The members of the request, from this one on.
    StartingAt(usize),
    /// Those that are valid by themselves, which reveals a broken rule about several of them.
    ValidMembers,
    /// None, which reveals the first required field.
    Empty,
    /// A member that no type has, which reveals the names of the fields.
    UnknownMember,
    /// This field with an absent value, which reveals whether it is optional.
    AbsentField(&'static str),
}

/// What is known of an object's members between its runs.
pub(super) struct MemberState<'de> {
    pub(super) selection: Cell<MemberSelection>,
    /// Whether the type reads members at all, and does not reject objects.
    pub(super) are_read: Cell<bool>,
    /// The member that is being read; after a failed run, the invalid one.
    pub(super) current: Cell<Option<usize>>,
    /// The names that were read, and whether the member was valid.
    pub(super) seen: RefCell<HashMap<&'de str, bool>>,
    /// The type's fields; empty if they are unknown, or the type is a map.
    pub(super) fields: Cell<&'static [&'static str]>,
}

impl MemberState<'_> {
    pub(super) fn new() -> Self {
        Self {
            selection: Cell::new(MemberSelection::StartingAt(0)),
            are_read: Cell::new(false),
            current: Cell::new(None),
            seen: RefCell::default(),
            fields: Cell::new(&[]),
        }
    }
}
