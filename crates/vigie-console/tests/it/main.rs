//! The console as a browser meets it: doors, sessions, languages, headers, and the walks through its pages.

#[cfg(test)]
mod access;
#[cfg(test)]
mod afterwards;
#[cfg(test)]
mod authorities;
#[cfg(test)]
mod desk;
#[cfg(test)]
mod doors;
#[cfg(test)]
mod house;
#[cfg(test)]
mod hunts;
#[cfg(test)]
mod portal;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod review;
#[cfg(test)]
mod silence;
#[cfg(test)]
mod stops;
#[cfg(test)]
mod transparency;
#[cfg(test)]
mod uploads;
#[cfg(test)]
mod walks;
#[cfg(test)]
mod wellbeing;
