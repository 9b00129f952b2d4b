//! The body of a refund in the words of JSON Schema: so much, or `all: true`, and one of the two.
//! Read as one struct, a body that is neither is told which field is wrong.

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
            .description(Some("So much of what is left"))
            .minimum(Some(0.01))
            .maximum(Some(Money::MAX.cents() as f64 / 100.0))
            .multiple_of(Some(0.01));
        let all = ObjectBuilder::new()
            .schema_type(Type::Boolean)
            .description(Some("All that is left"))
            .enum_values(Some([true]));
        let either = OneOfBuilder::new().item(object_with("amount", amount)).item(object_with("all", all));
        Schema::OneOf(either.description(Some("How much goes back")).build()).into()
    }
}

impl ToSchema for RefundPaymentSchema {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("RefundPayment")
    }
}

/// An object with this member and no other.
fn object_with(name: &str, member: ObjectBuilder) -> Schema {
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .property(name, member.build())
        .required(name)
        .additional_properties(Some(AdditionalProperties::FreeForm(false)))
        .build()
        .into()
}
