//! TLS before all stores of the functions of a purchase, and the variables that use it.

use std::collections::HashMap;
use std::path::Path;

use local::stores::Endpoints;
use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

use super::{CERTIFICATE_HOST, CertificateAuthority, Negotiation, SecretsManagerStub, TlsProxy, host_and_port};

/// The secret that a function reads from Secrets Manager at startup, as in the template.
const SECRET_VARIABLE: &str = "REDIS_URL";
const SECRET_ARN: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:redis-AbCdEf";

/// They end with the run. MongoDB has none: neither products nor orders use it.
pub(crate) struct TlsProxies {
    authority: CertificateAuthority,
    postgres: TlsProxy,
    dynamodb: TlsProxy,
    sqs: TlsProxy,
    secrets: TlsProxy,
    /// Behind the proxies of Redis and of the secrets.
    _upstreams: (TlsProxy, SecretsManagerStub),
}

impl TlsProxies {
    /// # Errors
    /// When certificates cannot be created, or a store's URL cannot be parsed.
    pub(crate) async fn start(endpoints: &Endpoints, folder: &Path) -> anyhow::Result<Self> {
        let authority = CertificateAuthority::new(folder)?;
        let other = async |url: &str| TlsProxy::start(host_and_port(url)?, Negotiation::Direct, &authority).await;
        let postgres =
            TlsProxy::start(host_and_port(&endpoints.postgres_url)?, Negotiation::Postgres, &authority).await?;
        let (redis, dynamodb, sqs) = (
            other(&endpoints.redis_url).await?,
            other(&endpoints.dynamodb_url).await?,
            other(&endpoints.sqs_url).await?,
        );
        let url = endpoints.redis_url.replacen("redis://", "rediss://", 1);
        let url = url.replacen(&host_and_port(&endpoints.redis_url)?, &format!("{CERTIFICATE_HOST}:{}", redis.port), 1);
        let keeper = SecretsManagerStub::start(HashMap::from([(SECRET_ARN.to_owned(), url)])).await?;
        let secrets = TlsProxy::start(keeper.address.clone(), Negotiation::Direct, &authority).await?;
        Ok(Self { authority, postgres, dynamodb, sqs, secrets, _upstreams: (redis, keeper) })
    }

    /// The same variables, leading through these.
    ///
    /// # Errors
    /// When a database's URL cannot be parsed.
    pub(crate) fn rewrite_variables(&self, plain: Vec<(String, String)>) -> anyhow::Result<Vec<(String, String)>> {
        let https = |front: &TlsProxy| format!("https://{CERTIFICATE_HOST}:{}", front.port);
        let mut secured = Vec::new();
        for (name, value) in plain {
            let value = match name.as_str() {
                "USERDB_URL" | "PRODUCTDB_URL" | "ORDERDB_URL" | "INVENTORYDB_URL" => {
                    let options: PgConnectOptions = value.parse()?;
                    let options =
                        options.host(CERTIFICATE_HOST).port(self.postgres.port).ssl_mode(PgSslMode::VerifyFull);
                    format!("{}&sslrootcert={}", options.to_url_lossy(), self.authority.ca_file.display())
                }
                "AWS_ENDPOINT_URL_DYNAMODB" => https(&self.dynamodb),
                "AWS_ENDPOINT_URL_SQS" => https(&self.sqs),
                SECRET_VARIABLE => continue,
                _ => value,
            };
            secured.push((name, value));
        }
        secured.extend([
            (format!("{SECRET_VARIABLE}_SECRET"), SECRET_ARN.to_owned()),
            ("AWS_ENDPOINT_URL_SECRETSMANAGER".to_owned(), https(&self.secrets)),
            ("SSL_CERT_FILE".to_owned(), self.authority.ca_bundle_file.display().to_string()),
        ]);
        Ok(secured)
    }
}
