//! Creates the tables where CloudFormation does not: on one machine and in tests. They match
//! infra/data.yaml: keys `pk` and `sk`, on demand, items expire by `expiresAt`.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::DisplayErrorContext;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType, TableStatus,
    TimeToLiveSpecification,
};

use crate::item::{EXPIRES_AT, PK, SK};

/// How often, and how many times, the status of a new table is polled.
const POLL_INTERVAL: Duration = Duration::from_millis(100);
const MAX_POLLS: usize = 100;

/// The variables in which functions find their tables, and the names without a prefix.
const TABLES: [(&str, &str); 2] = [("PAYMENTS_TABLE", "payments"), ("NOTIFICATIONS_TABLE", "notifications")];

/// Variable and prefixed name of every table.
pub fn tables(prefix: &str) -> [(&'static str, String); TABLES.len()] {
    TABLES.map(|(variable, name)| (variable, format!("{prefix}{name}")))
}

/// Creates every table, names prefixed; existing ones stay.
///
/// # Errors
/// When DynamoDB rejects a request; the text says why.
pub async fn create_tables(client: &Client, prefix: &str) -> Result<(), String> {
    let [(_, payments), (_, notifications)] = tables(prefix);
    tokio::try_join!(create_table(client, &payments), create_table(client, &notifications)).map(drop)
}

async fn create_table(client: &Client, table: &str) -> Result<(), String> {
    let mut request = client.create_table().table_name(table).billing_mode(BillingMode::PayPerRequest);
    for (name, kind) in [(PK, KeyType::Hash), (SK, KeyType::Range)] {
        let text = AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S);
        let key = KeySchemaElement::builder().attribute_name(name).key_type(kind);
        request = request
            .attribute_definitions(text.build().map_err(|e| e.to_string())?)
            .key_schema(key.build().map_err(|e| e.to_string())?);
    }
    match request.send().await {
        Ok(made) => {
            if made.table_description.and_then(|t| t.table_status) != Some(TableStatus::Active) {
                wait_until_active(client, table).await?;
            }
        }
        // Created before, or by another process just now.
        Err(error) if error.as_service_error().is_some_and(|e| e.is_resource_in_use_exception()) => {
            wait_until_active(client, table).await?;
        }
        Err(error) => return Err(format!("table {table}: {}", DisplayErrorContext(&error))),
    }
    enable_ttl(client, table).await
}

async fn wait_until_active(client: &Client, table: &str) -> Result<(), String> {
    for _ in 0..MAX_POLLS {
        let response = client.describe_table().table_name(table).send().await;
        let response = response.map_err(|e| format!("table {table}: {}", DisplayErrorContext(&e)))?;
        if response.table.and_then(|t| t.table_status) == Some(TableStatus::Active) {
            return Ok(());
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
    Err(format!("table {table} did not become active"))
}

/// DynamoDB rejects enabling what is enabled, so its state is read first.
async fn enable_ttl(client: &Client, table: &str) -> Result<(), String> {
    let failed = |e: String| format!("expiry of table {table}: {e}");
    let asked = client.describe_time_to_live().table_name(table).send().await;
    let now = asked.map_err(|e| failed(DisplayErrorContext(&e).to_string()))?;
    if now.time_to_live_description.and_then(|d| d.attribute_name).as_deref() == Some(EXPIRES_AT) {
        return Ok(());
    }
    let wanted = TimeToLiveSpecification::builder().attribute_name(EXPIRES_AT).enabled(true).build();
    let wanted = wanted.map_err(|e| failed(e.to_string()))?;
    let set = client.update_time_to_live().table_name(table).time_to_live_specification(wanted).send().await;
    set.map(drop).map_err(|e| failed(DisplayErrorContext(&e).to_string()))
}
