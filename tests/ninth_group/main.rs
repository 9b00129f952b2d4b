//! A ninth endpoint group, added to a scratch copy of the checkout as CONTRIBUTING.md says: the edits of
//! existing files are exactly those that it lists, and no more than twelve.
//!
//! In the ordinary run the edits are made and everything that is generated finds its place. `make
//! ninth-group` also compiles the copy and runs the tests that look at all groups, which takes as long as a
//! build of the workspace.

mod edits;
mod scratch;

use std::collections::{BTreeMap, BTreeSet};

use api::{Access, Repeat, Route};
use tests::cloudformation::Template;
use tests::root;

use edits::EDITS;
use scratch::ScratchCheckout;

/// How many places of existing files a ninth group may need.
const MAX_EDITS: usize = 12;

/// The files that CONTRIBUTING.md names for a ninth group: those of its table.
fn documented_files() -> BTreeMap<String, usize> {
    let text = std::fs::read_to_string(root().join("CONTRIBUTING.md")).expect("CONTRIBUTING.md");
    let section = text.split("## A ninth endpoint group").nth(1).expect("its section");
    let section = section.split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" | "));
    let mut files = BTreeMap::new();
    for (_, rest) in rows.filter(|(number, _)| number.parse::<usize>().is_ok()) {
        *files.entry(rest.split('`').nth(1).expect("a file's name").to_owned()).or_default() += 1;
    }
    files
}

/// The places that are edited in a file: edits of neighboring lines are one.
fn edited_places(file: &str) -> usize {
    let text = std::fs::read_to_string(root().join(file)).expect(file);
    let line_of = |find: &str| text[..text.find(find).unwrap_or_else(|| panic!("{file}: {find:?}"))].lines().count();
    let lines: BTreeSet<usize> = EDITS.iter().filter(|edit| edit.file == file).map(|edit| line_of(edit.find)).collect();
    lines.iter().filter(|line| !lines.contains(&(*line - 1))).count()
}

/// What `web::endpoints!` of the new group says, as `api::routes()` has it once the group compiles.
fn wishlist_routes() -> Vec<Route> {
    let route = |method: &str, path: &str, operation: &str, access: Access, repeat: Option<&str>| Route {
        group: "wishlists".to_owned(),
        operation_id: operation.to_owned(),
        method: method.to_owned(),
        path: path.to_owned(),
        access,
        repeat: repeat.map(|reason| Repeat::Safe(reason.to_owned())),
        rate_class: if method == "GET" { "read" } else { "write" }.to_owned(),
        path_parameters: Vec::new(),
        headers: Vec::new(),
        query: String::new(),
        body: None,
    };
    vec![
        route("GET", "/api/wishlists", "list_wishlist", Access::Customer, None),
        route("GET", "/api/wishlists/health", "wishlists_health", Access::Anyone, None),
        route("GET", "/api/wishlists/ready", "wishlists_ready", Access::Anyone, None),
        route("DELETE", "/api/wishlists/{productId}", "remove_from_wishlist", Access::Customer, Some("once")),
        route("PUT", "/api/wishlists/{productId}", "add_to_wishlist", Access::Customer, Some("once")),
    ]
}

#[test]
fn a_ninth_group_takes_the_edits_that_contributing_lists_and_no_more_than_twelve() {
    let files: BTreeSet<&str> = EDITS.iter().map(|edit| edit.file).collect();
    let made: BTreeMap<String, usize> = files.into_iter().map(|file| (file.to_owned(), edited_places(file))).collect();
    assert_eq!(made, documented_files(), "the edits made, and the table of CONTRIBUTING.md");
    assert!(made.values().sum::<usize>() <= MAX_EDITS, "{made:?}");
}

#[test]
fn what_is_generated_finds_its_place_in_the_edited_files() {
    let scratch = ScratchCheckout::of_edited_files();
    let groups: Vec<&str> = api::GROUPS.into_iter().chain(["wishlists"]).collect();
    let routes: Vec<Route> = api::routes().into_iter().chain(wishlist_routes()).collect();
    let files = api::generated_files(&scratch.folder, &groups, &routes).unwrap_or_else(|problem| panic!("{problem}"));
    for (file, text) in &files {
        scratch.write(file, text);
    }
    let router: toml::Table = scratch.read("Cargo.toml").parse().expect("TOML");
    assert_eq!(
        router["workspace"]["metadata"]["lambda"]["watch"]["router"]["/api/wishlists"].as_str(),
        Some("wishlists")
    );
    let template = |file: &str| Template::parse("scratch", &scratch.read(file)).document;
    let events = &template("template.yaml")["Resources"]["Wishlists"]["Properties"]["Events"];
    assert_eq!(events.as_object().map(|events| events.len()), Some(5), "{events}");
    assert_eq!(events["AddToWishlist"]["Properties"]["Method"], "PUT");
    assert!(template("infra/functions.yaml")["Outputs"]["WishlistsRoleArn"].is_object());
    let balancer = template("infra/alb.yaml");
    assert_eq!(balancer["Resources"]["WishlistsGroup"]["Properties"]["Parameters"]["Priority"], 90);
    assert!(
        files["docs/routes.md"]
            .contains("| `PUT /api/wishlists/{productId}` | `add_to_wishlist` | any signed-in user with an account |")
    );
}

/// A list of all groups in one more file would be one more edit.
#[test]
fn no_other_file_lists_the_groups() {
    // Of these words each is also a word of the shop: stories and the contract have them all.
    const STORIES: [&str; 4] = [
        "tests/bill/use_cases.rs",
        "tests/contract.rs",
        "tests/purchase.rs",
        "tools/lambda-harness/tests/functions/event_sources.rs",
    ];
    let edited: BTreeSet<&str> = EDITS.iter().map(|edit| edit.file).collect();
    let lists = |text: &str| {
        let words: BTreeSet<&str> = text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').collect();
        api::GROUPS.iter().all(|group| words.contains(group))
    };
    let code = ["rs", "toml", "yaml", "yml", "sh", "py", "json"];
    let files = scratch::tracked_files().into_iter().filter(|file| {
        let ending = file.rsplit('.').next().unwrap_or_default();
        code.contains(&ending)
            && !["frontend/", "docs/", "events/", ".sqlx/"].iter().any(|folder| file.starts_with(folder))
    });
    let other: Vec<String> = files
        .filter(|file| !edited.contains(file.as_str()) && !STORIES.contains(&file.as_str()) && file != "infra/alb.yaml")
        .filter(|file| std::fs::read_to_string(root().join(file)).is_ok_and(|text| lists(&text)))
        .collect();
    assert!(other.is_empty(), "each has a list of all groups of its own: {other:?}");
}

/// With `make ninth-group`: the copy compiles, what is generated is generated by its own programs, and the
/// tests that look at every group pass.
#[test]
#[ignore = "as long as a build of the workspace: make ninth-group"]
fn the_copy_with_nine_groups_compiles_and_passes_the_tests_of_all_groups() {
    ScratchCheckout::whole().build_and_test();
}
