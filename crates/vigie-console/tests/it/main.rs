//! The console as a browser meets it: doors, sessions, languages, headers, and the walks through its pages.

mod doors;
mod house;
mod review;
mod walks;
