//! The bytes of pictures: painted when asked for, off the threads that answer requests, the latest ones kept.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;
use vigie_synth::Recipe;

/// How many painted pictures are kept.
const KEPT: usize = 128;

/// A painted picture.
#[derive(Debug, Clone)]
pub(crate) struct Painted {
    pub(crate) media_type: &'static str,
    pub(crate) bytes: Bytes,
}

/// Paints pictures, one at a time: a page full of them must not take every core from what is being shown.
#[derive(Debug)]
pub(crate) struct Files {
    turn: Semaphore,
    tasks: TaskTracker,
    kept: Mutex<VecDeque<(Recipe, Painted)>>,
}

impl Default for Files {
    fn default() -> Self {
        Self { turn: Semaphore::new(1), tasks: TaskTracker::new(), kept: Mutex::default() }
    }
}

impl Files {
    /// The file of a recipe; none when the runtime is going away.
    pub(crate) async fn file(&self, recipe: Recipe) -> Option<Painted> {
        if let Some(painted) = self.find(recipe) {
            return Some(painted);
        }
        let _turn = self.turn.acquire().await.ok()?;
        if let Some(painted) = self.find(recipe) {
            return Some(painted);
        }
        let file = self.tasks.spawn_blocking(move || recipe.render()).await.ok()?;
        let painted = Painted { media_type: file.media_type, bytes: file.bytes.into() };
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_back((recipe, painted.clone()));
        if kept.len() > KEPT {
            kept.pop_front();
        }
        Some(painted)
    }

    fn find(&self, recipe: Recipe) -> Option<Painted> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|(made, _)| *made == recipe).map(|(_, painted)| painted.clone())
    }
}
