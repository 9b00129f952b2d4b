//! What each crate of the workspace depends on: cargo's own resolution of `Cargo.lock`, for the
//! platform that Lambda is, without dependencies of tests.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::sync::LazyLock;

use serde_json::Value;

use crate::root;

static DEPENDENCIES: LazyLock<Dependencies> = LazyLock::new(Dependencies::resolve);

/// The crates of the workspace by folder, and the dependency graph below them.
pub struct Dependencies {
    /// Crate and folder from the checkout's root (`shared/web`).
    folders: BTreeMap<String, String>,
    /// The keys are package ids.
    edges: BTreeMap<String, Vec<String>>,
    names: BTreeMap<String, String>,
}

impl Dependencies {
    /// Those of this checkout; asked for once.
    ///
    /// # Panics
    /// When cargo cannot resolve them offline.
    pub fn of_workspace() -> &'static Self {
        &DEPENDENCIES
    }

    fn resolve() -> Self {
        let platform = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version=1", "--locked", "--offline", "--filter-platform", &platform])
            .current_dir(root())
            .output()
            .expect("cargo starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON");
        let workspace = text(&metadata["workspace_root"]);
        let (mut names, mut folders) = (BTreeMap::new(), BTreeMap::new());
        for package in array(&metadata["packages"]) {
            let (id, name) = (text(&package["id"]), text(&package["name"]));
            let manifest = text(&package["manifest_path"]);
            if package["source"].is_null() {
                let folder = manifest.trim_start_matches(&workspace).trim_end_matches("Cargo.toml").trim_matches('/');
                folders.insert(name.clone(), folder.to_owned());
            }
            names.insert(id, name);
        }
        let nodes = array(&metadata["resolve"]["nodes"]);
        let edges = nodes.iter().map(|node| (text(&node["id"]), linked_packages(node))).collect();
        Self { folders, edges, names }
    }

    /// The crates in a folder of the checkout, such as `shared`.
    pub fn crates_in(&self, folder: &str) -> BTreeSet<&str> {
        let prefix = format!("{folder}/");
        self.folders.iter().filter(|(_, at)| at.starts_with(&prefix)).map(|(name, _)| name.as_str()).collect()
    }

    /// Where a crate of the workspace is, from the checkout's root.
    ///
    /// # Panics
    /// When there is no such crate.
    pub fn folder(&self, name: &str) -> &str {
        self.folders.get(name).unwrap_or_else(|| panic!("no crate {name}"))
    }

    /// What a crate of the workspace names in its manifest.
    pub fn direct(&self, name: &str) -> BTreeSet<&str> {
        self.edges[self.id(name)].iter().map(|id| self.names[id].as_str()).collect()
    }

    /// Everything that a crate of the workspace links, however far below it.
    pub fn linked(&self, name: &str) -> BTreeSet<&str> {
        let (mut seen, mut open) = (BTreeSet::new(), vec![self.id(name)]);
        while let Some(id) = open.pop() {
            for next in &self.edges[id] {
                if seen.insert(next.as_str()) {
                    open.push(next);
                }
            }
        }
        seen.into_iter().map(|id| self.names[id].as_str()).collect()
    }

    fn id(&self, name: &str) -> &str {
        let folder = format!("/{}", self.folder(name));
        let is_it =
            |(id, its): &(&String, &String)| *its == name && id.split('#').next().unwrap_or(id).ends_with(&folder);
        self.names.iter().find(is_it).map(|(id, _)| id.as_str()).unwrap_or_else(|| panic!("no package {name}"))
    }
}

/// The packages that a package links: not those of its tests, nor what only its build script runs.
fn linked_packages(node: &Value) -> Vec<String> {
    let is_normal = |dependency: &&Value| array(&dependency["dep_kinds"]).iter().any(|kind| kind["kind"].is_null());
    array(&node["deps"]).iter().filter(is_normal).map(|dependency| text(&dependency["pkg"])).collect()
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
