//! What makes acts provable afterwards.
//!
//! What it is: the mathematics of the ledger. Canonical details, salted entries and their leaves ([`ledger`]); the tree
//! ([`merkle`]) and its files ([`tile`], [`layout`]); what a log commits to ([`note`], [`checkpoint`]) and what is proven by
//! it ([`proof`]); how it is verified ([`audit`]) and watched ([`witness`]),
//! and numbers that its entries prove ([`accounts`]). And what leaves the house signed and sealed:
//! [`envelope`], [`grants`], [`package`], and what authorities and services say to each other: [`exchange`], [`pass`]. What it is not: it stores nothing, and takes salts, keys and time from its caller; age
//! alone draws the keys of what it seals from the operating system.
//!
//! To add a sealed thing: a module of its own, pure functions, with the public test vectors of its standard.

pub mod accounts;
pub mod audit;
pub mod canonical;
pub mod checkpoint;
pub mod envelope;
pub mod exchange;
pub mod grants;
pub mod layout;
pub mod ledger;
pub mod merkle;
pub mod note;
pub mod package;
pub mod pass;
pub mod proof;
pub mod tile;
pub mod witness;
