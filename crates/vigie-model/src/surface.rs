//! Where content appears, and why it may be examined there.

use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::id::BasisId;

crate::names! {
    /// Where content appears.
    pub enum Surface {
        /// A one-way channel anybody can read.
        PublicChannel => "public_channel",
        /// A group anybody can read or join.
        PublicGroup => "public_group",
        /// A group by invitation.
        PrivateGroup => "private_group",
        /// A conversation of two.
        DirectMessage => "direct_message",
        /// An avatar, a profile, a sticker pack, the picture of a group.
        Profile => "profile",
        /// What a participant reported.
        ReportedItem => "reported_item",
    }
}

impl Surface {
    /// Whether people expect privacy here. Private surfaces are off until an operator enters a basis.
    #[must_use]
    pub fn is_private(self) -> bool {
        matches!(self, Self::PrivateGroup | Self::DirectMessage)
    }
}

crate::names! {
    /// A technique that a basis may allow.
    pub enum Technique {
        /// Comparison of exact digests.
        ExactDigest => "exact_digest",
        /// Comparison of perceptual hashes.
        PerceptualHash => "perceptual_hash",
    }
}

/// Why a surface may be examined, for how long, and how: one version of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DetectionBasis {
    /// Its identifier.
    pub id: BasisId,
    /// The surface it speaks of.
    pub surface: Surface,
    /// Counts up from 1 for each surface.
    pub version: i64,
    /// The legal ground, with its article.
    pub legal_ground: String,
    /// From when it holds.
    pub valid_from: Moment,
    /// Until when it holds; without end if none.
    pub valid_until: Option<Moment>,
    /// What may be compared.
    pub techniques: Vec<Technique>,
    /// Where the impact assessment is found.
    pub assessment_reference: String,
    /// Whether signals without a match are kept (for at most 30 days) for a later retro-hunt.
    pub history: bool,
}

impl DetectionBasis {
    /// Whether it holds at this moment.
    #[must_use]
    pub fn holds_at(&self, moment: Moment) -> bool {
        self.valid_from <= moment && self.valid_until.is_none_or(|end| moment < end)
    }
}
