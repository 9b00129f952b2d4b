//! The stores as a developer uses them: they respond, they keep their data, their exit is reported.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::clients;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use local::stores::{self, Endpoints, Ports, StoreOptions, Stores};
use mongodb::bson::{Document, doc};
use rustix::process::{Pid, Signal, kill_process};
use sqlx::Connection;
use sqlx::postgres::PgConnection;

const DEADLINE: Duration = Duration::from_secs(30);

/// A data folder of one test, removed at its end.
struct TestFolder(PathBuf);

impl TestFolder {
    fn new(test: &str) -> Self {
        let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{test}-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        Self(dir)
    }

    fn options(&self, durable: bool) -> StoreOptions {
        StoreOptions {
            dir: self.0.clone(),
            ports: Ports::Remembered,
            durable,
            ignore_environment: true,
            ..StoreOptions::default()
        }
    }
}

impl Drop for TestFolder {
    fn drop(&mut self) {
        let _ = stores::erase(&self.0);
    }
}

async fn write_a_row_in_each(at: &Endpoints) {
    let mut postgres = PgConnection::connect(&at.postgres_url).await.unwrap();
    sqlx::query("create table kept (word text)").execute(&mut postgres).await.unwrap();
    sqlx::query("insert into kept values ('row')").execute(&mut postgres).await.unwrap();

    let mut redis = clients::redis(at).await;
    let () = redis::cmd("SET").arg("kept").arg("key").query_async(&mut redis).await.unwrap();

    let mongo = clients::mongo(at).await;
    mongo.database("kept").collection("kept").insert_one(doc! { "word": "document" }).await.unwrap();

    let dynamo = clients::dynamo(at);
    let name = AttributeDefinition::builder().attribute_name("id").attribute_type(ScalarAttributeType::S);
    let key = KeySchemaElement::builder().attribute_name("id").key_type(KeyType::Hash);
    let table = dynamo.create_table().table_name("kept").billing_mode(BillingMode::PayPerRequest);
    let table = table.attribute_definitions(name.build().unwrap()).key_schema(key.build().unwrap());
    table.send().await.unwrap();
    dynamo.put_item().table_name("kept").item("id", AttributeValue::S("item".into())).send().await.unwrap();
}

async fn read_the_rows_back(at: &Endpoints) {
    let mut postgres = PgConnection::connect(&at.postgres_url).await.unwrap();
    let word: String = sqlx::query_scalar("select word from kept").fetch_one(&mut postgres).await.unwrap();
    assert_eq!(word, "row");

    let mut redis = clients::redis(at).await;
    let word: String = redis::cmd("GET").arg("kept").query_async(&mut redis).await.unwrap();
    assert_eq!(word, "key");

    let kept = clients::mongo(at).await.database("kept").collection::<Document>("kept");
    let found = kept.find_one(doc! {}).await.unwrap().unwrap();
    assert_eq!(found.get_str("word").unwrap(), "document");

    let key = AttributeValue::S("item".into());
    let item = clients::dynamo(at).get_item().table_name("kept").key("id", key).send().await.unwrap();
    assert!(item.item.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_keeps_data_and_ports() {
    let folder = TestFolder::new("restart");
    let first = stores::start(folder.options(true)).await.unwrap();
    let names: Vec<&str> = first.env().into_iter().map(|(name, _)| name).collect();
    assert!(names.contains(&"SHOP_POSTGRES_URL") && names.contains(&"AWS_ENDPOINT_URL_SQS"));
    let before = first.endpoints().clone();
    write_a_row_in_each(&before).await;
    clients::sqs(&before).create_queue().queue_name("orders").send().await.unwrap();
    first.stop().await;

    let second = stores::start(folder.options(true)).await.unwrap();
    assert_eq!(second.endpoints().postgres_url, before.postgres_url);
    assert_eq!(second.endpoints().sqs_url, before.sqs_url);
    read_the_rows_back(second.endpoints()).await;
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_in_the_same_folder_is_rejected_and_a_taken_port_is_replaced() {
    let folder = TestFolder::new("twice");
    let first = stores::start(folder.options(false)).await.unwrap();
    let rejected = stores::start(folder.options(false)).await.unwrap_err();
    assert!(rejected.to_string().contains("in use by process"), "{rejected:#}");
    let before = first.endpoints().redis_url.clone();
    first.stop().await;

    let address = before.strip_prefix("redis://").unwrap();
    let somebody_else = std::net::TcpListener::bind(address).unwrap();
    let second = stores::start(folder.options(false)).await.unwrap();
    assert_ne!(second.endpoints().redis_url, before);
    drop(somebody_else);
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_store_is_noticed_with_its_last_lines() {
    let folder = TestFolder::new("killed");
    let stores = stores::start(folder.options(false)).await.unwrap();
    kill_process_by_id(pid_of(&stores, "redis"));
    let death = tokio::time::timeout(DEADLINE, stores.wait_for_failure()).await.unwrap();
    assert_eq!(death.store, "redis");
    assert!(death.exit.contains('9'), "{death}");
    assert!(death.log_tail.contains("Ready to accept connections"), "{death}");
    stores.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_kill_9_no_process_is_left_and_acknowledged_writes_are_kept() {
    let folder = TestFolder::new("crash");
    let mut program = local_command().args(["stores", "--dir"]).arg(&folder.0).stdout(Stdio::null()).spawn().unwrap();
    tokio::time::timeout(DEADLINE, async {
        while Endpoints::from_data_folder(&folder.0).is_none() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .unwrap();
    write_a_row_in_each(&Endpoints::from_data_folder(&folder.0).unwrap()).await;
    program.kill().unwrap();
    program.wait().unwrap();

    let stores = stores::start(folder.options(true)).await.unwrap();
    read_the_rows_back(stores.endpoints()).await;
    stores.stop().await;
}

#[test]
fn a_command_finds_the_stores_and_its_exit_code_is_ours() {
    let folder = TestFolder::new("command");
    let status = local_command()
        .args(["stores", "--volatile", "--free-ports", "--dir"])
        .arg(&folder.0)
        .args(["--", "sh", "-c", "test -n \"$SHOP_MONGODB_URL\" && exit 7"])
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(7));
}

/// The program, with stores of its own: those of the test run must not be used.
fn local_command() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_local"));
    for variable in
        ["SHOP_POSTGRES_URL", "SHOP_REDIS_URL", "SHOP_MONGODB_URL", "AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_SQS"]
    {
        program.env_remove(variable);
    }
    program
}

fn pid_of(stores: &Stores, name: &str) -> u32 {
    stores.pids().find(|(store, _)| *store == name).unwrap().1
}

fn kill_process_by_id(pid: u32) {
    kill_process(Pid::from_raw(pid.try_into().unwrap()).unwrap(), Signal::KILL).unwrap();
}
