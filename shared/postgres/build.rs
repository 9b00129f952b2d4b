//! A new migration is a new file, which the compiler does not look for by itself.

#![expect(clippy::print_stdout, reason = "how a build script talks to cargo")]

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
