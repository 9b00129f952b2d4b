//! Where the first random number of a process comes from (docs/decisions/0088).

/// Spelled at run time: a program that held the name would find itself.
fn named(parts: [&str; 2]) -> Vec<u8> {
    parts.concat().into_bytes()
}

fn has(program: &[u8], name: &[u8]) -> bool {
    program.windows(name.len()).any(|window| window == name)
}

#[test]
fn no_program_has_the_source_that_takes_forty_milliseconds() {
    tokens::generate().unwrap();
    let program = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    // Its symbols are there to be read, and random bytes come from AWS-LC.
    assert!(has(&program, &named(["RAND_", "bytes"])), "this program has no symbols");
    let jitter = has(&program, &named(["jent_", "entropy_init"])) || has(&program, &named(["jent_", "read_entropy"]));
    assert!(!jitter, "AWS-LC was built with jitter entropy: AWS_LC_SYS_NO_JITTER_ENTROPY=1 did not reach its build");
}
