//! The screens of Vigie's desks, rendered on the server, in English and French.
//!
//! What it is: translation between a browser and the use cases of `vigie-app`. A handler parses a form, calls one use
//! case, and renders a page or sends the browser on. Every act is a real form or link first; scripts only make it
//! quicker. What it is not: it decides nothing, knows no SQL, and never calls the JSON API.
//!
//! To add a page: `pages/NAME.rs` with its typed template context, `templates/NAME.html`, its texts in
//! `locales/{en,fr}/NAME.ftl` (named in `language.rs`), and its doors in `pages.rs`. The list of routes, the refusal of
//! strangers and the check of the texts follow by themselves. To add a desk to the rail: a variant of
//! `section::Section`.

mod agent;
mod assets;
mod cookie;
mod door;
mod failure;
mod fields;
mod frame;
mod guard;
mod language;
mod pages;
mod parts;
mod router;
mod section;
mod security;
mod uploads;
mod visit;
mod writing;

pub use door::Route;
pub use router::{Console, router, routes};
