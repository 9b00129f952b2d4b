//! Reads one value of the tree, and when that fails, every member of it by itself.
//!
//! A derived `Deserialize` reads an object's members one by one and returns at the first that is
//! bad. Then it is run again on the members that follow, so that each is read once however many
//! are bad. Which fields are missing cannot be seen in such a run: that is asked afterwards, of
//! each absent field by itself.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;

use serde::Deserialize;

use super::ErrorList;
use super::node::Node;
use super::read_error::ReadError;
use super::reader::Reader;

/// Where a value stands in the request; written as `items[0].quantity`.
pub(super) enum Path<'a> {
    Root,
    Member(&'a Path<'a>, &'a str),
    Item(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Member(Path::Root, name) => f.write_str(name),
            Self::Member(parent, name) => write!(f, "{parent}.{name}"),
            Self::Item(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

/// A value, its place, and the list of what is wrong.
#[derive(Clone, Copy)]
pub(super) struct Position<'a, 'de> {
    pub(super) node: &'de Node<'de>,
    pub(super) path: &'a Path<'a>,
    pub(super) errors: &'a ErrorList,
}

/// Which members a run over an object is given.
#[derive(Clone, Copy)]
pub(super) enum Given {
    /// Those of the request, from this one on.
    From(usize),
    /// None, which tells the first field that is required.
    Nothing,
    /// One that no type has, which tells the fields there are.
    Unheard,
    /// This field with the value of one that is absent, which tells whether it may be.
    Absent(&'static str),
}

/// What is known of an object's members between its runs.
pub(super) struct Members<'de> {
    pub(super) given: Cell<Given>,
    /// Whether the type reads members at all, and does not refuse objects.
    pub(super) asked_for: Cell<bool>,
    /// The member that is being read; when a run has failed, the one that is bad.
    pub(super) reading: Cell<Option<usize>>,
    /// The names that were read, and whether the member was good.
    pub(super) read: RefCell<HashMap<&'de str, bool>>,
    /// The type's fields; empty where they are not known, or the type is a map.
    pub(super) fields: Cell<&'static [&'static str]>,
}

impl Members<'_> {
    pub(super) fn new() -> Self {
        Self {
            given: Cell::new(Given::From(0)),
            asked_for: Cell::new(false),
            reading: Cell::new(None),
            read: RefCell::default(),
            fields: Cell::new(&[]),
        }
    }
}

impl<'de> Position<'_, 'de> {
    /// Reads a value; whatever is wrong with it is in the list afterwards.
    pub(super) fn read<T: Deserialize<'de>>(self) -> Result<T, ReadError> {
        if self.errors.is_full() {
            return Err(ReadError::Listed);
        }
        let members = Members::new();
        self.run(&members, Given::From(0)).map_err(|error| {
            self.list_all::<T>(&members, error);
            ReadError::Listed
        })
    }

    fn run<T: Deserialize<'de>>(self, members: &Members<'de>, given: Given) -> Result<T, ReadError> {
        self.errors.runs.set(self.errors.runs.get() + 1);
        members.given.set(given);
        members.reading.set(None);
        T::deserialize(Reader { at: self, members })
    }

    fn list_all<T: Deserialize<'de>>(self, members: &Members<'de>, first: ReadError) {
        let (mut error, mut all_are_good) = (first, true);
        while let (Some(index), Node::Object(object)) = (members.reading.get(), self.node) {
            if all_are_good {
                self.learn_fields::<T>(members);
                all_are_good = false;
            }
            let name: &str = &object[index].0;
            self.errors.add(&Path::Member(self.path, name), &error);
            members.read.borrow_mut().insert(name, false);
            if self.errors.is_full() {
                return;
            }
            match self.run::<T>(members, Given::From(index + 1)) {
                Ok(_) => return,
                Err(next) => error = next,
            }
        }
        match error {
            ReadError::Missing(name) if members.asked_for.get() => self.list_missing::<T>(members, name),
            // A rule of the value as a whole was judged without its bad members.
            error if all_are_good => self.errors.add(self.path, &error),
            _ => {}
        }
    }

    /// Asks for the names of the fields, through whatever wrappers the type has.
    fn learn_fields<T: Deserialize<'de>>(self, members: &Members<'de>) {
        if members.fields.get().is_empty()
            && let Err(ReadError::Unknown(fields)) = self.run::<T>(members, Given::Unheard)
        {
            members.fields.set(fields);
        }
    }

    /// `name` is a missing field, unless it is one that was there and bad.
    fn list_missing<T: Deserialize<'de>>(self, members: &Members<'de>, name: &'static str) {
        self.learn_fields::<T>(members);
        let fields = members.fields.get();
        let is_there = |name: &str| members.read.borrow().contains_key(name);
        // Fields are looked for in their order: those before the first that is required are not.
        let Err(ReadError::Missing(first)) = self.run::<T>(members, Given::Nothing) else { return };
        let Some(from) = fields.iter().position(|field| *field == first) else {
            if !is_there(name) {
                self.errors.add(self.path, &ReadError::Missing(name));
            }
            return;
        };
        for field in fields[from..].iter().copied().filter(|field| !is_there(field)) {
            let run = self.run::<T>(members, Given::Absent(field));
            if run.is_err() && members.reading.get().is_some() {
                self.errors.add(self.path, &ReadError::Missing(field));
            }
        }
    }
}
