//! scripts/deploy.sh, secrets.sh and operator.sh, executed in a checkout of their own, with a fake
//! AWS CLI that stores secrets in files and records its calls and their region.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tests::root;

const SCRIPTS: [&str; 4] = ["deploy.sh", "operator.sh", "region.sh", "secrets.sh"];

/// Secrets are files; a deleted one is renamed and its name stays taken.
const AWS: &str = r#"#!/usr/bin/env bash
set -u
echo "${AWS_REGION:-}/${AWS_DEFAULT_REGION:-} $*" >>"$BENCH/calls"
said() { echo "An error occurred ($1) when calling the operation: $2" >&2; exit 254; }
all="$*"; command="$1 $2"; shift 2
while [ $# -gt 0 ]; do
  case $1 in --secret-id | --name | --query) declare "${1//-/_}=$2"; shift ;; esac
  shift
done
at="$BENCH/secrets/$(tr / _ <<<"${__secret_id:-${__name:-}}")"
case $command in
  'secretsmanager describe-secret')
    [ -f "$at" ] || [ -f "$at.going" ] || said ResourceNotFoundException 'it is not there'
    [ "$__query" = ARN ] && { echo "arn:of:${__secret_id}"; exit; }
    if [ -f "$at" ]; then echo None; else echo 2026-01-01T00:00:00; fi ;;
  'secretsmanager restore-secret') mv "$at.going" "$at" ;;
  'secretsmanager delete-secret') mv "$at" "$at.going" ;;
  'secretsmanager get-secret-value') [ -f "$at" ] || said InvalidRequestException 'marked for deletion'; cat "$at" ;;
  'secretsmanager put-secret-value') [ -f "$at" ] || said InvalidRequestException 'marked for deletion'; cat >"$at" ;;
  'secretsmanager create-secret')
    [ ! -f "$at" ] && [ ! -f "$at.going" ] || said ResourceExistsException 'its name is taken'; cat >"$at" ;;
  'lambda invoke') cat >"$BENCH/payload"; sed -n 2p "$BENCH/invoked" >"${all##* }"; head -1 "$BENCH/invoked" ;;
  's3 cp') case $all in *' - '*) cat >/dev/null ;; esac ;;
  'ssm put-parameter' | 'ssm delete-parameter' | 'ssm get-parameter') ;;
  'cloudformation describe-stacks')
    [ -f "$BENCH/stack" ] || said ValidationError 'Stack with id shop-dev does not exist'
    case $all in
      *StackStatus*) sed -n 's/^status //p' "$BENCH/stack" ;;
      *) key=$(sed -E "s/.*OutputKey=='([A-Za-z]+)'.*/\1/" <<<"$all"); sed -n "s/^$key //p" "$BENCH/stack" ;;
    esac ;;
esac
"#;
const CARGO: &str = "#!/bin/sh\ncase $* in *jwks) cat; echo published ;; *) echo key ;; esac\n";
const SAM: &str = "#!/bin/sh\necho \"sam $*\" >>\"$BENCH/calls\"\n\
    printf 'status CREATE_COMPLETE\\nSiteUrl https://site.invalid\\nBalancerHost lb.invalid\\n' >\"$BENCH/stack\"\n";
