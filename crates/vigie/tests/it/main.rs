//! Tests of the binary as a whole, one test program for all of them.

#[cfg(test)]
mod access;
#[cfg(test)]
mod accounts;
#[cfg(test)]
mod backup;
#[cfg(test)]
mod browser;
#[cfg(test)]
mod browser_proof;
#[cfg(test)]
mod commands;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod disclosure;
#[cfg(test)]
mod doors;
#[cfg(test)]
mod drill;
#[cfg(test)]
mod evidence;
#[cfg(test)]
mod exchange;
#[cfg(test)]
mod exports;
#[cfg(test)]
mod files;
#[cfg(test)]
mod four_eyes;
#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod identities;
#[cfg(test)]
mod intake;
#[cfg(test)]
mod journeys;
#[cfg(test)]
mod kill;
#[cfg(test)]
mod ledger;
#[cfg(test)]
mod power;
#[cfg(test)]
mod program;
#[cfg(test)]
mod schemathesis;
#[cfg(test)]
mod synapse;
#[cfg(test)]
mod videos;
