//! Tests of the repository's shape: what a reader relies on and no compiler checks.
//!
//! What it is: the arrows between the crates, the absences ARCHITECTURE.md promises, the reasons of dependencies, the
//! length and the head of files, links in documents, words that do not belong here, the papers of a trustworthy service: what it is
//! built from, what of the ASVS holds and by which test. What it is not: it runs nothing of
//! Vigie.

mod absences;
mod advisories;
mod arrows;
mod asvs;
mod dependencies;
mod documents;
mod errors;
mod files;
mod papers;
mod public_actions;
mod repository;
mod sbom;
