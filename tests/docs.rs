//! What the docs name exists: paths, links, `make` targets, log messages and the calls of api.http;
//! and decisions are numbered without gaps, dated and listed. Says nothing about what the docs claim.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use tests::root;

/// A word that begins with one of these is a path from the root of the checkout.
const FOLDERS: [&str; 10] =
    ["docs/", "functions/", "shared/", "tools/", "verify/", "tests/", "frontend/", "infra/", "scripts/", "events/"];
/// Folders that are built, installed or private.
const SKIPPED: [&str; 6] = [".git", ".local", "target", "node_modules", "dist", "test-output"];
/// A word with one of these stands for many paths, or for one that a reader makes.
const PLACEHOLDERS: [&str; 8] = ["<", "*", "…", "{", "$", "wishlists", "FUNCTION", "NAME"];
/// What `\u{60}…\u{60}` quotes: a path, a command, a log message.
const QUOTE: char = '`';
const DECISIONS: &str = "docs/decisions";

/// A document: its path from the root, and its text.
struct Document {
    path: PathBuf,
    text: String,
}

impl Document {
    /// Paths from the document's folder.
    fn resolve(&self, link: &str) -> PathBuf {
        root().join(self.path.parent().unwrap_or(Path::new(""))).join(link)
    }

    /// Text in backticks, outside of fenced blocks.
    fn quoted(&self) -> Vec<&str> {
        let mut fenced = false;
        let mut quoted = Vec::new();
        for line in self.text.lines() {
            fenced ^= line.starts_with("```");
            if !fenced {
                quoted.extend(line.split(QUOTE).skip(1).step_by(2));
            }
        }
        quoted
    }
}

/// Files below a folder whose names end so, as paths from the root.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root().join(folder)).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let name = PathBuf::from(entry.expect("an entry").file_name());
        let path = folder.join(&name);
        if root().join(&path).is_dir() {
            if !SKIPPED.iter().any(|skipped| name.as_path() == Path::new(skipped)) {
                found.extend(files(&path, ending));
            }
        } else if name.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn documents() -> Vec<Document> {
    let documents: Vec<Document> =
        files(Path::new(""), ".md").into_iter().map(|path| Document { text: read(&path), path }).collect();
    assert!(documents.len() > 80, "only {} documents", documents.len());
    documents
}

/// Comments and descriptions of templates, scripts and manifests.
fn comments() -> Vec<Document> {
    let mut paths: Vec<PathBuf> =
        [".yaml", ".toml", ".sh", ".py"].iter().flat_map(|ending| files(Path::new(""), ending)).collect();
    paths.extend(["Makefile", ".ci/run"].map(PathBuf::from));
    let is_prose = |line: &&str| line.trim_start().starts_with('#') || line.contains("Description:");
    paths
        .into_iter()
        .map(|path| Document { text: read(&path).lines().filter(is_prose).collect::<Vec<_>>().join("\n"), path })
        .collect()
}

/// A heading as a link anchor.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

fn assert_none(problems: &[String]) {
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

#[test]
fn every_link_leads_somewhere() {
    let mut problems = Vec::new();
    let mut links = 0;
    for document in documents() {
        for target in document.text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link) {
            if target.contains("://") || target.contains(char::is_whitespace) || target.contains(QUOTE) {
                continue;
            }
            links += 1;
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let path = if file.is_empty() { root().join(&document.path) } else { document.resolve(file) };
            if !path.exists() {
                problems.push(format!("{}: there is no {target}", document.path.display()));
            } else if !heading.is_empty() {
                let text = fs::read_to_string(&path).expect("a document");
                let headings = text.lines().filter(|line| line.starts_with('#'));
                if !headings.into_iter().any(|line| anchor(line.trim_start_matches('#')) == heading) {
                    problems.push(format!("{}: no heading for {target}", document.path.display()));
                }
            }
        }
    }
    assert_none(&problems);
    assert!(links > 150, "only {links} links were looked at");
}

fn is_storefront_source(document: &Document, word: &str) -> bool {
    let is_source = [".ts", ".tsx", ".mjs", ".css"].iter().any(|ending| word.ends_with(ending));
    document.path.starts_with("frontend") && word.contains('/') && is_source
}

#[test]
fn every_path_in_docs_and_comments_exists() {
    let mut problems = Vec::new();
    let mut paths = 0;
    for document in documents().into_iter().chain(comments()) {
        let separators = |c: char| c.is_whitespace() || "`()[]|,;:=\"'".contains(c);
        for word in document.text.split(separators) {
            let word = word.trim_end_matches(['.', '#', '→', '⇄']);
            let word = word.split('#').next().unwrap_or_default();
            let is_path =
                FOLDERS.iter().any(|folder| word.starts_with(folder)) || is_storefront_source(&document, word);
            let is_built = word.split('/').any(|part| SKIPPED.contains(&part));
            if !is_path || is_built || PLACEHOLDERS.iter().any(|placeholder| word.contains(placeholder)) {
                continue;
            }
            paths += 1;
            // frontend/README.md names files from its own folder and from frontend/src.
            let places = [root().join(word), document.resolve(word), document.resolve("src").join(word)];
            if !places.iter().any(|place| place.exists()) {
                problems.push(format!("{}: there is no {word}", document.path.display()));
            }
        }
    }
    assert_none(&problems);
    assert!(paths > 150, "only {paths} paths were looked at");
}

