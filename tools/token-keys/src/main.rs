//! Makes the keys that tokens are signed with, for `scripts/secrets.sh`. Private keys pass only
//! through pipes: never an argument, never a file.

use std::io::{self, BufRead, Write};

use anyhow::{Context, bail};
use clap::Parser;
use tokens::KeySet;

/// Make the keys that tokens are signed with.
#[derive(Parser)]
enum Command {
    /// Print a new private key: Ed25519, PKCS #8 in base64, on one line (`TOKEN_SIGNING_KEY`).
    Generate,
    /// Read private keys, one per line, and print the JWK set of their public parts (`TOKEN_KEYS`).
    Jwks,
}

fn main() -> anyhow::Result<()> {
    let response = match Command::parse() {
        Command::Generate => tokens::generate_key_pair()?.0,
        Command::Jwks => serde_json::to_string(&public_key_set(io::stdin().lock())?)?,
    };
    writeln!(io::stdout().lock(), "{response}").context("standard output")
}

fn public_key_set(lines: impl BufRead) -> anyhow::Result<KeySet> {
    let mut keys = Vec::new();
    for (index, line) in lines.lines().enumerate() {
        let line = line.context("standard input")?;
        if !line.trim().is_empty() {
            // The line itself is a secret.
            keys.push(
                tokens::derive_public_key(line.trim())
                    .with_context(|| format!("line {} is no private key", index + 1))?,
            );
        }
    }
    if keys.is_empty() {
        bail!("there is no private key on standard input");
    }
    Ok(KeySet { keys })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_the_public_part_of_every_line() {
        let (first, second) = (tokens::generate_key_pair().unwrap(), tokens::generate_key_pair().unwrap());
        let lines = format!("{}\n\n{}\n", first.0, second.0);
        assert_eq!(public_key_set(lines.as_bytes()).unwrap().keys, [first.1, second.1]);
    }

    #[test]
    fn an_invalid_key_is_named_by_its_line_and_not_shown() {
        let error = format!("{:#}", public_key_set("c2VjcmV0\n".as_bytes()).unwrap_err());
        assert!(error.contains("line 1") && !error.contains("c2VjcmV0"), "{error}");
        assert!(public_key_set("".as_bytes()).is_err());
    }
}
