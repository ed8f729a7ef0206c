//! A page that lists what will happen before the button that makes it happen.

use askama::Template;

use crate::frame::Frame;

/// Asks before an act that is hard to undo.
#[derive(Template)]
#[template(path = "confirm.html")]
pub(crate) struct Confirm {
    /// The frame; its title names the act and its object.
    pub(crate) frame: Frame,
    /// What will happen, a sentence each.
    pub(crate) consequences: Vec<String>,
    /// The verb on the button.
    pub(crate) button: String,
    /// Where to go instead.
    pub(crate) back: String,
    /// Where the form goes.
    pub(crate) action: String,
}
