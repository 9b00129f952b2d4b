//! Prints the OpenAPI document, as `docs/openapi.json` has it: `make openapi`.

use std::io::Write;

fn main() -> std::io::Result<()> {
    let text = serde_json::to_string_pretty(&api::document())?;
    writeln!(std::io::stdout().lock(), "{text}")
}
