//! Integration tests of the decoders and of the pool with real children.

#[cfg(test)]
mod bombs;
#[cfg(all(test, target_os = "linux"))]
mod cage;
#[cfg(test)]
mod first_pass;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod mutated;
#[cfg(test)]
mod pictures;
#[cfg(test)]
mod pool;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod transcoded;
#[cfg(test)]
mod videos;
