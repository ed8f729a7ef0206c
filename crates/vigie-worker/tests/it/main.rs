//! The loop at work: real database, real sockets, a simulated messenger that misbehaves.

#[cfg(test)]
mod house;
#[cfg(test)]
mod loops;
