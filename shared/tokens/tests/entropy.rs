//! Where the first random number of a process comes from (docs/decisions/0088).

/// A name of a symbol that is written backwards here: a program that held it would find itself.
fn named(backwards: &str) -> Vec<u8> {
    backwards.bytes().rev().collect()
}

fn has(program: &[u8], name: &[u8]) -> bool {
    program.windows(name.len()).any(|window| window == name)
}

#[test]
fn no_program_has_the_source_that_takes_forty_milliseconds() {
    tokens::generate().unwrap();
    let program = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    // Its symbols are there to be read, and random bytes come from AWS-LC.
    assert!(has(&program, &named("setyb_DNAR")), "this program has no symbols");
    let jitter = has(&program, &named("tini_yportne_tnej")) || has(&program, &named("yportne_daer_tnej"));
    assert!(!jitter, "AWS-LC was built with jitter entropy: AWS_LC_SYS_NO_JITTER_ENTROPY=1 did not reach its build");
}
