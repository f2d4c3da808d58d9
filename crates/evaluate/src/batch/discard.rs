//! A sink that keeps nothing: for the summary alone.

use super::block::Block;
use super::error::BatchError;
use super::pipeline::{Encode, Sink};

/// Writes nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Discard;

impl Sink for Discard {
    type Part = ();
    type Encoder = Discard;

    fn encoder(&self) -> Discard {
        Discard
    }

    fn part_rows(&self) -> usize {
        65_536
    }

    fn write(&mut self, (): ()) -> Result<(), BatchError> {
        Ok(())
    }

    fn finish(self) -> Result<(), BatchError> {
        Ok(())
    }
}

impl Encode for Discard {
    type Part = ();

    fn block(&mut self, _: &Block<'_>) -> Result<(), BatchError> {
        Ok(())
    }

    fn finish(&mut self) -> Result<(), BatchError> {
        Ok(())
    }
}
