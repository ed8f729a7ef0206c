//! Form 3 of Regulation (EU) 2023/1543 (Annex III): that something cannot be carried out, must not be, or needs clarifying.
//!
//! What it is: the value that the desk fills, its XML for the machine of the authority, and its paper for people. What it is
//! not: the decision. Names of elements stand in [`names`](super::forms::names); those of the reasons are all provisional.
//!
//! To add a part: a field of [`NonExecution`], its element in [`xml()`], its paragraph in [`paper()`].

mod paper;
mod xml;

use vigie_model::Moment;
use vigie_model::disclosure::{Identifier, Office, RefusalGround};

pub use paper::paper;
pub use xml::xml;

/// The namespace of the form.
pub const NAMESPACE: &str = "http://data.europa.eu/edm/1/ns/forms/EPOC-FORM-3#";

vigie_model::names! {
    /// Which certificate is not carried out.
    pub enum Certificate {
        /// A production order.
        Epoc => "epoc",
        /// A preservation order.
        EpocPr => "epoc_pr",
    }
}

/// Why one identifier of a certificate is not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// What the certificate calls it: [`Arrived::form_numbers`](super::Arrived::form_numbers), or its position from 1.
    pub number: String,
    /// The identifier.
    pub identifier: Identifier,
    /// The grounds. Those that section D does not know are written as another reason, in words.
    pub grounds: Vec<RefusalGround>,
    /// In words.
    pub explanation: String,
}

/// Whether the data about one identifier is held meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preservation {
    /// What the certificate calls the identifier.
    pub number: String,
    /// Whether it is held.
    pub preserved: bool,
    /// Until when, where there is an end.
    pub until: Option<Moment>,
}

/// What the law of a third country forbids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// Which law.
    pub law: String,
    /// What it forbids, and why that applies.
    pub nature: String,
}

/// Who answers for the addressee.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contact {
    /// The designated establishment or legal representative.
    pub addressee: String,
    /// Its address, a line each.
    pub address: Vec<String>,
    /// Who signs.
    pub name: String,
    /// Their post.
    pub post: String,
    /// Their mail address.
    pub mail: String,
    /// Their phone number.
    pub phone: String,
}

/// Form 3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NonExecution {
    /// Which certificate it is about: section A.
    pub certificate: Certificate,
    /// The file number of the certificate.
    pub reference: String,
    /// Who issued it: section B.
    pub issuer: Office,
    /// Why it is not carried out, an identifier each: section D.
    pub reasons: Vec<Reason>,
    /// The conflict with the law of a third country: section E.
    pub conflict: Option<Conflict>,
    /// What the issuing authority has to say before it can be carried out; empty where nothing: section F.
    pub information_required: String,
    /// Whether data is held meanwhile: section G.
    pub preservation: Vec<Preservation>,
    /// Who answers: sections C and H.
    pub contact: Contact,
    /// The date.
    pub at: Moment,
}
