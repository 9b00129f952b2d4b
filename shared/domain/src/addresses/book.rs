//! An account's address book: a few addresses, one of which is the default.

use serde::Serialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{Object, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

use super::Address;
use crate::{AddressId, Problem, Timestamp};

/// How many addresses an account may have: more than a person has, and all of them fit on one page.
pub const MAX_ADDRESSES: usize = 20;

/// An address as a client writes it into the book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressData {
    pub address: Address,
    /// Whether it becomes the default. Omitted: unchanged.
    pub is_default: Option<bool>,
}

impl PartialSchema for AddressData {
    fn schema() -> RefOr<Schema> {
        let about = "Whether it is the default. Omitted: a new address is not, unless it is the first, and an old one \
                     stays what it is";
        let optional = SchemaType::from_iter([Type::Boolean, Type::Null]);
        let is_default = ObjectBuilder::new().schema_type(optional).description(Some(about)).build();
        let mut schema = address_schema("An address that the caller writes into their address book.");
        schema.properties.insert("isDefault".to_owned(), is_default.into());
        Schema::Object(schema).into()
    }
}

impl ToSchema for AddressData {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        Address::schemas(schemas);
    }
}

/// An address of an address book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SavedAddress {
    pub id: AddressId,
    /// Exactly one address of an account is.
    pub is_default: bool,
    #[serde(flatten)]
    pub address: Address,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl PartialSchema for SavedAddress {
    fn schema() -> RefOr<Schema> {
        let is_default =
            ObjectBuilder::new().schema_type(Type::Boolean).description(Some("Exactly one address of an account is."));
        let mut schema = address_schema("An address of an address book.");
        for (name, member) in [
            ("id", AddressId::schema()),
            ("isDefault", is_default.build().into()),
            ("createdAt", Timestamp::schema()),
            ("updatedAt", Timestamp::schema()),
        ] {
            schema.properties.insert(name.to_owned(), member);
            schema.required.push(name.to_owned());
        }
        Schema::Object(schema).into()
    }
}

impl ToSchema for SavedAddress {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        // No other schema refers to these.
        schemas.push((AddressId::name().into_owned(), AddressId::schema()));
        schemas.push((Address::name().into_owned(), Address::schema()));
        Address::schemas(schemas);
    }
}

/// The members of an address, for an object that has them beside its own: one that is `allOf` two
/// objects could not say that it has no others.
fn address_schema(about: &str) -> Object {
    let mut object = match Address::schema() {
        RefOr::T(Schema::Object(object)) => object,
        _ => Object::new(),
    };
    object.description = Some(about.to_owned());
    object
}

/// All addresses of an account: the default first, then in the order in which they were added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressBook(Vec<SavedAddress>);

/// Why an address book rejects a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressBookError {
    /// It has [`MAX_ADDRESSES`].
    Full,
    /// The default would not be one anymore, and no other would be.
    DefaultRequired,
}

impl AddressBook {
    pub fn new(addresses: Vec<SavedAddress>) -> Self {
        Self(addresses)
    }

    pub fn into_addresses(self) -> Vec<SavedAddress> {
        self.0
    }

    pub fn find(&self, id: AddressId) -> Option<&SavedAddress> {
        self.0.iter().find(|saved| saved.id == id)
    }

    /// The same address, if the book has it: a request that is repeated adds it once.
    pub fn find_same(&self, address: &Address) -> Option<&SavedAddress> {
        self.0.iter().find(|saved| saved.address == *address)
    }

    /// Whether a new address becomes the default.
    ///
    /// # Errors
    /// [`AddressBookError::Full`]
    pub fn add(&self, data: &AddressData) -> Result<bool, AddressBookError> {
        if self.0.len() >= MAX_ADDRESSES {
            return Err(AddressBookError::Full);
        }
        Ok(self.0.is_empty() || data.is_default == Some(true))
    }
}

impl SavedAddress {
    /// Whether it is the default after it was written as `data`.
    ///
    /// # Errors
    /// [`AddressBookError::DefaultRequired`]
    pub fn default_after(&self, data: &AddressData) -> Result<bool, AddressBookError> {
        let is_default = data.is_default.unwrap_or(self.is_default);
        if self.is_default && !is_default { Err(AddressBookError::DefaultRequired) } else { Ok(is_default) }
    }
}

impl From<AddressBookError> for Problem {
    fn from(rejected: AddressBookError) -> Self {
        match rejected {
            AddressBookError::Full => Self::conflict(
                "address_book_full",
                format!("You can save up to {MAX_ADDRESSES} addresses. Delete one that you no longer need."),
            ),
            AddressBookError::DefaultRequired => Self::conflict(
                "default_address_required",
                "One address is always the default. Make another one the default instead.",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn data(line1: &str, is_default: Option<bool>) -> AddressData {
        let address = json!({"name": "Ada", "line1": line1, "city": "Town", "postalCode": "10115", "country": "DE"});
        AddressData { address: serde_json::from_value(address).unwrap(), is_default }
    }

    fn book(size: i32) -> AddressBook {
        let at = Timestamp::from_millis(1_769_860_800_000);
        let saved = |id: i32| SavedAddress {
            id: AddressId::new(id),
            is_default: id == 1,
            address: data(&format!("Street {id}"), None).address,
            created_at: at,
            updated_at: at,
        };
        AddressBook::new((1..=size).map(saved).collect())
    }

    #[test]
    fn the_first_address_is_the_default_and_a_later_one_if_it_is_to_be() {
        for (size, wanted, becomes) in
            [(0, None, true), (0, Some(false), true), (1, None, false), (1, Some(false), false), (19, Some(true), true)]
        {
            assert_eq!(book(size).add(&data("New 1", wanted)), Ok(becomes), "{size} {wanted:?}");
        }
        assert_eq!(book(20).add(&data("New 1", None)), Err(AddressBookError::Full));
    }

    #[test]
    fn the_default_stays_until_another_one_is() {
        let book = book(2);
        let after = |id: i32, wanted| book.find(AddressId::new(id)).unwrap().default_after(&data("New 1", wanted));
        assert_eq!(after(1, None), Ok(true));
        assert_eq!(after(1, Some(true)), Ok(true));
        assert_eq!(after(1, Some(false)), Err(AddressBookError::DefaultRequired));
        assert_eq!([after(2, None), after(2, Some(false)), after(2, Some(true))], [Ok(false), Ok(false), Ok(true)]);
        assert_eq!(book.find(AddressId::new(3)), None);
    }

    #[test]
    fn the_same_address_is_found() {
        let book = book(2);
        assert_eq!(book.find_same(&data("Street 2", None).address).map(|saved| saved.id), Some(AddressId::new(2)));
        assert_eq!(book.find_same(&data("Street 3", None).address), None);
    }
}
