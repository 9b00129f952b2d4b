//! Prints the OpenAPI document, as it is in `docs/openapi.json`: `make openapi`.

use std::io::Write;

fn main() -> std::io::Result<()> {
    let text = serde_json::to_string_pretty(&api::document())?;
    writeln!(std::io::stdout().lock(), "{text}")
}
