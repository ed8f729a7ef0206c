//! The synthetic messenger over real sockets: signatures, actions, faults, pages, and the feed that calls Vigie.

mod actions;
mod faults;
mod feed;
mod pages;
mod pulls;
mod rig;
