//! The statements by which a deploy applies owners and privileges from the table.

use std::fmt::Write as _;

use super::{OWNER, Role, all};

/// Applies the privileges in one database, in one transaction: at no moment are they missing, and
/// at no moment are there more. `retired_role` is the retired role of this database, if a version
/// that signs in as it may still run.
pub(crate) fn grant_sql(database: &str, retired_role: Option<&str>) -> String {
    let roles = Role::ALL.map(Role::name).join(", ");
    // The lock keeps a second migration from changing the same rows of the system catalog:
    // PostgreSQL would reject that.
    let mut sql = format!(
        "select pg_advisory_xact_lock(7306);
         revoke create on schema public from public;
         revoke all on all tables in schema public from public, {roles};
         revoke all on all sequences in schema public from public, {roles};
         revoke all on all routines in schema public from public, {roles};
         revoke all on schema public from {roles};\n"
    );
    for grant in all().iter().filter(|grant| grant.database == database) {
        for privilege in &grant.privileges {
            let _ = writeln!(sql, "{};", grant.statements(privilege)[0]);
        }
    }
    for role in Role::ALL.into_iter().filter(|role| role.can_connect(database)) {
        let _ = writeln!(sql, "grant usage on schema public to {};", role.name());
    }
    sql.push_str(GRANT_PURE_FUNCTIONS);
    let names = Role::ALL.map(Role::name).join(",");
    let _ = writeln!(sql, "{}", GRANT_SEQUENCES.replace("$names", &names));
    if let Some(old) = retired_role {
        let _ = writeln!(sql, "grant execute on all routines in schema public to {old};");
    }
    sql
}

/// Who may connect to the database `name`, whose schema is `database`. Run from the server's own
/// database, where tests hold lock 7306 while one of them migrates: hence another number.
pub(crate) fn connect_sql(name: &str, database: &str, retired_role: Option<&str>) -> String {
    let mut users: Vec<&str> =
        Role::ALL.into_iter().filter(|role| role.can_connect(database)).map(Role::name).collect();
    users.extend(retired_role);
    format!(
        r#"select pg_advisory_xact_lock(7307);
           revoke all on database "{name}" from public, {};
           grant connect on database "{name}" to {};"#,
        Role::ALL.map(Role::name).join(", "),
        users.join(", ")
    )
}

/// Revokes everything that a retired role still has in a database.
pub(crate) fn retire_sql(name: &str, old: &str) -> String {
    format!(
        r#"select pg_advisory_xact_lock(7306);
           revoke all on all tables in schema public from {old};
           revoke all on all sequences in schema public from {old};
           revoke all on all routines in schema public from {old};
           revoke all on schema public from {old};
           revoke all on database "{name}" from {old};"#
    )
}

/// Functions that write for their callers run as their owner, which must not be a role with more
/// rights: not the administrator, who creates roles.
pub(crate) fn owner_sql() -> String {
    format!(
        "select pg_advisory_xact_lock(7306);
         grant {OWNER} to current_user;
         grant usage, create on schema public to {OWNER};"
    )
}

/// The statements that give [`OWNER`] the objects it does not own yet; run them one by one, since
/// each locks its table for a moment.
pub(crate) const UNOWNED_OBJECTS: &str = "
    select format('alter table %s owner to shop_owner', c.oid::regclass) from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v') and c.relname <> '_sqlx_migrations'
      and pg_get_userbyid(c.relowner) <> 'shop_owner'
    union all
    select format('alter routine %s owner to shop_owner', p.oid::regprocedure) from pg_proc p
    where p.pronamespace = 'public'::regnamespace and pg_get_userbyid(p.proowner) <> 'shop_owner'";

const GRANT_PURE_FUNCTIONS: &str = "do $$ declare it record; begin
    for it in select p.oid::regprocedure as name from pg_proc p
        where p.pronamespace = 'public'::regnamespace and p.provolatile = 'i' and not p.prosecdef
    loop execute format('grant execute on routine %s to public', it.name); end loop;
end $$;\n";

const GRANT_SEQUENCES: &str = "do $$ declare it record; begin
    for it in select d.objid::regclass as name, r.rolname as role
        from pg_depend d join pg_class c on c.oid = d.objid and c.relkind = 'S'
        cross join pg_roles r
        where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i')
          and c.relnamespace = 'public'::regnamespace and r.rolname = any ('{$names}')
          and has_any_column_privilege(r.rolname, d.refobjid, 'insert')
    loop execute format('grant usage on sequence %s to %I', it.name, it.role); end loop;
end $$;";
