//! The clients that the shop uses, pointed at started stores.

use local::stores::Endpoints;

pub(crate) async fn redis(at: &Endpoints) -> redis::aio::MultiplexedConnection {
    let client = redis::Client::open(at.redis_url.as_str()).unwrap();
    client.get_multiplexed_async_connection().await.unwrap()
}

pub(crate) async fn mongo(at: &Endpoints) -> mongodb::Client {
    mongodb::Client::with_uri_str(&at.mongodb_url).await.unwrap()
}

pub(crate) fn dynamo(at: &Endpoints) -> aws_sdk_dynamodb::Client {
    use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .endpoint_url(&at.dynamodb_url)
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "local"));
    aws_sdk_dynamodb::Client::from_conf(config.build())
}

pub(crate) fn sqs(at: &Endpoints) -> aws_sdk_sqs::Client {
    use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .endpoint_url(&at.sqs_url)
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "local"));
    aws_sdk_sqs::Client::from_conf(config.build())
}
