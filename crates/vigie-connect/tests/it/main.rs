//! The adapters against the simulated messenger, over real sockets.

#[cfg(test)]
mod mail;
#[cfg(test)]
mod pager;
#[cfg(test)]
mod receivers;
#[cfg(test)]
mod records;
#[cfg(test)]
mod rig;
#[cfg(test)]
mod synapse;
#[cfg(test)]
mod webhook;
