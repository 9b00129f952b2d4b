//! Deserializes one value of the tree and, if that fails, every member of it by itself.
//!
//! A derived `Deserialize` reads an object's members one by one and returns at the first invalid
//! one. Then it is run again on the members that follow, so that each is read once however many are
//! invalid. Such a run cannot show which fields are missing: that is checked afterwards, for each
//! absent field by itself.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;

use serde::Deserialize;

use super::ErrorList;
use super::deserializer::NodeDeserializer;
use super::node::Node;
use super::read_error::ReadError;

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

impl<'de> Position<'_, 'de> {
    /// Reads a value; all of its errors are in the list afterwards.
    pub(super) fn read<T: Deserialize<'de>>(self) -> Result<T, ReadError> {
        if self.errors.is_full() {
            return Err(ReadError::AlreadyReported);
        }
        let members = MemberState::new();
        self.run(&members, MemberSelection::StartingAt(0)).map_err(|error| {
            self.report_all::<T>(&members, error);
            ReadError::AlreadyReported
        })
    }

    fn run<T: Deserialize<'de>>(self, members: &MemberState<'de>, given: MemberSelection) -> Result<T, ReadError> {
        self.errors.runs.set(self.errors.runs.get() + 1);
        members.selection.set(given);
        members.current.set(None);
        T::deserialize(NodeDeserializer { position: self, members })
    }

    fn report_all<T: Deserialize<'de>>(self, members: &MemberState<'de>, first: ReadError) {
        let (mut error, mut all_are_good) = (first, true);
        while let (Some(index), Node::Object(object)) = (members.current.get(), self.node) {
            if all_are_good {
                self.discover_fields::<T>(members);
                all_are_good = false;
            }
            let name: &str = &object[index].0;
            self.errors.add(&FieldPath::Member(self.path, name), &error);
            members.seen.borrow_mut().insert(name, false);
            if self.errors.is_full() {
                return;
            }
            match self.run::<T>(members, MemberSelection::StartingAt(index + 1)) {
                Ok(_) => return,
                Err(next) => error = next,
            }
        }
        match error {
            ReadError::MissingField(name) if members.are_read.get() => self.report_missing::<T>(members, name),
            // A rule of the value as a whole was checked without its invalid members.
            error if all_are_good => self.errors.add(self.path, &error),
            _ => {}
        }
    }

    /// Finds the names of the fields, through whatever wrappers the type has.
    fn discover_fields<T: Deserialize<'de>>(self, members: &MemberState<'de>) {
        if members.fields.get().is_empty()
            && let Err(ReadError::UnknownField(fields)) = self.run::<T>(members, MemberSelection::UnknownMember)
        {
            members.fields.set(fields);
        }
    }

    /// Reports `name` as a missing field, unless it was present and invalid.
    fn report_missing<T: Deserialize<'de>>(self, members: &MemberState<'de>, name: &'static str) {
        self.discover_fields::<T>(members);
        let fields = members.fields.get();
        let is_there = |name: &str| members.seen.borrow().contains_key(name);
        // Fields are checked in their order: those before the first required one are optional.
        let Err(ReadError::MissingField(first)) = self.run::<T>(members, MemberSelection::Empty) else { return };
        let Some(from) = fields.iter().position(|field| *field == first) else {
            if !is_there(name) {
                self.errors.add(self.path, &ReadError::MissingField(name));
            }
            return;
        };
        for field in fields[from..].iter().copied().filter(|field| !is_there(field)) {
            let run = self.run::<T>(members, MemberSelection::AbsentField(field));
            if run.is_err() && members.current.get().is_some() {
                self.errors.add(self.path, &ReadError::MissingField(field));
            }
        }
    }
}
