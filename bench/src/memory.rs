//! The floor of any batch: reading the facts' bytes from memory and doing nothing with them but adding.

use std::{hint::black_box, thread};

use anyhow::{Result, anyhow};
use arrow_array::Array;
use arrow_buffer::Buffer;

use crate::{
    facts::Facts,
    stopwatch::{Took, best_of, timed},
};

/// Times the bytes are read, of which the best counts.
const RUNS: usize = 7;

/// Bytes that threads share out among themselves at a time.
const SLICE: usize = 1 << 16;

/// Bytes of all columns and their masks, and the time to read them on so many threads.
pub fn read(facts: &Facts, threads: usize) -> Result<(usize, Took)> {
    let buffers: Vec<Buffer> =
        facts.batch.columns().iter().flat_map(|column| buffers(column.as_ref())).collect();
    let slices: Vec<&[u8]> = buffers.iter().flat_map(|buffer| buffer.as_slice().chunks(SLICE)).collect();
    let bytes = slices.iter().map(|slice| slice.len()).sum();
    Ok((bytes, best_of(&sum_on(&slices, threads)?)))
}

fn buffers(column: &dyn Array) -> Vec<Buffer> {
    let data = column.to_data();
    let mask = data.nulls().map(|nulls| nulls.buffer().clone());
    data.buffers().iter().cloned().chain(mask).collect()
}

fn sum_on(slices: &[&[u8]], threads: usize) -> Result<Vec<Vec<Took>>> {
    thread::scope(|scope| {
        let shares = slices.chunks(slices.len().div_ceil(threads));
        let handles: Vec<_> = shares.map(|share| scope.spawn(move || sum_runs(share))).collect();
        handles.into_iter().map(|h| h.join().map_err(|_| anyhow!("a thread panicked"))?).collect()
    })
}

fn sum_runs(share: &[&[u8]]) -> Result<Vec<Took>> {
    let sum_all = || Ok(black_box(share.iter().map(|slice| sum(slice)).fold(0, u64::wrapping_add)));
    (0..RUNS).map(|_| timed(sum_all).map(|(_, took)| took)).collect()
}

fn sum(bytes: &[u8]) -> u64 {
    let (words, _) = bytes.as_chunks::<8>();
    words.iter().fold(0, |sum, word| sum.wrapping_add(u64::from_le_bytes(*word)))
}
