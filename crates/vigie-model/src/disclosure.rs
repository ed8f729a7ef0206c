//! The disclosure desk: what an authority asks, what is decided about it, and what leaves.
//!
//! What it is: the values of a request from its arrival to its package, and the states they pass through. What it is not:
//! which law says what (that is data: `vigie-app/regimes`), nor how anything is signed or sealed (`vigie-seal`).
//!
//! *Request* is the word for whatever an authority asks; an *order* is a request that binds. What is asked falls apart into
//! [`Task`]s, one identifier × one category × one span of time, and every decision is about one of them.
//!
//! To add something that may be disclosed: a [`Field`], its [`Category`], and the product that holds it. A field that no
//! product holds leaves in no package.

mod authority;
mod delivery;
mod document;
mod grant;
mod instrument;
mod phone;
mod record;
mod request;
mod task;

pub use authority::{AuthenticationLevel, Authority, AuthorityKeys, Official, WhyNot};
pub use delivery::{DeliveryEvidence, NilReturn};
pub use document::{Difference, DocumentState, EnforcingDecision, FOLLOW_UP_TYPE, FollowUpKind};
pub use grant::{Consent, Grant, GrantedTask, Refused};
pub use instrument::{
    DoNotAct, Emergency, EmergencyGround, INSTRUMENT_TYPE, Identifier, IdentifierKind, Instrument,
    IssuerRole, Offence, Office, RequestKind, Silence, SubjectRole, Wanted,
};
pub use phone::{is_phone_number, plain_phone_number};
pub use record::{Category, Field, Product, Record, Span};
pub use request::{IntakeDoor, PreservationState, Request, RequestState};
pub use task::{RefusalGround, Task, TaskState};