#[test]
fn every_make_target_in_the_docs_exists() {
    let makefile = read("Makefile");
    let targets: BTreeSet<&str> =
        makefile.lines().filter_map(|line| line.split_once(": ")).map(|(name, _)| name).collect();
    let mut problems = Vec::new();
    for document in documents() {
        for command in document.quoted() {
            let Some(target) = command.strip_prefix("make ").and_then(|rest| rest.split_whitespace().next()) else {
                continue;
            };
            if !targets.contains(target) {
                problems.push(format!("{}: there is no `make {target}`", document.path.display()));
            }
        }
    }
    assert_none(&problems);
}

/// Whether quoted text names an item of the code: a path such as `a::b`, or the name of a test.
fn is_item(quoted: &str) -> bool {
    let is_name = quoted.chars().all(|c| c.is_ascii_alphanumeric() || "_:!".contains(c));
    is_name && (quoted.contains("::") || quoted.matches('_').count() > 3) && !quoted.contains(char::is_uppercase)
}

#[test]
fn items_of_the_code_in_the_docs_exist() {
    let folders = ["functions", "shared", "tools", "verify", "tests"];
    let sources = folders.iter().flat_map(|folder| [".rs", ".sql"].map(|ending| files(Path::new(folder), ending)));
    let code: String = sources.flatten().map(read).collect();
    let mut problems = Vec::new();
    for document in documents() {
        for quoted in document.quoted().into_iter().filter(|quoted| is_item(quoted)) {
            let name = quoted.rsplit("::").next().unwrap_or_default().trim_end_matches('!');
            if !code.contains(name) {
                problems.push(format!("{}: there is no `{quoted}`", document.path.display()));
            }
        }
    }
    assert_none(&problems);
}

/// Runbooks tell people to search for them.
#[test]
fn log_messages_in_the_docs_are_those_of_the_code() {
    let code: String =
        ["functions", "shared"].iter().flat_map(|folder| files(Path::new(folder), ".rs")).map(read).collect();
    let mut problems = Vec::new();
    let mut messages = 0;
    for name in ["docs/operations.md", "docs/observability.md", "docs/dead-letters.md"] {
        let document = Document { path: PathBuf::from(name), text: read(name) };
        for quoted in document.quoted() {
            let is_sentence = quoted.starts_with(char::is_uppercase) && quoted.ends_with('.') && quoted.contains(' ');
            if is_sentence {
                messages += 1;
                if !code.contains(quoted) {
                    problems.push(format!("{name}: no function logs `{quoted}`"));
                }
            }
        }
    }
    assert_none(&problems);
    assert!(messages >= 8, "only {messages} messages were looked at");
}

#[test]
fn decisions_have_no_gap_and_say_their_date_and_status() {
    let mut problems = Vec::new();
    let list = read(format!("{DECISIONS}/README.md"));
    let names: Vec<String> = files(Path::new(DECISIONS), ".md")
        .iter()
        .filter_map(|path| path.file_name().map(|name| name.to_string_lossy().into_owned()))
        .filter(|name| name != "README.md")
        .collect();
    for (index, name) in names.iter().enumerate() {
        let number = index + 1;
        let text = read(format!("{DECISIONS}/{name}"));
        let lines: Vec<&str> = text.lines().collect();
        let title = lines.first().and_then(|line| line.strip_prefix(&format!("# {number}. ")));
        let date = lines.get(2).and_then(|line| line.strip_prefix("- Date: ")).unwrap_or_default();
        let status = lines.get(3).and_then(|line| line.strip_prefix("- Status: ")).unwrap_or_default();
        let is_date = date.len() == 10 && date.chars().all(|c| c.is_ascii_digit() || c == '-');
        let checks = [
            (name.starts_with(&format!("{number:04}-")), "its number leaves a gap or is there twice"),
            (title.is_some(), "its first line is not `# NUMBER. Title`"),
            (is_date, "its third line is not `- Date: YYYY-MM-DD`"),
            (
                status.starts_with("accepted") || status.starts_with("superseded"),
                "its fourth line is not `- Status: …`",
            ),
            (
                title.is_some_and(|title| list.contains(&format!("- [{number}]({name}): {title}\n"))),
                "README.md does not list it with its title",
            ),
        ];
        problems.extend(checks.iter().filter(|(good, _)| !good).map(|(_, problem)| format!("{name}: {problem}")));
    }
    assert_none(&problems);
    assert_eq!(list.lines().filter(|line| line.starts_with("- [")).count(), names.len(), "README.md lists each once");
}

#[test]
fn every_call_of_api_http_is_a_route() {
    let openapi: serde_json::Value = serde_json::from_str(&read("docs/openapi.json")).expect("JSON");
    let routes = openapi["paths"].as_object().expect("paths");
    let text = read("api.http");
    let mut calls = 0;
    for line in text.lines() {
        let Some((method, url)) = line.split_once(" {{api}}") else { continue };
        calls += 1;
        let path = format!("/api{}", url.split('?').next().unwrap_or_default());
        let exists = routes.iter().any(|(route, operations)| {
            let (wanted, found): (Vec<&str>, Vec<&str>) = (route.split('/').collect(), path.split('/').collect());
            let same = wanted.len() == found.len()
                && wanted.iter().zip(&found).all(|(part, given)| part == given || part.starts_with('{'));
            same && operations.get(method.to_lowercase()).is_some()
        });
        assert!(exists, "api.http: there is no {method} {path}");
    }
    assert!(calls > 25, "only {calls} calls were looked at");
}
