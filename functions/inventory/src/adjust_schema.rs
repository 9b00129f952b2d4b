//! The body of a stock adjustment as JSON Schema: set to a quantity or changed by a delta, exactly
//! one of the two. Deserialized as one struct, so that an invalid body is answered with its invalid
//! field.

use std::borrow::Cow;

use domain::inventory::{Reason, StockDelta, StockQuantity};
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, OneOfBuilder, Schema, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

pub(crate) struct AdjustStockSchema;

impl PartialSchema for AdjustStockSchema {
    fn schema() -> RefOr<Schema> {
        let counted = adjustment_schema::<StockQuantity>(
            "quantity",
            "A stock count: the units in the warehouse, including those reserved for orders",
        );
        let moved = adjustment_schema::<StockDelta>("delta", "The units that came in or, if negative, went out");
        let either = OneOfBuilder::new().item(counted).item(moved);
        Schema::OneOf(either.description(Some("How stock changes")).build()).into()
    }
}

impl ToSchema for AdjustStockSchema {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Movement")
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.extend([
            (StockQuantity::name().into_owned(), StockQuantity::schema()),
            (StockDelta::name().into_owned(), StockDelta::schema()),
            (Reason::name().into_owned(), Reason::schema()),
        ]);
    }
}

/// An object with this member, a reason for the ledger, and no other member.
fn adjustment_schema<T: ToSchema>(member: &str, description: &str) -> Schema {
    let reason = OneOfBuilder::new()
        .item(ObjectBuilder::new().schema_type(Type::Null).build())
        .item(Ref::from_schema_name(Reason::name()))
        .description(Some("For the ledger"));
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some(description))
        .property(member, Ref::from_schema_name(T::name()))
        .property("reason", Schema::OneOf(reason.build()))
        .required(member)
        .additional_properties(Some(AdditionalProperties::FreeForm(false)))
        .build()
        .into()
}