/// Rejects each address as often as `late` says, or forever.
const CURL: &str = r#"#!/usr/bin/env bash
url=${!#}
echo "curl $url" >>"$BENCH/calls"
tries=$(grep -cF "curl $url" "$BENCH/calls")
[ "$tries" -gt "$(cat "$BENCH/late" 2>/dev/null || echo 0)" ] || { echo '{"redis":"away"}'; exit 22; }
"#;

struct ScriptSandbox(PathBuf);

impl ScriptSandbox {
    /// The scripts in a folder of their own, with the files they need.
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("shop-scripts-{}-{name}", std::process::id()));
        let bench = Self(folder);
        for part in ["bin", "docs", "secrets", "scripts", "functions/one", "target/lambda/one"] {
            fs::create_dir_all(bench.0.join(part)).expect("a folder");
        }
        for script in SCRIPTS {
            if let Ok(text) = fs::read(root().join("scripts").join(script)) {
                bench.program(&format!("scripts/{script}"), &text);
            }
        }
        for file in ["samconfig.toml", "docs/openapi.json"] {
            fs::copy(root().join(file), bench.0.join(file)).expect(file);
        }
        let sleep = "#!/bin/sh\necho sleep >>\"$BENCH/calls\"\n";
        for (name, text) in [("aws", AWS), ("cargo", CARGO), ("sam", SAM), ("curl", CURL), ("sleep", sleep)] {
            bench.program(&format!("bin/{name}"), text.as_bytes());
        }
        bench.program("target/lambda/one/bootstrap", b"");
        bench
    }

    fn program(&self, path: &str, text: &[u8]) {
        let path = self.0.join(path);
        fs::write(&path, text).expect("a program");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("to be run");
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.0.join(path), text).expect("a file");
    }

    /// Adds parameters to those of dev.
    fn with_parameters(&self, more: &str) {
        let at = self.0.join("samconfig.toml");
        let text = fs::read_to_string(&at).expect("samconfig.toml");
        fs::write(&at, text.replacen("  \"Stage=dev\",\n", &format!("  \"Stage=dev\",\n{more}"), 1)).expect("a file");
    }

    fn run(&self, script: &str, arguments: &[&str], env: &[(&str, &str)], input: &str) -> Output {
        self.write("input", input);
        let path = format!("{}:/usr/local/bin:/usr/bin:/bin", self.0.join("bin").display());
        let mut command = Command::new("bash");
        command.arg(self.0.join("scripts").join(script)).args(arguments);
        command.env_clear().env("PATH", path).env("HOME", &self.0).env("BENCH", &self.0).envs(env.iter().copied());
        command.stdin(fs::File::open(self.0.join("input")).expect("input")).output().expect("bash")
    }

    fn secrets(&self, step: &str, input: &str) -> Output {
        let done = self.run("secrets.sh", &["dev", step], &[], input);
        assert!(done.status.success(), "{step}: {}", output_text(&done));
        done
    }

    fn calls(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.0.join("calls")).unwrap_or_default();
        calls.lines().map(str::to_owned).collect()
    }

    fn secret(&self, name: &str) -> String {
        fs::read_to_string(self.0.join("secrets").join(format!("shop_dev_{name}"))).unwrap_or_default()
    }
}

impl Drop for ScriptSandbox {
    fn drop(&mut self) {
        // Leftovers are in the system's temporary folder.
        drop(fs::remove_dir_all(&self.0));
    }
}

