//! The JSON API over its router, without a socket.

#[cfg(test)]
mod banks;
#[cfg(test)]
mod client;
#[cfg(test)]
mod hma;
#[cfg(test)]
mod house;
#[cfg(test)]
mod hunts;
#[cfg(test)]
mod intake;
#[cfg(test)]
mod statements;
#[cfg(test)]
mod strangers;
