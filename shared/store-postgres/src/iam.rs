//! Signs in to a database by IAM: a token in place of a password, created locally for each new
//! connection, without a request. It is valid for signing in for a quarter of an hour; an open
//! connection stays open.

use std::time::Duration;

use runtime::{AwsSigner, Clock, ConfigError, Env};
use sqlx::postgres::{PgConnectOptions, PgSslMode};

use crate::Role;

/// The maximum that RDS accepts.
const TOKEN_LIFETIME: Duration = Duration::from_secs(15 * 60);
const SERVICE: &str = "rds-db";

/// A database with IAM authentication.
pub(crate) struct IamAuth {
    options: PgConnectOptions,
    identity: AwsSigner,
    clock: Clock,
}

impl IamAuth {
    /// Reads `variable`, a URL without a password, and the AWS identity of this process; signs in
    /// as `role`. Anyone who reads a token can use it like a password, so the connection must be
    /// encrypted, and the server's certificate is verified unless the URL says otherwise
    /// (`sslmode=require`).
    ///
    /// # Errors
    /// When the URL is not set, cannot be parsed or disables TLS, or when AWS's variables are
    /// missing.
    pub(crate) fn from_env(env: &Env, role: Role, url_variable: &str) -> Result<Self, ConfigError> {
        let url = env.required(url_variable)?;
        let options: PgConnectOptions = url.parse().map_err(|_| ConfigError::unparsable(url_variable))?;
        let options = match options.get_ssl_mode() {
            PgSslMode::Disable | PgSslMode::Allow => {
                return Err(ConfigError::invalid(url_variable, "turns TLS off, which DATABASE_IAM needs"));
            }
            PgSslMode::Prefer => options.ssl_mode(PgSslMode::VerifyFull),
            PgSslMode::Require | PgSslMode::VerifyCa | PgSslMode::VerifyFull => options,
        };
        let options = options.username(role.name());
        Ok(Self { options, identity: AwsSigner::from_env(env)?, clock: Clock::system() })
    }

    /// The options of every connection, without a token.
    pub(crate) fn options(&self) -> &PgConnectOptions {
        &self.options
    }

    /// The options of the next connection, with a new token.
    pub(crate) fn connect_options(&self) -> sqlx::Result<PgConnectOptions> {
        Ok(self.options.clone().password(&self.sign_token()?))
    }

    fn sign_token(&self) -> sqlx::Result<String> {
        let (host, port) = (self.options.get_host(), self.options.get_port());
        let user = self.options.get_username();
        let url = format!("https://{host}:{port}/?Action=connect&DBUser={user}");
        let signed = self.identity.presign(SERVICE, &url, TOKEN_LIFETIME, self.clock.now());
        let signed = signed.map_err(|error| sqlx::Error::Configuration(Box::new(error)))?;
        // A URL is signed; it is sent without its scheme.
        Ok(signed.trim_start_matches("https://").to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Timestamp;

    const URL: &str = "postgres://orders@shop.proxy-abc.eu-central-1.rds.amazonaws.com:5432/orderdb";
    /// Both made by botocore's `generate_db_auth_token` for 2026-11-24T13:05:09Z.
    const SIGNATURE: &str = "bb34f728319224dfc741f64f7e0206177a9a1a17f3471f8979cd4da2588db6ba";
    const SIGNATURE_WITH_SESSION_TOKEN: &str = "e88a593309e1438a293b6ef25518126e4a493827ff409569a0175c3bfbd4c015";

    fn env() -> Env {
        [
            ("ORDERDB_URL", URL),
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
        ]
        .into_iter()
        .collect()
    }

    fn token(env: &Env) -> String {
        let at = "2026-11-24T13:05:09.000Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap();
        let clock = Clock::stopped(Timestamp::new(at));
        let access = IamAuth::from_env(env, Role::ORDERS, "ORDERDB_URL").unwrap();
        // The user for whom the other library has signed.
        let options = access.options.clone().username("orders");
        IamAuth { clock, options, ..access }.sign_token().unwrap()
    }

    fn parts(token: &str) -> Vec<&str> {
        let mut parts: Vec<&str> = token.split(['?', '&']).collect();
        parts.sort_unstable();
        parts
    }

    #[test]
    fn a_token_is_the_one_that_another_library_makes() {
        let expected = format!(
            "shop.proxy-abc.eu-central-1.rds.amazonaws.com:5432/?Action=connect&DBUser=orders\
             &X-Amz-Algorithm=AWS4-HMAC-SHA256\
             &X-Amz-Credential=AKIDEXAMPLE%2F20261124%2Feu-central-1%2Frds-db%2Faws4_request\
             &X-Amz-Date=20261124T130509Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature={SIGNATURE}"
        );
        assert_eq!(parts(&token(&env())), parts(&expected));
        let session = env().with_overrides([("AWS_SESSION_TOKEN", "IQoJb3JpZ2luX2VjE//+token==")]);
        let token = token(&session);
        for part in ["X-Amz-Security-Token=IQoJb3JpZ2luX2VjE%2F%2F%2Btoken%3D%3D", SIGNATURE_WITH_SESSION_TOKEN] {
            assert!(token.contains(part), "{part} is not in {token}");
        }
    }

    #[test]
    fn a_connection_is_encrypted_and_its_server_proves_who_it_is() {
        let mode = |ending: &str| {
            let env = env().with_overrides([("ORDERDB_URL", format!("{URL}{ending}"))]);
            IamAuth::from_env(&env, Role::ORDERS, "ORDERDB_URL").map(|access| access.options.get_ssl_mode())
        };
        assert!(matches!(mode(""), Ok(PgSslMode::VerifyFull)));
        assert!(matches!(mode("?sslmode=verify-full"), Ok(PgSslMode::VerifyFull)));
        assert!(matches!(mode("?sslmode=require"), Ok(PgSslMode::Require)));
        for rejected in ["?sslmode=disable", "?sslmode=allow"] {
            let error = mode(rejected).err().unwrap().to_string();
            assert!(error.contains("ORDERDB_URL") && error.contains("TLS"), "{error}");
        }
    }

    #[test]
    fn a_function_signs_in_as_itself_whomever_the_url_names() {
        let access = IamAuth::from_env(&env(), Role::REVIEWS, "ORDERDB_URL").unwrap();
        assert!(
            access.sign_token().unwrap().contains("&DBUser=fn_reviews")
                || access.sign_token().unwrap().contains("?DBUser=fn_reviews")
        );
    }

    #[test]
    fn a_missing_variable_is_named() {
        for name in ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
            let error =
                IamAuth::from_env(&env().with_overrides([(name, "")]), Role::ORDERS, "ORDERDB_URL").err().unwrap();
            assert!(error.to_string().contains(name), "{error}");
        }
    }
}
