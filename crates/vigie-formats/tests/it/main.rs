//! What the crate promises about requests, seen from outside.

#[cfg(test)]
mod exchange;
#[cfg(test)]
mod forms;
#[cfg(test)]
mod guide;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod instruments;
