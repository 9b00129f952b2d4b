//! What is compiled, and how often: a clean checkout must be usable after minutes. The times are in
//! docs/performance.md; here are the decisions behind them (decision 85), since no test measures time.

use std::collections::BTreeSet;
use std::process::Command;

use tests::root;

/// The targets of the Makefile that compile with the release profile. All others share one build.
const RELEASE_TARGETS: [&str; 4] = ["bench", "bench-growth", "bench-growth-events", "measure-functions"];

/// Each target of the Makefile with its commands.
fn recipes() -> Vec<(String, String)> {
    let makefile = std::fs::read_to_string(root().join("Makefile")).unwrap();
    let mut recipes: Vec<(String, String)> = Vec::new();
    for line in makefile.lines() {
        if let Some(command) = line.strip_prefix('\t') {
            let (_, commands) = recipes.last_mut().expect("a command belongs to a target");
            commands.push_str(command);
            commands.push('\n');
        } else if let Some((name, _)) = line.split_once(':').filter(|(name, _)| is_target(name)) {
            recipes.push((name.to_owned(), String::new()));
        }
    }
    assert!(recipes.len() > 20, "{recipes:?}");
    recipes
}

fn is_target(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '-')
}

/// The packages of `cargo tree` with these options, each with its features; a package that is built for
/// macros too may occur twice.
fn tree(options: &[&str]) -> Vec<String> {
    let mut command = Command::new(env!("CARGO"));
    command.args(["tree", "--workspace", "--locked", "--offline", "--prefix", "none"]).args(options);
    let output = command.current_dir(root()).output().expect("cargo starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(|line| line.trim_end_matches(" (*)").to_owned()).collect()
}

#[test]
fn the_shop_and_its_tests_share_one_build() {
    for (target, commands) in recipes() {
        let release = commands.contains("--release") || commands.contains("/release/");
        assert_eq!(release, RELEASE_TARGETS.contains(&target.as_str()), "make {target}");
    }
    let script = std::fs::read_to_string(root().join("scripts/build-shop.sh")).unwrap();
    assert!(!script.contains("release"), "make run");
}

#[test]
fn every_selection_of_packages_has_the_same_features() {
    for (target, commands) in recipes() {
        for line in commands.lines().filter(|line| line.contains("cargo build") || line.contains("cargo test")) {
            assert!(line.contains("--workspace"), "make {target}: {line}");
        }
    }
    let with_features = |edges| tree(&["--edges", edges, "--format", "{p} {f}"]).into_iter().collect::<BTreeSet<_>>();
    let (run, test) = (with_features("normal,build"), with_features("normal,build,dev"));
    let again: Vec<_> = run.difference(&test).collect();
    assert!(run.len() > 400, "{} packages", run.len());
    assert!(again.is_empty(), "a dependency of tests changes the features of what make run has compiled: {again:?}");
}

#[test]
fn macros_need_no_tls() {
    for library in ["aws-lc-sys", "rustls"] {
        let users = tree(&["--edges", "normal,build", "--invert", library]);
        let macros: Vec<_> = users.iter().filter(|user| user.contains("(proc-macro)")).collect();
        assert!(users.len() > 20, "{} packages", users.len());
        assert!(macros.is_empty(), "{library} is compiled once more, for {macros:?}");
    }
}

/// An SDK is a hundred seconds of compiling, or more.
#[test]
fn sdks_are_compiled_for_what_calls_many_operations() {
    let sdks = tree(&["--edges", "normal,build,dev"]).into_iter().filter(|package| package.starts_with("aws-sdk-"));
    let names: BTreeSet<String> = sdks.filter_map(|package| package.split(' ').next().map(str::to_owned)).collect();
    // STS belongs to the search for credentials, which is for an operator's tool.
    assert_eq!(names.into_iter().collect::<Vec<_>>(), ["aws-sdk-dynamodb", "aws-sdk-sqs", "aws-sdk-sts"]);
    let users = tree(&["--edges", "normal", "--invert", "aws-config", "--depth", "1"]);
    assert!(users.len() == 2 && users[1].starts_with("dead-letters "), "{users:?}");
}
