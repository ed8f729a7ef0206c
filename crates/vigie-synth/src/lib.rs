//! Synthetic operations with ground truth: what Vigie's tests and demo show instead of real material.
//!
//! What it is: generated landscapes ([`landscape`]), the copies that travel of them ([`variants`]), and a whole
//! messenger full of invented people who post them ([`Operation`]), all decided by a seed. Some pictures are called
//! "known" and stand in a bank; the [`GroundTruth`](operation::GroundTruth) says which message carries a copy of which.
//! What it is not: it decodes nothing, and knows no socket, database, clock or environment.
//!
//! What authorities ask is in [`requests`].
//!
//! To add a kind of picture: a module like [`landscape`]. To add a change to copies: [`variants::Variant`]. To add a
//! kind of content: see [`operation`].
//!
//! ```
//! use vigie_model::Moment;
//! use vigie_synth::{Operation, Plan};
//!
//! let operation = Operation::generate(&Plan::small(7, Moment::from_unix_seconds(1_800_000_000)));
//! let (message, copy) = operation.known_copies().next().expect("some messages carry known images");
//! let media = &operation.media[message.media.as_ref().unwrap()];
//! println!("{} carries {} as {:?}", message.id, operation.known[copy.known].name, copy.variant);
//! assert!(media.recipe.render().bytes.len() > 1000);
//! ```

mod build;
pub mod ids;
pub mod landscape;
mod lettering;
pub mod media;
mod noise;
pub mod operation;
pub mod picture;
mod posts;
pub mod random;
pub mod requests;
pub mod stream;
pub mod variants;
mod words;

pub use ids::{AccountId, ConversationId, MediaId, MessageId};
pub use media::{File, Media, Recipe};
pub use operation::{Operation, Plan};
pub use picture::{Encoding, Picture, Size};
pub use posts::Post;
pub use random::Random;
pub use stream::{Event, Stream};
pub use variants::Variant;
