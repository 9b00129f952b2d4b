//! A copy of the checkout with the ninth group in it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use tests::root;

use crate::edits::EDITS;

/// Files that the new group brings, under their paths in the checkout.
const NEW_FILES: &str = "tests/ninth_group/new";
/// The tests that look at every group, of the copy.
const TESTS: [&str; 9] = ["access", "contract", "fields", "growth", "limits", "lists", "rings", "template", "writes"];

/// Where the whole copy is kept: its next build starts from what did not change.
const WHOLE_COPY: &str = ".local/ninth-group/checkout";

pub(crate) struct ScratchCheckout {
    pub(crate) folder: PathBuf,
    is_kept: bool,
}

/// What git knows of, and what is new and not ignored.
pub(crate) fn tracked_files() -> Vec<String> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git");
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    let listed = String::from_utf8(listed.stdout).expect("names");
    listed.lines().filter(|file| root().join(file).is_file()).map(str::to_owned).collect()
}

impl ScratchCheckout {
    /// The files that are edited or generated, edited.
    pub(crate) fn of_edited_files() -> Self {
        let edited = EDITS.iter().map(|edit| edit.file.to_owned());
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("ninth-group-{}-{number}", std::process::id()));
        let scratch = Self { folder, is_kept: false };
        scratch.fill(&edited.chain(["infra/alb.yaml".to_owned()]).collect::<Vec<_>>());
        scratch
    }

    /// Everything that git tracks, edited, and the new group's own files.
    pub(crate) fn whole() -> Self {
        let scratch = Self { folder: root().join(WHOLE_COPY), is_kept: true };
        let files = tracked_files();
        let new: Vec<&str> = files.iter().filter_map(|file| file.strip_prefix(NEW_FILES)?.strip_prefix('/')).collect();
        scratch.remove_all_but(&files.iter().map(String::as_str).chain(new.iter().copied()).collect());
        scratch.fill(&files);
        for file in new {
            let text = fs::read_to_string(root().join(NEW_FILES).join(file)).expect("a new file");
            scratch.write(file, &text);
        }
        scratch
    }

    fn fill(&self, files: &[String]) {
        for file in files {
            let mut bytes = fs::read(root().join(file)).expect("a file");
            for edit in EDITS.iter().filter(|edit| edit.file == file) {
                let text = String::from_utf8(bytes).expect("text");
                assert_eq!(text.matches(edit.find).count(), 1, "{file}: there is not one {:?}", edit.find);
                bytes = text.replace(edit.find, edit.replace).into_bytes();
            }
            self.write_bytes(file, &bytes);
            // Scripts stay executable.
            let from = fs::metadata(root().join(file)).expect("a file");
            fs::set_permissions(self.folder.join(file), from.permissions()).expect("permissions");
        }
    }

    /// Files of an earlier copy that are not in the checkout anymore.
    fn remove_all_but(&self, files: &BTreeSet<&str>) {
        let mut folders = vec![self.folder.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).into_iter().flatten() {
                let path = entry.expect("an entry").path();
                let name = path.strip_prefix(&self.folder).expect("a path below").to_string_lossy().into_owned();
                if path.is_dir() {
                    folders.push(path);
                } else if !files.contains(name.as_str()) {
                    fs::remove_file(&path).expect("removed");
                }
            }
        }
    }

    pub(crate) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        self.write_bytes(file, text.as_bytes());
    }

    /// A file that is as it should be keeps its time, for cargo.
    fn write_bytes(&self, file: &str, bytes: &[u8]) {
        let path = self.folder.join(file);
        if fs::read(&path).is_ok_and(|there| there == bytes) {
            return;
        }
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, bytes).expect("a file");
    }

    pub(crate) fn build_and_test(&self) {
        // Cargo.lock gets the new crate, and no version changes.
        self.cargo(&["build", "--offline", "--workspace", "--bin", "openapi", "--bin", "routes", "--bin", "events"]);
        self.write("docs/openapi.json", &self.program("openapi"));
        self.program("routes");
        self.program("events");
        let mut tests = vec!["test", "--offline", "--workspace"];
        tests.extend(TESTS.iter().flat_map(|test| ["--test", test]));
        tests.extend(["--test", "wishlist"]);
        self.cargo(&tests);
    }

    fn cargo(&self, arguments: &[&str]) {
        let cargo = option_env!("CARGO").unwrap_or("cargo");
        let done = Command::new(cargo).args(arguments).current_dir(&self.folder).status().expect("cargo");
        assert!(done.success(), "cargo {}", arguments.join(" "));
    }

    /// What a program of the copy prints.
    fn program(&self, name: &str) -> String {
        let folder = std::env::current_exe().expect("this program");
        let folder = folder.ancestors().nth(2).unwrap_or(Path::new(".")).to_owned();
        let done = Command::new(folder.join(name)).current_dir(&self.folder).output().expect(name);
        assert!(done.status.success(), "{name}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).expect("text")
    }
}

impl Drop for ScratchCheckout {
    fn drop(&mut self) {
        if !self.is_kept {
            // What is left behind is in the folder for temporary files.
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}
