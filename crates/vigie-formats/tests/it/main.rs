//! What the crate promises about requests, seen from outside.

#[cfg(test)]
mod article_15;
#[cfg(test)]
mod exchange;
#[cfg(test)]
mod expected;
#[cfg(test)]
mod form_3;
#[cfg(test)]
mod forms;
#[cfg(test)]
mod guide;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod instruments;
#[cfg(test)]
mod letters;
#[cfg(test)]
mod paper;