fn output_text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn regions(bench: &ScriptSandbox) -> Vec<String> {
    let calls = bench.calls().into_iter().filter(|call| call.contains(" --")).filter(|call| !call.starts_with("sam "));
    calls.map(|call| call.split(' ').next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn every_call_of_the_scripts_names_the_region_in_both_variables() {
    for (env, region) in [
        (&[][..], "eu-central-1"),
        (&[("AWS_REGION", "eu-north-1")][..], "eu-north-1"),
        (&[("AWS_DEFAULT_REGION", "eu-west-3")][..], "eu-west-3"),
    ] {
        for (script, arguments) in [("secrets.sh", &["dev", "init"][..]), ("deploy.sh", &["dev"][..])] {
            let bench = ScriptSandbox::new(&format!("{region}-{script}"));
            let done = bench.run(script, arguments, env, "");
            assert!(done.status.success(), "{script}: {}", output_text(&done));
            let regions = regions(&bench);
            assert!(regions.len() >= 4, "{script} asked {regions:?}");
            assert!(regions.iter().all(|one| *one == format!("{region}/{region}")), "{script}: {regions:?}");
        }
    }
    let bench = ScriptSandbox::new("two-regions");
    let two = [("AWS_REGION", "eu-north-1"), ("AWS_DEFAULT_REGION", "us-east-1")];
    for (script, arguments) in [("secrets.sh", &["dev", "init"][..]), ("deploy.sh", &["dev"][..])] {
        let done = bench.run(script, arguments, &two, "");
        assert!(!done.status.success() && output_text(&done).contains("which is meant?"), "{}", output_text(&done));
    }
    assert_eq!(bench.calls(), Vec::<String>::new(), "nothing was asked of either region");
}

/// People run the documents' commands with the same CLI.
#[test]
fn documents_name_the_region_in_both_variables() {
    for document in ["docs/deploy.md", "docs/operations.md", "README.md"] {
        let text = fs::read_to_string(root().join(document)).expect(document);
        for line in text.lines().filter(|line| line.contains("export AWS_")) {
            let both = line.contains("AWS_REGION=") && line.contains("AWS_DEFAULT_REGION=");
            assert!(both, "{document}: {line}");
        }
    }
}

#[test]
fn a_deleted_secret_is_restored() {
    let bench = ScriptSandbox::new("forgotten");
    bench.secrets("init", "");
    bench.secrets("mongodb-url", "mongodb://one.invalid\n");
    bench.secrets("next-key", "");
    bench.secrets("forget", "");
    assert_eq!(bench.secret("signing-key"), "");

    bench.secrets("init", "");
    assert_eq!(bench.secret("signing-key"), "key");
    assert_eq!(bench.secret("second-key"), "key");
    assert_eq!(bench.secret("mongodb-url"), "mongodb://one.invalid");
    let noted = bench.calls().into_iter().rfind(|call| call.contains("put-parameter --name /shop/dev/mongodb-url-arn"));
    assert!(noted.is_some_and(|call| call.contains("--value arn:of:shop/dev/mongodb-url")), "{:?}", bench.calls());

    // Each step by itself takes a name that will be deleted.
    bench.secrets("forget", "");
    bench.secrets("mongodb-url", "mongodb://two.invalid\n");
    assert_eq!(bench.secret("mongodb-url"), "mongodb://two.invalid");
}

/// No response does not mean that a secret is absent: a new key would be created beside the old
/// one.
#[test]
fn a_secret_that_cannot_be_asked_for_is_not_taken_for_absent() {
    let bench = ScriptSandbox::new("refused");
    bench.program("bin/aws", b"#!/bin/sh\necho 'An error occurred (AccessDeniedException)' >&2\nexit 254\n");
    for step in ["init", "next-key", "switch-key", "forget"] {
        let done = bench.run("secrets.sh", &["dev", step], &[], "");
        assert!(
            !done.status.success() && output_text(&done).contains("AccessDenied"),
            "{step}: {}",
            output_text(&done)
        );
    }
}

#[test]
fn the_load_balancer_is_made_before_cloudfront_takes_it() {
    let bench = ScriptSandbox::new("balancer");
    bench.with_parameters("  \"FrontDoor=alb\",\n  \"BalancerDomain=api.example.com\",\n");
    let sams = || bench.calls().into_iter().filter(|call| call.starts_with("sam ")).count();

    // Neither a first deploy nor one over a shop without a load balancer.
    for stack in [None, Some("status UPDATE_COMPLETE\nSiteUrl https://site.invalid\n")] {
        stack.into_iter().for_each(|stack| bench.write("stack", stack));
        let done = bench.run("deploy.sh", &["dev"], &[], "");
        assert!(!done.status.success() && output_text(&done).contains("FrontDoor=both"), "{}", output_text(&done));
    }
    // The name does not resolve yet.
    bench.write("stack", "status UPDATE_COMPLETE\nSiteUrl https://site.invalid\nBalancerHost lb.invalid\n");
    bench.write("late", "1000");
    let done = bench.run("deploy.sh", &["dev"], &[], "");
    assert!(
        !done.status.success() && output_text(&done).contains("must be an alias of lb.invalid"),
        "{}",
        output_text(&done)
    );
    assert_eq!(sams(), 0);

    bench.write("late", "0");
    let done = bench.run("deploy.sh", &["dev"], &[], "");
    assert!(done.status.success(), "{}", output_text(&done));
    assert_eq!(sams(), 1);
}

#[test]
fn a_stack_that_was_never_whole_is_not_deployed_over() {
    let bench = ScriptSandbox::new("rolled-back");
    for (status, expected) in
        [("ROLLBACK_COMPLETE", "When the first deploy fails"), ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback")]
    {
        bench.write("stack", &format!("status {status}\n"));
        let done = bench.run("deploy.sh", &["dev"], &[], "");
        assert!(!done.status.success() && output_text(&done).contains(expected), "{}", output_text(&done));
    }
    let documents = fs::read_to_string(root().join("docs/deploy.md")).expect("docs/deploy.md");
    assert!(documents.contains("# When the first deploy fails"));
    assert!(!bench.calls().iter().any(|call| call.starts_with("sam ")));
}

#[test]
fn readiness_is_polled_for_a_minute() {
    let groups = api::GROUPS.len();
    let asked = |bench: &ScriptSandbox| bench.calls().iter().filter(|call| call.ends_with("/ready")).count();

    let bench = ScriptSandbox::new("late");
    bench.write("late", "3");
    let done = bench.run("deploy.sh", &["dev"], &[], "");
    assert!(done.status.success(), "{}", output_text(&done));
    assert_eq!(asked(&bench), groups * 4);

    let bench = ScriptSandbox::new("never");
    bench.write("late", "1000");
    let done = bench.run("deploy.sh", &["dev"], &[], "");
    assert!(!done.status.success(), "{}", output_text(&done));
    assert_eq!(output_text(&done).matches("is NOT ready").count(), groups);
    assert!(output_text(&done).contains("\"redis\":\"away\""), "it says which store: {}", output_text(&done));
    let pauses = bench.calls().iter().filter(|call| *call == "sleep").count();
    assert_eq!((asked(&bench), pauses), (groups * 13, 12), "a minute of five seconds each");
}

/// The CLI succeeds whatever the function returns.
#[test]
fn a_command_of_an_operator_that_was_not_carried_out_is_an_exit_code() {
    let bench = ScriptSandbox::new("operator");
    let command = r#"{"action":"show","email":"ada@example.org"}"#;
    for (invoked, ends_well) in [
        ("None\n{\"user\":{\"id\":1},\"sessions\":2}\n", true),
        ("None\n{\"code\":\"not_found\",\"message\":\"This account does not exist.\"}\n", false),
        ("Unhandled\n{\"errorType\":\"Problem\"}\n", false),
    ] {
        bench.write("invoked", invoked);
        let done = bench.run("operator.sh", &["dev", command], &[], "");
        assert_eq!(done.status.success(), ends_well, "{}", output_text(&done));
        assert!(output_text(&done).contains(invoked.lines().nth(1).unwrap()), "{}", output_text(&done));
        assert_eq!(fs::read_to_string(bench.0.join("payload")).expect("a payload"), command);
    }
    // A command names users: other users of the machine must not read it.
    assert!(bench.calls().iter().all(|call| !call.contains("ada@")), "{:?}", bench.calls());
    assert!(bench.calls().iter().all(|call| call.contains("--function-name shop-dev-operator")), "{:?}", bench.calls());
}

/// Options that only version 2 of the AWS CLI has; `make build` installs version 1. `make
/// lint-templates` checks every command against it (scripts/check-commands.py).
#[test]
fn documents_ask_nothing_of_the_cli_that_it_does_not_have() {
    let documents = fs::read_dir(root().join("docs")).expect("docs/").map(|entry| entry.expect("a file").path());
    for document in documents.filter(|path| path.is_file() && path.extension().is_some_and(|end| end == "md")) {
        let text = fs::read_to_string(&document).expect("a document");
        for newer in ["aws logs tail", "--cli-binary-format", "aws sso login"] {
            assert!(!text.contains(newer), "{}: {newer}", document.display());
        }
    }
    let lint = fs::read_to_string(root().join("scripts/lint-templates.sh")).expect("the script");
    assert!(lint.contains("scripts/check-commands.py"), "{lint}");
}

/// The scripts that this test runs are the ones that people run.
#[test]
fn the_scripts_are_executable() {
    for script in ["deploy.sh", "operator.sh", "secrets.sh"] {
        let mode = fs::metadata(Path::new(&root()).join("scripts").join(script)).expect(script).permissions().mode();
        assert_eq!(mode & 0o111, 0o111, "{script}");
    }
}
