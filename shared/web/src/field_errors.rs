//! Names every invalid field of a body or a query, not only the first one.
//!
//! serde stops at the first error, and requests are deserialized by serde (decision 56). So a valid
//! request is deserialized as usual, at no extra cost, and only a rejected one is examined again
//! here: it is parsed into a tree, and each member of each object is deserialized by itself, once,
//! whatever its neighbors are. Rules that concern several fields are not checked here: they belong
//! to the handlers, for requests whose fields are all valid.

mod absent_value;
mod deserializer;
mod member_reader;
mod node;
mod position;
mod read_error;

use std::borrow::Cow;
use std::cell::{Cell, RefCell};

use domain::{FieldError, JsonObject, Problem};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use node::Node;
use position::{FieldPath, Position};
use read_error::ReadError;

/// The maximum number of values in a body that is examined again. The largest valid request is
/// metadata with 4,000; a body of 256 KB has 120,000, and its tree would cost as much as a login.
const MAX_VALUES: usize = 10_000;
/// The maximum length of a name in a response, in characters; the API's own fields are far shorter.
const MAX_NAME_LENGTH: usize = 100;
/// The maximum length of a message, in characters: some quote what a client sent, whatever its
/// length.
const MAX_MESSAGE_LENGTH: usize = 300;

/// All invalid fields of a JSON body that is no `T`; `why` is the error of the first attempt.
pub(crate) fn invalid_body<T: DeserializeOwned>(body: &[u8], why: &serde_json::Error) -> Problem {
    match Node::parse(body, MAX_VALUES) {
        Ok(Some(root)) => ErrorList::new("body").collect::<JsonObject<T>>(&root, why),
        Ok(None) => Problem::invalid_field("body", format!("must not have more than {MAX_VALUES} values")),
        Err(error) => {
            let place = format!("line {}, column {}", error.line(), error.column());
            Problem::invalid_field("body", format!("is not valid JSON ({place})"))
        }
    }
}

/// All invalid parameters of a query that is no `T`; `why` is the error of the first attempt.
pub(crate) fn invalid_query<'a, T: DeserializeOwned>(
    pairs: impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)>,
    why: &dyn std::fmt::Display,
) -> Problem {
    let members = pairs.map(|(name, value)| (name, Node::Parameter(value))).collect();
    ErrorList::new("query").collect::<T>(&Node::Object(members), why)
}

/// The errors found so far, in the order of the request.
struct ErrorList {
    /// The name of the request as a whole.
    root: &'static str,
    found: RefCell<Vec<FieldError>>,
    /// How often a type was deserialized: the measure of the work done.
    runs: Cell<usize>,
}

impl ErrorList {
    fn new(root: &'static str) -> Self {
        Self { root, found: RefCell::default(), runs: Cell::new(0) }
    }

    fn collect<'de, T: Deserialize<'de>>(self, root: &'de Node<'de>, why: &dyn std::fmt::Display) -> Problem {
        let position = Position { node: root, path: &FieldPath::Root, errors: &self };
        // The value does not matter: the request is already rejected.
        let _ = position.read::<T>();
        if self.found.borrow().is_empty() {
            self.push(self.root.to_owned(), &why.to_string());
        }
        Problem::invalid_fields(self.found.into_inner())
    }

    /// Whether the maximum number of errors is reached.
    fn is_full(&self) -> bool {
        self.found.borrow().len() >= Problem::MAX_FIELD_ERRORS
    }

    /// Adds what is wrong at `path`, unless that has been reported already.
    fn add(&self, path: &FieldPath<'_>, error: &ReadError) {
        match error {
            ReadError::AlreadyReported => {}
            ReadError::MissingField(name) => self.push(FieldPath::Member(path, name).to_string(), "is required"),
            ReadError::DuplicateField => self.push(self.field_name(path), "appears more than once"),
            ReadError::UnknownField(_) => self.push(self.field_name(path), "is not a field of this request"),
            ReadError::Member(name, text) => self.push(FieldPath::Member(path, name).to_string(), text),
            ReadError::Message(text) => self.push(self.field_name(path), text),
        }
    }

    fn field_name(&self, path: &FieldPath<'_>) -> String {
        if matches!(path, FieldPath::Root) { self.root.to_owned() } else { path.to_string() }
    }

    fn push(&self, field: String, message: &str) {
        if !self.is_full() {
            let (field, message) = (truncate(&field, MAX_NAME_LENGTH), truncate(message, MAX_MESSAGE_LENGTH));
            self.found.borrow_mut().push(FieldError { field, message });
        }
    }
}

fn truncate(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
