//! The JSON Schema of metadata: every rule except the limit in bytes.

use std::borrow::Cow;

use utoipa::openapi::schema::{
    AdditionalProperties, AnyOfBuilder, ArrayBuilder, ObjectBuilder, Schema, SchemaType, Type,
};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use super::{MAX_METADATA_BYTES, MAX_METADATA_DEPTH, Metadata};

/// A key has no query operator and no invisible character.
const KEY_PATTERN: &str = "^[^$.\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u2800\\u3164\\ufeff\\uffa0\\ufff0-\\ufffb]+$";

impl PartialSchema for Metadata {
    fn schema() -> RefOr<Schema> {
        let description = format!("A small object, of at most {MAX_METADATA_BYTES} bytes of JSON");
        object_schema(MAX_METADATA_DEPTH).description(Some(description)).build().into()
    }
}

impl ToSchema for Metadata {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Metadata")
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.extend((0..MAX_METADATA_DEPTH).map(|left| (value_schema_name(left), value_schema(left))));
    }
}

/// A value in which `left` more levels may nest.
fn value_schema(left: usize) -> RefOr<Schema> {
    let number = ObjectBuilder::new().schema_type(Type::Number).minimum(Some(i64::MIN)).maximum(Some(i64::MAX));
    let plain = [Type::Null, Type::Boolean, Type::String];
    let any = AnyOfBuilder::new()
        .item(ObjectBuilder::new().schema_type(SchemaType::Array(plain.to_vec())).build())
        .item(number.build());
    let any = match left {
        0 => any,
        left => any.item(ArrayBuilder::new().items(value_reference(left)).build()).item(object_schema(left).build()),
    };
    Schema::AnyOf(any.build()).into()
}

/// An object with `levels` levels, itself included.
fn object_schema(levels: usize) -> ObjectBuilder {
    let key = ObjectBuilder::new().schema_type(Type::String).pattern(Some(KEY_PATTERN));
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .property_names(Some(Schema::from(key.build())))
        .additional_properties(Some(AdditionalProperties::RefOr(value_reference(levels))))
}

/// A reference to the values allowed in an object of `levels` levels.
fn value_reference(levels: usize) -> RefOr<Schema> {
    Ref::from_schema_name(value_schema_name(levels - 1)).into()
}

fn value_schema_name(left: usize) -> String {
    match left {
        0 => "MetadataScalar".to_owned(),
        left => format!("MetadataValue{left}"),
    }
}
