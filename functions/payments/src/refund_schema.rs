//! The JSON Schema of a refund's body: exactly one of `items`, `amount` and `all: true`.
//!
//! The handler reads one struct instead of an enum, so that an error names the wrong field.

use std::borrow::Cow;

use domain::Money;
use domain::orders::{BasketLine, MAX_BASKET_LINES};
use domain::payments::RefundReason;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    AdditionalProperties, ArrayBuilder, ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type,
};
use utoipa::{PartialSchema, ToSchema};

pub(crate) struct RefundPaymentSchema;

impl PartialSchema for RefundPaymentSchema {
    fn schema() -> RefOr<Schema> {
        let amount = ObjectBuilder::new()
            .schema_type(Type::Number)
            .description(Some("At most what is left of the payment"))
            .minimum(Some(0.01))
            .maximum(Some(Money::MAX.cents() as f64 / 100.0))
            .multiple_of(Some(0.01));
        let items = ArrayBuilder::new()
            .items(RefOr::Ref(utoipa::openapi::Ref::from_schema_name(BasketLine::name())))
            .description(Some("Pieces of the order's lines; several lines of one product are summed"))
            .min_items(Some(1))
            .max_items(Some(MAX_BASKET_LINES));
        let shipping = or_null(flag("The order's shipping, too").build().into(), Type::Boolean);
        let by_lines = object_with("items", items.build().into()).property("shipping", shipping);
        let either =
            OneOfBuilder::new().item(by_lines.build()).item(object_with("amount", amount.build().into()).build()).item(
                object_with(
                    "all",
                    flag("Everything that is left of the payment").enum_values(Some([true])).build().into(),
                )
                .build(),
            );
        Schema::OneOf(either.description(Some("What to refund")).build()).into()
    }
}

impl ToSchema for RefundPaymentSchema {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("RefundPayment")
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((BasketLine::name().into_owned(), BasketLine::schema()));
        BasketLine::schemas(schemas);
    }
}

fn flag(description: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Boolean).description(Some(description))
}

/// As any optional member: null is the same as nothing.
fn or_null(schema: RefOr<Schema>, is: Type) -> RefOr<Schema> {
    match schema {
        RefOr::T(Schema::Object(mut object)) => {
            object.schema_type = SchemaType::from_iter([is, Type::Null]);
            RefOr::T(Schema::Object(object))
        }
        other => other,
    }
}

/// An object with this member, and perhaps a reason.
fn object_with(name: &str, member: Schema) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .property(name, member)
        .property("reason", or_null(RefundReason::schema(), Type::String))
        .required(name)
        .additional_properties(Some(AdditionalProperties::FreeForm(false)))
}
