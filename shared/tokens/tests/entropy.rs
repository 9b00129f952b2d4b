//! The source of a process's first random number (docs/decisions/0072).

/// The name of a symbol, written backwards here: otherwise this program would find itself.
fn reversed(backwards: &str) -> Vec<u8> {
    backwards.bytes().rev().collect()
}

fn has(program: &[u8], name: &[u8]) -> bool {
    program.windows(name.len()).any(|window| window == name)
}

#[test]
fn no_program_is_built_with_jitter_entropy() {
    tokens::generate_key_pair().unwrap();
    let program = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    // Its symbols are readable, and random bytes come from AWS-LC.
    assert!(has(&program, &reversed("setyb_DNAR")), "this program has no symbols");
    let jitter = has(&program, &reversed("tini_yportne_tnej")) || has(&program, &reversed("yportne_daer_tnej"));
    assert!(!jitter, "AWS-LC was built with jitter entropy: AWS_LC_SYS_NO_JITTER_ENTROPY=1 did not reach its build");
}
