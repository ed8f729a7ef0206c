//! Weaknesses of libraries that were known when a part was chosen: none of them comes in by a later change, also where no
//! database can be fetched. What is published since is asked by `cargo xtask lint`.
//!
//! To add one: a line in [`KNOWN`].

use crate::repository::read;

/// Package, the first version without the weakness (none where it is not wanted at all), and which it is.
const KNOWN: &[(&str, Option<[u64; 3]>, &str)] = &[
    ("age", Some([0, 11, 1]), "RUSTSEC-2024-0433: a plugin's name runs any program"),
    ("diesel", Some([2, 3, 14]), "RUSTSEC-2024-0365 and six of 2026"),
    (
        "ed25519-dalek",
        Some([2, 0, 0]),
        "RUSTSEC-2022-0093: a public key of somebody else gives the secret away",
    ),
    ("image", Some([0, 23, 12]), "two of 2019 and 2020: memory unsafety"),
    ("kamadak-exif", Some([0, 5, 3]), "denial of service by a tag (2021)"),
    ("libwebp-sys", None, "RUSTSEC-2023-0061, and a decoder in C in any version"),
    ("lopdf", None, "RUSTSEC-2026-0187: stack overflow"),
    ("sqlx", Some([0, 8, 1]), "RUSTSEC-2024-0363: lengths of the wire protocol overflow"),
    ("tracing-subscriber", Some([0, 3, 20]), "RUSTSEC-2025-0055: escape sequences in logs"),
    ("wasmtime", None, "RUSTSEC-2026-0095 and -0096: ways out of the sandbox, and forty more"),
    ("webp", None, "RUSTSEC-2024-0443"),
    ("zip", Some([2, 3, 0]), "RUSTSEC-2025-0168: a symlink leads out of the folder"),
];

#[test]
fn no_weakness_that_was_known_comes_in() {
    let found = weak(&read("Cargo.lock"));
    assert!(found.is_empty(), "in Cargo.lock: {found:#?}");
}

/// RUSTSEC-2023-0071 is about the timing of private keys. Who verifies passkeys and tokens of a sign-in service has none; nobody else may
/// bring it.
#[test]
fn rsa_only_verifies_passkeys() {
    let lock = read("Cargo.lock");
    let users: Vec<_> = lock
        .split("[[package]]")
        .filter(|block| {
            block.lines().any(|line| line.trim() == "\"rsa\"," || line.trim().starts_with("\"rsa "))
        })
        .filter_map(|block| block.lines().find_map(|line| line.strip_prefix("name = ")))
        .collect();
    assert_eq!(users, ["\"crypto-glue\"", "\"openidconnect\""], "see docs/decisions/0071 and 0076");
}

#[test]
fn age_takes_no_plugin() {
    let manifest = read("Cargo.toml");
    let line = manifest.lines().find(|line| line.starts_with("age = ")).expect("age seals evidence");
    assert!(line.contains("default-features = false") && !line.contains("plugin"), "{line}");
}

#[test]
fn a_weak_version_is_told_from_a_mended_one() {
    let lock = |version: &str| format!("[[package]]\nname = \"zip\"\nversion = \"{version}\"\n");
    assert_eq!(weak(&lock("2.2.9")).len(), 1);
    assert_eq!(weak(&lock("2.3.0-rc.1")).len(), 1, "what came before the version is not it");
    assert!(weak(&lock("2.3.0")).is_empty() && weak(&lock("9.4.1")).is_empty());
    assert_eq!(weak("[[package]]\nname = \"lopdf\"\nversion = \"99.0.0\"\n").len(), 1);
}

fn weak(lock: &str) -> Vec<String> {
    let packages = lock.split("[[package]]").skip(1).filter_map(|block| {
        let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
        let quoted = |text: &str| text.trim_matches(['=', ' ', '"']).to_owned();
        Some((quoted(field("name")?), quoted(field("version")?)))
    });
    packages
        .filter_map(|(name, version)| {
            let (_, mended, what) = KNOWN.iter().find(|(known, _, _)| *known == name)?;
            let is_mended = mended.is_some_and(|mended| !version.contains('-') && parts(&version) >= mended);
            (!is_mended).then(|| format!("{name} {version}: {what}"))
        })
        .collect()
}

fn parts(version: &str) -> [u64; 3] {
    let mut parts = version.split(['.', '-', '+']).map(|part| part.parse().unwrap_or(0));
    std::array::from_fn(|_| parts.next().unwrap_or(0))
}
