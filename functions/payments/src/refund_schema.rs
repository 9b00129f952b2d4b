//! The JSON Schema of a refund's body: exactly one of `amount` and `all: true`.
//!
//! The handler reads one struct instead of an enum, so that an error names the wrong field.

use std::borrow::Cow;

use domain::Money;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, OneOfBuilder, Schema, Type};
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
        let all = ObjectBuilder::new()
            .schema_type(Type::Boolean)
            .description(Some("Everything that is left of the payment"))
            .enum_values(Some([true]));
        let either = OneOfBuilder::new().item(object_with("amount", amount)).item(object_with("all", all));
        Schema::OneOf(either.description(Some("How much to refund")).build()).into()
    }
}

impl ToSchema for RefundPaymentSchema {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("RefundPayment")
    }
}

/// An object with exactly this member.
fn object_with(name: &str, member: ObjectBuilder) -> Schema {
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .property(name, member.build())
        .required(name)
        .additional_properties(Some(AdditionalProperties::FreeForm(false)))
        .build()
        .into()
}
