#!/usr/bin/env bash
# Updates .sqlx, the database's description of each SQL statement in the code.
#
# A database with the four schemas on its search_path stands in for userdb, productdb, orderdb and
# inventorydb (tables of the same name are equal: each schema's `outbox` is the same). Every sqlx macro
# queries it during compilation, and saves the result.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [ -z "${SHOP_POSTGRES_URL:-}" ]; then
  # A statement that is not in .sqlx yet does not compile: the program of the last build works too.
  if [ ! -x "$CARGO_TARGET_DIR/debug/local" ] && ! cargo build --workspace --bin local; then
    echo 'sql: set your change aside (git stash), run `make sql` once, and restore it' >&2
    exit 1
  fi
  exec "$CARGO_TARGET_DIR/debug/local" stores --volatile --free-ports --dir .local/sql-stores -- "${BASH_SOURCE[0]}"
fi

# psql is next to the server if it is not in PATH.
for bin in /usr/lib/postgresql/*/bin; do PATH=$PATH:$bin; done
name=sqlx_check
psql -q "$SHOP_POSTGRES_URL" -c "drop database if exists $name" -c "create database $name"
export DATABASE_URL=${SHOP_POSTGRES_URL%/postgres*}/$name?sslmode=disable
for schema in userdb productdb orderdb inventorydb; do
  { echo "create schema $schema; set search_path=$schema;"; cat shared/store-postgres/migrations/$schema/*.sql; } |
    psql -q -v ON_ERROR_STOP=1 "$DATABASE_URL"
done
psql -q "$DATABASE_URL" -c "alter database $name set search_path = userdb, productdb, orderdb, inventorydb"

fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
# Compiling runs the queries, so the crates with SQL must look changed.
grep -rlE 'sqlx::query[a-z_]*!|query(_as|_scalar)?!' --include='*.rs' functions shared tools tests | xargs touch
SQLX_OFFLINE=false SQLX_OFFLINE_DIR=$fresh cargo check --workspace --all-targets
test -n "$(ls "$fresh")"
rm -rf .sqlx
mkdir .sqlx
cp "$fresh"/*.json .sqlx/
echo "sql: $(find .sqlx -name '*.json' | wc -l) statements in .sqlx"
