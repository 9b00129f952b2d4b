//! Deserializes one value of the tree and, if that fails, every member of it by itself.
//!
//! A derived `Deserialize` reads an object's members one by one and returns at the first invalid
//! one. Then it is run again on the members that follow, so that each is read once however many are
//! invalid. Such a run cannot show which fields are missing: that is checked afterwards, for each
//! absent field by itself.

use serde::Deserialize;

use super::deserializer::NodeDeserializer;
use super::node::Node;
use super::position::{FieldPath, MemberSelection, MemberState, Position};
use super::read_error::ReadError;

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
                Ok(_) => error = ReadError::AlreadyReported,
                Err(next) => error = next,
            }
        }
        if !all_are_good
            && let Err(broken @ ReadError::Member(..)) = self.run::<T>(members, MemberSelection::ValidMembers)
        {
            self.errors.add(self.path, &broken);
        }
        match error {
            ReadError::MissingField(name) if members.are_read.get() => self.report_missing::<T>(members, name),
            ReadError::Member(..) => {
                if all_are_good {
                    self.errors.add(self.path, &error);
                }
                // A broken rule may come before a missing field.
                if let Err(ReadError::MissingField(name)) = self.run::<T>(members, MemberSelection::Empty) {
                    self.report_missing::<T>(members, name);
                }
            }
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
