//! The roles that functions sign in as, and what `grants.txt` grants them.
//!
//! Decides nothing about a request: PostgreSQL rejects what is not granted, whatever a statement
//! says. [`crate::migrate`] creates the roles and applies the table at every deploy.

use std::sync::LazyLock;

mod sql;

pub(crate) use sql::{UNOWNED_OBJECTS, connect_sql, grant_sql, owner_sql, retire_sql};

/// The table, as it is parsed and as it is compared with what the suite's statements need.
pub const TABLE: &str = include_str!("../grants.txt");

/// Owns the schemas, their tables and their functions. No function signs in as it.
pub const OWNER: &str = "shop_owner";

/// The roles of the previous version: each had one database, and could read and write all of it.
/// They lose all privileges in the deploy after the one that created the new roles.
pub const RETIRED_ROLES: [(&str, &str); 4] =
    [("userdb", "users"), ("productdb", "products"), ("orderdb", "orders"), ("inventorydb", "inventory")];

static GRANTS: LazyLock<Vec<Grant>> =
    LazyLock::new(|| parse_table(TABLE).unwrap_or_else(|line| panic!("grants.txt: {line}")));

/// A PostgreSQL role that only one function signs in as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Role(&'static str);

macro_rules! roles {
    ($($(#[$about:meta])* $role:ident: $name:literal,)+) => {
        impl Role {
            $($(#[$about])* pub const $role: Self = Self($name);)+

            /// Every role; each has a section in the table.
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$role),+];
        }
    };
}

roles! {
    USERS: "fn_users",
    PRODUCTS: "fn_products",
    ORDERS: "fn_orders",
    PAYMENTS: "fn_payments",
    INVENTORY: "fn_inventory",
    NOTIFICATIONS: "fn_notifications",
    NOTIFICATION_WORKER: "fn_notification_worker",
    REVIEWS: "fn_reviews",
    ANALYTICS_WORKER: "fn_analytics_worker",
    CATALOG_WORKER: "fn_catalog_worker",
    RECOVERY: "fn_recovery",
    OPERATOR: "fn_operator",
    /// `verify/invariants`: reads all stores and writes none.
    RECONCILE: "reconcile",
}

impl Role {
    pub fn name(self) -> &'static str {
        self.0
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.0 == name)
    }

    /// The role of a function, by its folder: `notification-worker`.
    pub fn for_function(folder: &str) -> Option<Self> {
        Self::from_name(&format!("fn_{}", folder.replace('-', "_")))
    }

    pub fn grants(self) -> impl Iterator<Item = &'static Grant> {
        GRANTS.iter().filter(move |grant| grant.role == self)
    }

    pub fn can_connect(self, database: &str) -> bool {
        self.grants().any(|grant| grant.database == database)
    }
}

/// One line of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    pub role: Role,
    /// Such as `orderdb`; grants never span databases.
    pub database: &'static str,
    /// `select`, `update (status)`: each is granted and checked by itself, one column at a time.
    pub privileges: Vec<String>,
    /// `table orders`, `function hold`.
    pub object: &'static str,
    /// Why it is granted although no statement of the suite needs it.
    pub untested_reason: Option<&'static str>,
}

impl Grant {
    /// The statements that grant and revoke one of its privileges.
    pub fn statements(&self, privilege: &str) -> [String; 2] {
        let (object, role) = (self.object, self.role.name());
        [format!("grant {privilege} on {object} to {role}"), format!("revoke {privilege} on {object} from {role}")]
    }
}

pub fn all() -> &'static [Grant] {
    &GRANTS
}

fn parse_table(table: &'static str) -> Result<Vec<Grant>, String> {
    let (mut grants, mut role) = (Vec::new(), None);
    for line in table.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            role = Some(Role::from_name(name).ok_or_else(|| format!("{name} is no role"))?);
            continue;
        }
        let (line, unproved) = match line.split_once(" -- ") {
            Some((line, reason)) => (line, Some(reason.trim())),
            None => (line, None),
        };
        let grant = || {
            let (database, rest) = line.split_once(": ")?;
            let (privileges, object) = rest.rsplit_once(" on ")?;
            Some(Grant {
                role: role?,
                database,
                privileges: split_privileges(privileges)?,
                object: object.trim(),
                untested_reason: unproved,
            })
        };
        grants.push(grant().ok_or_else(|| line.to_owned())?);
    }
    Ok(grants)
}

