#!/usr/bin/env bash
# Brings .sqlx up to date: what the database says of each SQL statement in the code.
#
# A database with the four schemas on its search_path stands for userdb, productdb, orderdb and
# inventorydb (no two tables of the same name differ: each schema's `outbox` is the same). Every
# sqlx macro asks it while the code is compiled, and writes the answer down.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [ -z "${SHOP_POSTGRES_URL:-}" ]; then
  # A statement that is new to .sqlx does not compile yet: the program of the last build serves too.
  if [ ! -x "$CARGO_TARGET_DIR/debug/local" ] && ! cargo build --workspace --bin local; then
    echo 'sql: put your change aside (git stash), run `make sql` once, and take it up again' >&2
    exit 1
  fi
  exec "$CARGO_TARGET_DIR/debug/local" stores --volatile --free-ports --dir .local/sql-stores -- "${BASH_SOURCE[0]}"
fi

# psql is beside the server where it is not in PATH.
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
# Compiling is what asks: the crates that have SQL are made to look changed.
grep -rlE 'sqlx::query[a-z_]*!|query(_as|_scalar)?!' --include='*.rs' functions shared tools tests | xargs touch
SQLX_OFFLINE=false SQLX_OFFLINE_DIR=$fresh cargo check --workspace --all-targets
test -n "$(ls "$fresh")"
rm -rf .sqlx
mkdir .sqlx
cp "$fresh"/*.json .sqlx/
echo "sql: $(find .sqlx -name '*.json' | wc -l) statements in .sqlx"
