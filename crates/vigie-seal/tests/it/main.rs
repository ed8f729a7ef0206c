//! Whole logs: verified by our own auditor, and by an independent one in another language. Grants, against a model of them.
//!
//! To add a test: a module here, with [`log::Log`] as the log and `independent::Verifier` as the second opinion.

#[cfg(test)]
mod audit;
#[cfg(test)]
mod grants;
#[cfg(test)]
mod independent;
#[cfg(test)]
mod log;
#[cfg(test)]
mod verdicts;
