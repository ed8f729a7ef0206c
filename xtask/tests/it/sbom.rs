//! The list of what the program is built from: whole, and in the form that others read.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use crate::repository::{read, root, run};

const TARGET: &str = "x86_64-unknown-linux-gnu";

fn document() -> (String, Value) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("here/vigie.cdx.json");
    let made = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["sbom", "--target", TARGET, "--out"])
        .arg(&file)
        .env("CARGO_NET_OFFLINE", "true")
        .current_dir(root())
        .output()
        .expect("xtask runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let text = std::fs::read_to_string(file).expect("it was written");
    let document = serde_json::from_str(&text).expect("it is JSON");
    (text, document)
}

/// `name@version` of what cargo builds for the program, build scripts and macros included.
fn built() -> BTreeSet<String> {
    let arguments =
        ["tree", "--locked", "--offline", "-p", "vigie", "-e", "normal,build", "--target", TARGET];
    let listed = run(env!("CARGO"), &[&arguments[..], &["--prefix", "none", "-f", "{p}"]].concat());
    let package = |line: &str| {
        let mut words = line.split_whitespace();
        Some(format!("{}@{}", words.next()?, words.next()?.strip_prefix('v')?))
    };
    listed.lines().filter_map(package).collect()
}

#[test]
fn the_bill_of_materials_is_whole_and_well_formed() {
    let (text, document) = document();
    assert_eq!((&document["bomFormat"], &document["specVersion"]), (&"CycloneDX".into(), &"1.5".into()));
    let program = &document["metadata"]["component"];
    assert_eq!((&program["name"], &program["type"]), (&"vigie".into(), &"application".into()));

    let components: BTreeMap<&str, &Value> = document["components"]
        .as_array()
        .expect("components are a list")
        .iter()
        .map(|component| (component["bom-ref"].as_str().expect("a name"), component))
        .collect();
    let mut known: BTreeSet<String> = components.keys().map(|name| (*name).to_owned()).collect();
    known.insert("vigie@0.1.0".to_owned());
    let missing: Vec<_> = built().into_iter().filter(|name| !known.contains(name)).collect();
    assert!(missing.is_empty(), "built and not listed: {missing:?}");
    assert!(!known.iter().any(|name| name.starts_with("vigie-testkit@") || name.starts_with("insta@")));

    let lock = read("Cargo.lock");
    for (name, component) in &components {
        assert_eq!(component["purl"], format!("pkg:cargo/{name}"), "{name}");
        assert!(
            component["licenses"][0]["expression"].as_str().is_some_and(|text| !text.contains('/')),
            "{name}"
        );
        let is_ours = name.starts_with("vigie-");
        let hash = component["hashes"][0]["content"].as_str();
        assert!(
            is_ours || hash.is_some_and(|hash| lock.contains(&format!("checksum = \"{hash}\""))),
            "{name}"
        );
    }
    let scope = |name: &str| {
        components.iter().find(|(known, _)| known.starts_with(name)).map(|(_, component)| &component["scope"])
    };
    assert_eq!(scope("sqlx-core@"), Some(&"required".into()));
    assert_eq!(scope("serde_derive@"), Some(&"excluded".into()), "a macro runs where it is built");

    for need in document["dependencies"].as_array().expect("dependencies are a list") {
        let names = need["dependsOn"].as_array().expect("a list").iter().chain([&need["ref"]]);
        for name in names {
            assert!(known.contains(name.as_str().expect("a name")), "an arrow leads to {name}");
        }
    }
    let place = root().to_string_lossy().into_owned();
    assert!(!text.contains(&place) && !text.contains("file://"), "it tells where it was made");
}
