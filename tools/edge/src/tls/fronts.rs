//! TLS before all stores of a function that buys and sells, and the variables that lead through it.

use std::collections::HashMap;
use std::path::Path;

use local::stores::Endpoints;
use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

use super::{Authority, Front, HOST, Keeper, Kind, place_of};

/// What a function reads from Secrets Manager at its start, as in the template.
const SECRET: &str = "REDIS_URL";
const SECRET_ARN: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:redis-AbCdEf";

/// They end with the run. MongoDB has none: neither products nor orders ask it.
pub(crate) struct Fronts {
    authority: Authority,
    postgres: Front,
    dynamodb: Front,
    sqs: Front,
    secrets: Front,
    /// Behind the front before Redis and the one before the secrets.
    _behind: (Front, Keeper),
}

impl Fronts {
    /// # Errors
    /// When certificates cannot be made, or a store's URL cannot be read.
    pub(crate) async fn before(at: &Endpoints, folder: &Path) -> anyhow::Result<Self> {
        let authority = Authority::new(folder)?;
        let other = async |url: &str| Front::before(place_of(url)?, Kind::Other, &authority).await;
        let postgres = Front::before(place_of(&at.postgres_url)?, Kind::Postgres, &authority).await?;
        let (redis, dynamodb, sqs) =
            (other(&at.redis_url).await?, other(&at.dynamodb_url).await?, other(&at.sqs_url).await?);
        let url = at.redis_url.replacen("redis://", "rediss://", 1);
        let url = url.replacen(&place_of(&at.redis_url)?, &format!("{HOST}:{}", redis.port), 1);
        let keeper = Keeper::of(HashMap::from([(SECRET_ARN.to_owned(), url)])).await?;
        let secrets = Front::before(keeper.place.clone(), Kind::Other, &authority).await?;
        Ok(Self { authority, postgres, dynamodb, sqs, secrets, _behind: (redis, keeper) })
    }

    /// The same variables, leading through these.
    ///
    /// # Errors
    /// When a database's URL cannot be read.
    pub(crate) fn variables(&self, plain: Vec<(String, String)>) -> anyhow::Result<Vec<(String, String)>> {
        let https = |front: &Front| format!("https://{HOST}:{}", front.port);
        let mut secured = Vec::new();
        for (name, value) in plain {
            let value = match name.as_str() {
                "USERDB_URL" | "PRODUCTDB_URL" | "ORDERDB_URL" | "INVENTORYDB_URL" => {
                    let options: PgConnectOptions = value.parse()?;
                    let options = options.host(HOST).port(self.postgres.port).ssl_mode(PgSslMode::VerifyFull);
                    format!("{}&sslrootcert={}", options.to_url_lossy(), self.authority.own.display())
                }
                "AWS_ENDPOINT_URL_DYNAMODB" => https(&self.dynamodb),
                "AWS_ENDPOINT_URL_SQS" => https(&self.sqs),
                SECRET => continue,
                _ => value,
            };
            secured.push((name, value));
        }
        secured.extend([
            (format!("{SECRET}_SECRET"), SECRET_ARN.to_owned()),
            ("AWS_ENDPOINT_URL_SECRETSMANAGER".to_owned(), https(&self.secrets)),
            ("SSL_CERT_FILE".to_owned(), self.authority.bundle.display().to_string()),
        ]);
        Ok(secured)
    }
}
