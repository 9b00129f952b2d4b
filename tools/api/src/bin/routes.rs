//! Writes what is generated from the table of routes: `make routes`.

use std::path::Path;
use std::process::ExitCode;

/// In the checkout that is the working directory.
#[expect(clippy::print_stderr, reason = "a program for people")]
fn main() -> std::io::Result<ExitCode> {
    let root = Path::new(".");
    let files = match api::generated_files(root, &api::GROUPS, &api::routes()) {
        Ok(files) => files,
        Err(problem) => {
            eprintln!("routes: {problem}");
            return Ok(ExitCode::FAILURE);
        }
    };
    for (file, text) in files {
        // A file that is not there yet is written too.
        if std::fs::read_to_string(root.join(file)).unwrap_or_default() != text {
            std::fs::write(root.join(file), text)?;
            eprintln!("routes: {file}");
        }
    }
    Ok(ExitCode::SUCCESS)
}
