//! template.yaml and infra/ compared with the code: whatever both say must agree.

mod alarms;
mod capacity;
mod cloudfront;
mod costs;
mod data;
mod deployments;
mod edge;
mod engines;
mod local_emulation;
mod network;
mod operator;
mod permissions;
mod queues;
mod routes;
mod scripts;
mod security;
mod small_shop;
mod stores;
mod variables;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tests::cloudformation::{Resource, Template, text};
use tests::root;

/// The folders of `functions/`.
fn function_folders() -> BTreeSet<String> {
    let entries =
        std::fs::read_dir(root().join("functions")).expect("functions/").map(|entry| entry.expect("a folder"));
    let folders = entries.filter(|entry| entry.path().join("Cargo.toml").is_file());
    folders.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// The functions of the template by the name of their folder.
fn functions(template: &Template) -> BTreeMap<String, Resource<'_>> {
    let functions = template.resources("AWS::Serverless::Function").into_iter();
    functions
        .map(|function| {
            let name = text(function.property("FunctionName"));
            let folder = name.strip_prefix("shop-${Stage}-").unwrap_or_else(|| panic!("{name} has another prefix"));
            (folder.to_owned(), function)
        })
        .collect()
}

/// `notification-worker` as a logical id.
fn logical_id(folder: &str) -> String {
    let word = |word: &str| word[..1].to_uppercase() + &word[1..];
    folder.split('-').map(word).collect()
}

#[test]
fn every_folder_of_functions_is_deployed_from_what_make_build_builds() {
    let template = Template::read("template.yaml");
    let functions = functions(&template);
    assert_eq!(functions.keys().cloned().collect::<BTreeSet<_>>(), function_folders());
    for (folder, function) in functions {
        assert_eq!(function.name, logical_id(&folder), "its logical id");
        assert_eq!(function.property("CodeUri"), &Value::String(format!("target/lambda/{folder}/")));
    }
}
