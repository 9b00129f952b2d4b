//! Running functions on one machine: the template as SAM gets it, the check of SAM's output, and
//! the commands in the docs.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};
use tests::cloudformation::{Template, text};
use tests::root;

fn run(program: &str, arguments: &[&str]) -> Output {
    Command::new(program)
        .args(arguments)
        .current_dir(root())
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}"))
}

fn sam_template() -> Template {
    let made = run("scripts/sam-local.sh", &["template"]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    Template::parse("the template for SAM", &String::from_utf8(made.stdout).expect("UTF-8"))
}

/// Names and values of a function's own variables, and of those of all functions.
fn variables(template: &Template) -> Vec<(String, Value)> {
    let functions = template.resources("AWS::Serverless::Function");
    let own = functions.iter().filter_map(|function| function.property("Environment/Variables").as_object());
    let all = template.document["Globals"]["Function"]["Environment"]["Variables"].as_object();
    own.chain(all).flatten().map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Each route of the HTTP API, and whether it requires no token.
fn routes(template: &Template) -> Vec<(String, String, bool)> {
    let functions = template.resources("AWS::Serverless::Function");
    let events = functions.iter().filter_map(|function| function.property("Events").as_object()).flatten();
    let http = events.filter(|(_, event)| event["Type"] == "HttpApi").map(|(_, event)| &event["Properties"]);
    http.map(|of| (text(&of["Path"]), text(&of["Method"]), of["Auth"]["Authorizer"] == "NONE")).collect()
}

#[test]
fn the_template_for_sam_is_readable_and_sets_every_variable() {
    let template = sam_template();
    // `Layers: !If` is taken for the name of a layer, which is looked up in AWS.
    assert_eq!(template.document["Globals"]["Function"].get("Layers"), None);
    for function in template.resources("AWS::Serverless::Function") {
        assert!(function.property("Layers").is_null(), "{}", function.name);
    }
    for (name, value) in variables(&template) {
        assert!(!name.ends_with("_SECRET"), "{name}: on one machine a secret is given as it is");
        let said = if name == "DATABASE_IAM" { "false" } else { "" };
        assert_eq!(value, json!(said), "{name}: nothing has made what a template refers to");
    }
    let names: Vec<String> = variables(&template).into_iter().map(|(name, _)| name).collect();
    for (name, _) in variables(&Template::read("template.yaml")) {
        let given = name.strip_suffix("_SECRET").unwrap_or(&name).to_owned();
        assert!(names.contains(&given), "{given} is handed on only where it is declared");
    }
    for needed in ["AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_SQS", "REVIEWDB_NAME", "ANALYTICSDB_NAME"] {
        assert!(names.iter().any(|name| name == needed), "{needed} is handed on only where it is declared");
    }
}

#[test]
fn sam_asks_the_authorizer_where_it_can_tell_who_needs_it() {
    let template = sam_template();
    let [api] = template.resources("AWS::Serverless::HttpApi")[..] else { panic!("one API") };
    let arn = api.property("Auth/Authorizers/Signature/FunctionArn");
    assert!(text(arn).ends_with(":function:Authorizer"), "an authorizer whose ARN is no text is left out: {arn}");
    // SAM has one authorizer for all methods of a path.
    let mut public: BTreeMap<String, Vec<bool>> = BTreeMap::new();
    for (path, _, is_public) in routes(&template) {
        public.entry(path).or_default().push(is_public);
    }
    for (path, methods) in public {
        assert!(methods.windows(2).all(|pair| pair[0] == pair[1]), "{path} is public for some methods: {methods:?}");
    }
    let before = routes(&Template::read("template.yaml"));
    for (path, method, is_public) in routes(&template) {
        let (.., was) = before.iter().find(|(p, m, _)| (p, m) == (&path, &method)).expect("the same routes");
        let beside = before.iter().any(|(other, _, is_public)| *other == path && *is_public);
        assert_eq!(is_public, *was || beside, "{method} {path}");
    }
    assert!(routes(&template).iter().any(|(path, _, is_public)| path == "/api/orders" && !is_public));
}

#[test]
fn the_response_decides_and_not_the_exit_code_of_sam() {
    let away = r#"{"statusCode": 503, "headers": {}, "body": "{\"status\":503}"}"#;
    let failed = r#"{"errorType": "Runtime.ExitError", "errorMessage": "RequestId: 1 Error"}"#;
    let table: [(&str, Option<&str>, bool); 16] = [
        (away, None, false),
        (away, Some("201"), false),
        (away, Some("503"), true),
        (r#"{"statusCode": 201, "body": "{}"}"#, Some("201"), true),
        (r#"{"statusCode": 200, "body": "{}"}"#, Some("201"), false),
        (r#"{"statusCode": 404, "body": "{}"}"#, None, true),
        (failed, None, false),
        (failed, Some("refused"), false),
        ("", None, false),
        ("Error: no such image", None, false),
        (r#"{"batchItemFailures": []}"#, None, true),
        (r#"{"batchItemFailures": [{"itemIdentifier": "m"}]}"#, None, false),
        ("a line of a log\n{\"isAuthorized\": true}\n", Some("allowed"), true),
        (r#"{"isAuthorized": false}"#, Some("allowed"), false),
        (r#"{"isAuthorized": false}"#, Some("refused"), true),
        (r#"{"failures": 0}"#, Some("refused"), false),
    ];
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("answer-{}", std::process::id()));
    for (response, expected, good) in table {
        std::fs::write(&file, response).expect("a file");
        let arguments = ["scripts/rehearsal/answer.py", file.to_str().expect("UTF-8")];
        let checked = run("python3", &arguments.into_iter().chain(expected).collect::<Vec<_>>());
        assert_eq!(checked.status.success(), good, "{response:?} where {expected:?} is expected: {checked:?}");
    }
    std::fs::remove_file(file).expect("it is there");
}

/// The documents with commands.
fn documents() -> Vec<(String, String)> {
    let read = |folder: &str| std::fs::read_dir(root().join(folder)).expect("a folder");
    let files = ["", "docs", "frontend"].into_iter().flat_map(read).map(|file| file.expect("a file").path());
    let documents = files.filter(|path| path.extension().is_some_and(|kind| kind == "md"));
    documents.map(|path| (path.display().to_string(), std::fs::read_to_string(&path).expect("text"))).collect()
}

#[test]
fn what_the_documents_tell_to_make_is_a_target() {
    let makefile = std::fs::read_to_string(root().join("Makefile")).expect("Makefile");
    let targets: Vec<&str> = makefile.lines().filter_map(|line| line.split_once(": ")).map(|(name, _)| name).collect();
    let mut checked = 0;
    for (file, text) in documents() {
        let mut fenced = false;
        for line in text.lines() {
            fenced ^= line.starts_with("```");
            let spans = line.split('`').skip(1).step_by(2);
            let commands: Vec<&str> = if fenced { vec![line.trim()] } else { spans.collect() };
            for command in commands {
                // It is in an environment of its own, not in PATH: `make watch` and `make build`
                // find it.
                assert!(!(fenced && command.starts_with("cargo lambda")), "{file}: {command}");
                let Some(rest) = command.strip_prefix("make ") else { continue };
                let target = rest.split_whitespace().next().unwrap_or_default();
                assert!(targets.contains(&target), "{file}: there is no `make {target}`");
                checked += 1;
            }
        }
    }
    assert!(checked > 50, "{checked} commands were looked at");
    for needed in ["watch", "local-api", "local-invoke", "rehearse"] {
        assert!(targets.contains(&needed), "make {needed}");
    }
}

#[test]
fn ci_runs_the_bounded_rehearsal_and_with_docker_keeps_the_exit_code() {
    let read = |file: &str| std::fs::read_to_string(root().join(file)).expect("a script");
    assert!(read(".ci/run").contains("make rehearse ARGS=--bounded"));
    let bounded = read("scripts/rehearse.sh");
    let (bounded, _) = bounded.split_once("if [ \"$bounded\" = yes ]").expect("the end of the bounded part");
    for step in ["lint-templates.sh", "translate.py", "RUNTIME_EMULATOR=required"] {
        assert!(bounded.contains(step), "{step} is part of what CI runs");
    }
    // A responding engine is used as it is.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("docker-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    std::os::unix::fs::symlink("/bin/true", folder.join("docker")).expect("a program");
    let path = runtime::Env::from_env().required("PATH").expect("PATH");
    let ran = Command::new("scripts/with-docker.sh")
        .args(["bash", "-c", "echo ran; exit 7"])
        .current_dir(root())
        .env("PATH", format!("{}:{path}", folder.display()))
        .output()
        .expect("it runs");
    std::fs::remove_dir_all(folder).expect("it is there");
    assert_eq!((ran.status.code(), ran.stdout.as_slice()), (Some(7), &b"ran\n"[..]), "{ran:?}");
}
