//! Integration tests of the decoders and of the pool with real children.

#[cfg(test)]
mod reference;
