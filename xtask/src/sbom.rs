//! `cargo xtask sbom`: what the program is built from, as a CycloneDX document.
//!
//! What it is: cargo's own resolution, the licences the packages state, and the checksums of `Cargo.lock`, written down in
//! the form that other programs read. The same tree gives the same bytes: no moment, no serial number, no path of a machine.
//! What it is not: a judgement. Licences, bans and sources are judged by `deny.toml`, weaknesses by `cargo audit`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{Context, bail};
use serde_json::{Value, json};

use crate::{environment, step};

pub(crate) const HELP: &str = "\
what the program is built from, as a CycloneDX document (JSON, 1.5)

Usage: cargo xtask sbom [--target TRIPLE] [--out FILE]

Every package that the program needs on the target, with version, package URL, licence and SHA-256 as Cargo.lock has them,
and who needs whom. What only builds it (build scripts, procedural macros and what they need) has the scope `excluded`: it
is no part of the program, and runs on the machine that makes it.

  --target TRIPLE   the target [default: x86_64-unknown-linux-gnu]
  --out FILE        where to write [default: sbom/vigie.cdx.json in cargo's target folder]";

/// The package whose program is delivered.
const DELIVERED: &str = "vigie";

pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let mut target = "x86_64-unknown-linux-gnu".to_owned();
    let mut out = None;
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--target" => target.clone_from(words.next().context("--target wants a triple")?),
            "--out" => out = Some(PathBuf::from(words.next().context("--out wants a file")?)),
            unknown => bail!("`{unknown}` is not an option of `cargo xtask sbom`; see --help"),
        }
    }
    let out = match out {
        Some(out) => std::path::absolute(out)?,
        None => step::target_directory()?.join("sbom/vigie.cdx.json"),
    };
    let arguments = ["metadata", "--locked", "--format-version", "1", "--filter-platform", &target];
    let metadata = step::output(&mut step::cargo(arguments))?;
    let metadata = serde_json::from_str(&metadata).context("cargo metadata is not JSON")?;
    let lock = std::fs::read_to_string(environment::workspace_root().join("Cargo.lock"))
        .context("cannot read Cargo.lock")?;
    let document = Tree::read(&metadata, &checksums(&lock))?.document();
    let folder = out.parent().context("the file lies in a folder")?;
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let text = format!("{document:#}\n");
    std::fs::write(&out, text).with_context(|| format!("cannot write {}", out.display()))?;
    let count = document["components"].as_array().map_or(0, Vec::len);
    eprintln!("{count} components are in {}", out.display());
    Ok(())
}

/// The packages that the program needs, and the arrows between them. Keys are `name@version`.
struct Tree<'a> {
    root: String,
    packages: BTreeMap<String, &'a Value>,
    arrows: BTreeMap<String, BTreeSet<String>>,
    /// What is part of the running program.
    linked: BTreeSet<String>,
    checksums: &'a BTreeMap<String, String>,
}

impl<'a> Tree<'a> {
    fn read(metadata: &'a Value, checksums: &'a BTreeMap<String, String>) -> anyhow::Result<Self> {
        let by_id: BTreeMap<&str, &Value> =
            list(&metadata["packages"])?.iter().map(|package| (text(&package["id"]), package)).collect();
        let nodes: BTreeMap<&str, &Value> =
            list(&metadata["resolve"]["nodes"])?.iter().map(|node| (text(&node["id"]), node)).collect();
        let root =
            by_id.iter().find(|(_, package)| package["name"] == DELIVERED).context("no such package")?.0;
        let mut tree = Self {
            root: key(by_id[root]),
            packages: BTreeMap::new(),
            arrows: BTreeMap::new(),
            linked: BTreeSet::new(),
            checksums,
        };
        // First what is linked, then what only builds it; a package that is both stays linked.
        let mut waiting = vec![(*root, true)];
        while let Some((id, is_linked)) = waiting.pop() {
            let package = by_id[id];
            let name = key(package);
            let is_linked = is_linked && !is_macro(package);
            let is_new = tree.packages.insert(name.clone(), package).is_none();
            let is_newly_linked = is_linked && tree.linked.insert(name.clone());
            if !is_new && !is_newly_linked {
                continue;
            }
            for need in list(&nodes[id]["deps"])? {
                let other = text(&need["pkg"]);
                let kinds: Vec<_> =
                    list(&need["dep_kinds"])?.iter().map(|kind| kind["kind"].as_str()).collect();
                if kinds.iter().all(|kind| *kind == Some("dev")) {
                    continue;
                }
                tree.arrows.entry(name.clone()).or_default().insert(key(by_id[other]));
                waiting.push((other, is_linked && kinds.contains(&None)));
            }
        }
        Ok(tree)
    }

    fn document(&self) -> Value {
        let others = self.packages.iter().filter(|(name, _)| **name != self.root);
        let components: Vec<_> =
            others.map(|(name, package)| self.component(name, package, "library")).collect();
        let nothing = BTreeSet::new();
        let dependencies: Vec<_> = self
            .packages
            .keys()
            .map(|name| json!({ "ref": name, "dependsOn": self.arrows.get(name).unwrap_or(&nothing) }))
            .collect();
        json!({
            "bomFormat": "CycloneDX",
            "specVersion": "1.5",
            "version": 1,
            "metadata": { "component": self.component(&self.root, self.packages[&self.root], "application") },
            "components": components,
            "dependencies": dependencies,
        })
    }

    fn component(&self, name: &str, package: &Value, kind: &str) -> Value {
        let mut component = json!({
            "type": kind,
            "bom-ref": name,
            "name": package["name"],
            "version": package["version"],
            "purl": format!("pkg:cargo/{name}"),
            "scope": if self.linked.contains(name) { "required" } else { "excluded" },
        });
        if let Some(license) = package["license"].as_str() {
            component["licenses"] = json!([{ "expression": expression(license) }]);
        }
        if let Some(checksum) = self.checksums.get(name) {
            component["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
        }
        if let Some(repository) = package["repository"].as_str() {
            component["externalReferences"] = json!([{ "type": "vcs", "url": repository }]);
        }
        component
    }
}

/// Older packages write a slash for a choice.
fn expression(license: &str) -> String {
    license.split('/').map(str::trim).collect::<Vec<_>>().join(" OR ")
}

fn is_macro(package: &Value) -> bool {
    let targets = package["targets"].as_array().map(Vec::as_slice).unwrap_or_default();
    let kinds = targets.iter().filter_map(|target| target["kind"].as_array()).flatten();
    kinds.into_iter().any(|kind| kind == "proc-macro")
}

fn key(package: &Value) -> String {
    format!("{}@{}", text(&package["name"]), text(&package["version"]))
}

/// `name@version` of each package of `Cargo.lock` that came from a registry, with its checksum.
fn checksums(lock: &str) -> BTreeMap<String, String> {
    let value = |block: &str, field: &str| {
        let line = block.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(" = \""));
        Some(line?.strip_suffix('"')?.to_owned())
    };
    let blocks = lock.split("[[package]]").skip(1);
    let of = |block: &str| {
        let name = format!("{}@{}", value(block, "name")?, value(block, "version")?);
        Some((name, value(block, "checksum")?))
    };
    blocks.filter_map(of).collect()
}

fn list(value: &Value) -> anyhow::Result<&Vec<Value>> {
    value.as_array().context("cargo metadata holds a list here")
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