/// `select, update (a, b)` as `select`, `update (a)`, `update (b)`.
fn split_privileges(privileges: &str) -> Option<Vec<String>> {
    let (mut found, mut rest) = (Vec::new(), privileges.trim());
    while !rest.is_empty() {
        let end = rest.find([',', '(']).unwrap_or(rest.len());
        let verb = rest[..end].trim();
        rest = &rest[end..];
        if let Some(inside) = rest.strip_prefix('(') {
            let (columns, behind) = inside.split_once(')')?;
            found.extend(columns.split(',').map(|column| format!("{verb} ({})", column.trim())));
            rest = behind.trim_start();
        } else {
            found.push(verb.to_owned());
        }
        rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::migrate::SCHEMAS;

    #[test]
    fn the_table_is_read_and_names_every_role_once() {
        for role in Role::ALL {
            assert_eq!(TABLE.matches(&format!("[{}]", role.name())).count(), 1, "{role:?}");
            assert!(role.grants().next().is_some(), "{role:?}");
        }
        let mut lines = BTreeSet::new();
        for grant in all() {
            assert!(SCHEMAS.iter().any(|schema| schema.database == grant.database), "{grant:?}");
            assert!(lines.insert((grant.role, grant.database, grant.object)), "twice: {grant:?}");
            for privilege in &grant.privileges {
                let verb = privilege.split(' ').next().unwrap();
                let known: &[&str] = match grant.object.split_once(' ').unwrap().0 {
                    "table" => &["select", "insert", "update", "delete"],
                    "function" => &["execute"],
                    other => panic!("{other}"),
                };
                assert!(known.contains(&verb), "{grant:?}");
                assert!(verb != "update" || privilege.contains('('), "columns are named: {grant:?}");
            }
        }
    }

    #[test]
    fn privileges_are_split_one_by_one() {
        let all = ["select (a)", "select (b)", "insert", "update (c)", "delete"].map(str::to_owned).to_vec();
        assert_eq!(split_privileges("select (a, b), insert, update (c), delete"), Some(all));
        assert_eq!(split_privileges("select (a"), None);
    }

    #[test]
    fn an_invalid_line_is_an_error() {
        for wrong in ["orderdb: select on table orders", "[fn_nobody]", "[fn_orders]\norderdb select on table x"] {
            assert!(parse_table(wrong).is_err(), "{wrong}");
        }
    }

    /// What only one function may write, whatever else is added to the table.
    #[test]
    fn what_matters_most_has_one_writer() {
        let who = |database: &str, object: &str, privilege: &str| -> Vec<&str> {
            let touched = all().iter().filter(|grant| grant.database == database && grant.object == object);
            let column = privilege.contains('(');
            let touched = touched.filter(|grant| {
                let verb = privilege.split(' ').next().unwrap();
                grant.privileges.iter().any(|given| given == privilege || column && given == verb)
            });
            touched.map(|grant| grant.role.name()).collect()
        };
        assert_eq!(who("userdb", "table users", "select (password_hash)"), ["fn_users"]);
        assert_eq!(who("userdb", "table users", "update (password_hash)"), ["fn_users"]);
        assert_eq!(who("userdb", "table users", "update (role)"), ["fn_operator"]);
        assert_eq!(who("userdb", "table users", "insert (role)"), [""; 0], "who signs up is a customer");
        assert_eq!(who("productdb", "table products", "update (price)"), ["fn_products", "fn_recovery"]);
        assert_eq!(who("inventorydb", "table inventory", "update (quantity)"), ["fn_inventory"]);
        assert_eq!(who("inventorydb", "table inventory", "update (reserved)"), [""; 0]);
        assert_eq!(who("productdb", "table price_history", "insert"), [""; 0], "triggers alone");
    }
}
