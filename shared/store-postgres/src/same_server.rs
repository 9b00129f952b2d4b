//! Whether two databases are on one server. A server writes the log of all its databases in order, so a
//! commit that waits for the disk in one of them has written every earlier commit of the others.

use runtime::ExposeSecret;
use sqlx::postgres::PgConnectOptions;

use crate::Database;
use crate::pool::Endpoint;

impl Database {
    /// Whether both are reached at one address. False where an address cannot be parsed.
    pub fn is_on_server_of(&self, other: &Self) -> bool {
        matches!((self.address(), other.address()), (Some(mine), Some(theirs)) if mine == theirs)
    }

    fn address(&self) -> Option<(String, u16)> {
        let parsed: PgConnectOptions;
        let options = match &self.0.endpoint {
            Endpoint::Url(url, _) => {
                parsed = url.expose_secret().parse().ok()?;
                &parsed
            }
            Endpoint::Iam(access) => access.options(),
        };
        Some((options.get_host().to_owned(), options.get_port()))
    }
}

#[cfg(test)]
mod tests {
    use crate::{Config, Database};

    #[test]
    fn a_server_is_known_by_its_host_and_port() {
        let at = |url: &str| Database::new(Config::new(url, 1));
        let orders = at("postgres://orders:a@db.example:5432/orderdb");
        assert!(orders.is_on_server_of(&at("postgres://stock:b@db.example/inventorydb?sslmode=disable")));
        assert!(!orders.is_on_server_of(&at("postgres://orders:a@db.example:5433/orderdb")));
        assert!(!orders.is_on_server_of(&at("postgres://orders:a@other.example:5432/orderdb")));
    }

    #[test]
    fn an_address_that_cannot_be_parsed_is_no_server() {
        let broken = Database::new(Config::new("postgres://a:b@:x/", 1));
        assert!(!broken.is_on_server_of(&broken));
    }
}
