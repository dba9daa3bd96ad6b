//! The one encoding of the format's own JSON members.
//!
//! [`Encoder`] can write nothing else and [`Decoder`] accepts nothing else, so two different
//! byte strings never mean the same. Nesting is fixed by the caller's code, never by the input.

mod decoder;
mod encoder;

pub use self::{
    decoder::{Decoder, Keys},
    encoder::Encoder,
};

#[cfg(test)]
mod tests;
