//! Mutants of the backend: known bugs, one patch file each, that the tests must find.
//!
//! Each patch in this folder names the bug, the promise that it breaks and the run that must catch
//! it. `make verify-mutants` builds each in a scratch copy of the checkout and demands that its run
//! fails, and that the same run passes without it.

pub mod choice;
pub mod commands;
pub mod patch;
mod process;
mod scratch;
mod trial;
