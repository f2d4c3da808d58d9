//! The pipeline: source on the caller's thread, workers that decide, one writer that keeps the order.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use greenlane_engine::Engine;
use greenlane_intake::{Batch, IntakeError};
use greenlane_policy::matters::Matters;

use super::block::Block;
use super::error::BatchError;
use super::options::{BatchOptions, Progress, Watch};
use super::summary::{Summary, Tally};
use super::worker::Worker;

/// More errors of a source than this end the batch.
const MOST_SOURCE_ERRORS: usize = 100;

/// Where decisions go.
pub trait Sink: Send {
    /// Encoded decisions of some rows.
    type Part: Send;
    /// Encodes on a worker's thread.
    type Encoder: Encode<Part = Self::Part> + Send;

    /// One encoder for each worker.
    fn encoder(&self) -> Self::Encoder;

    /// Rows that make a part of good size.
    fn part_rows(&self) -> usize;

    /// Writes the next part, in the order of the input.
    ///
    /// # Errors
    /// The output cannot be written.
    fn write(&mut self, part: Self::Part) -> Result<(), BatchError>;

    /// Everything has been written.
    ///
    /// # Errors
    /// The output cannot be completed.
    fn finish(self) -> Result<(), BatchError>;
}

/// Encodes decided blocks.
pub trait Encode {
    /// See [`Sink::Part`].
    type Part;

    /// Adds a block, in the order of the input.
    ///
    /// # Errors
    /// A decision cannot be encoded.
    fn block(&mut self, block: &Block<'_>) -> Result<(), BatchError>;

    /// The part so far; the encoder starts the next one.
    ///
    /// # Errors
    /// The part cannot be encoded.
    fn finish(&mut self) -> Result<Self::Part, BatchError>;
}

/// Some batches that one worker decides.
#[derive(Default)]
struct Work {
    number: u64,
    rows: usize,
    matters: Vec<Matters>,
}

type Done<P> = (u64, Result<(P, Tally), BatchError>);

/// Decides every matter of `source` and writes the decisions to `sink` in the order of the input.
///
/// # Errors
/// [`BatchError::Source`] when some of the input could not be read: what could be has been decided and written.
/// Any other error has stopped the batch.
pub fn decide<S: Sink>(
    engine: &Engine,
    source: impl IntoIterator<Item = Result<Batch, IntakeError>>,
    sink: S,
    options: &BatchOptions,
    watch: &mut impl Watch,
) -> Result<Summary, BatchError> {
    let started = Instant::now();
    let threads = options.threads.max(1);
    let part_rows = options.part_rows.unwrap_or_else(|| sink.part_rows()).max(1);
    let encoders: Vec<S::Encoder> = (0..threads).map(|_| sink.encoder()).collect();
    // A ticket is held from reading to writing, which bounds what is in flight.
    let (take_ticket, give_ticket_back) = sync_channel::<()>(threads + 2);
    let (send_work, receive_work) = channel::<Work>();
    let (send_part, receive_part) = channel::<Done<S::Part>>();
    let receive_work = Mutex::new(receive_work);
    let (read, written) = thread::scope(|scope| {
        for encoder in encoders {
            let (send_part, receive_work) = (send_part.clone(), &receive_work);
            scope.spawn(move || work(Worker::new(engine, options), encoder, receive_work, &send_part));
        }
        drop(send_part);
        let writer =
            scope.spawn(move || write_in_order(sink, Tally::new(engine), receive_part, give_ticket_back));
        let mut reading = Reading { send_work, take_ticket, next: Work::default(), part_rows };
        let read = reading.all(source, watch);
        drop(reading);
        let written = writer.join().unwrap_or_else(|panic| Err(BatchError::of_panic(&*panic)));
        (read, written)
    });
    // A worker or the writer that failed is why reading stopped, so it comes first.
    let (tally, read) = (written?, read?);
    let summary = tally.summary(engine, &read.counted, started.elapsed());
    match read.errors.is_empty() {
        true => Ok(summary),
        false => Err(BatchError::Source { errors: read.errors, summary: Box::new(summary) }),
    }
}

/// What was read.
#[derive(Default)]
pub(super) struct Counted {
    pub(super) progress: Progress,
    pub(super) added: u64,
    pub(super) not_in_registry: u64,
}

#[derive(Default)]
struct Read {
    counted: Counted,
    errors: Vec<IntakeError>,
}

struct Reading {
    send_work: Sender<Work>,
    take_ticket: SyncSender<()>,
    next: Work,
    part_rows: usize,
}

impl Reading {
    fn all(
        &mut self,
        source: impl IntoIterator<Item = Result<Batch, IntakeError>>,
        watch: &mut impl Watch,
    ) -> Result<Read, BatchError> {
        let mut read = Read::default();
        for batch in source {
            let batch = match batch {
                Ok(batch) => batch,
                Err(error) => {
                    read.errors.push(error);
                    if read.errors.len() >= MOST_SOURCE_ERRORS {
                        break;
                    }
                    continue;
                }
            };
            let Counted { progress, added, not_in_registry } = &mut read.counted;
            progress.rows += batch.rows_read;
            progress.bytes += batch.bytes_read;
            progress.rejected += batch.rejects.len() as u64;
            *added += batch.rows_added;
            *not_in_registry += batch.not_in_registry;
            if !batch.rejects.is_empty() {
                watch.rejected(&batch.rejects).map_err(BatchError::Rejects)?;
            }
            watch.progress(*progress);
            self.next.rows += batch.matters.rows();
            self.next.matters.push(batch.matters);
            if self.next.rows >= self.part_rows && !self.hand_on() {
                return Ok(read);
            }
        }
        if self.next.rows > 0 {
            self.hand_on();
        }
        Ok(read)
    }

    /// `false` when nobody takes work any more; why, the writer knows.
    fn hand_on(&mut self) -> bool {
        let number = self.next.number;
        let work = std::mem::replace(&mut self.next, Work { number: number + 1, ..Work::default() });
        self.take_ticket.send(()).is_ok() && self.send_work.send(work).is_ok()
    }
}

fn work<E: Encode>(
    mut worker: Worker<'_>,
    mut encoder: E,
    receive: &Mutex<Receiver<Work>>,
    send: &Sender<Done<E::Part>>,
) {
    loop {
        let next = receive.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(work) = next else { return };
        let decided = catch_unwind(AssertUnwindSafe(|| {
            let mut tally = Tally::new(worker.engine());
            for matters in &work.matters {
                worker.decide(matters, &mut tally, &mut encoder)?;
            }
            Ok((encoder.finish()?, tally))
        }));
        let part = decided.unwrap_or_else(|panic| Err(BatchError::of_panic(&*panic)));
        let failed = part.is_err();
        if send.send((work.number, part)).is_err() || failed {
            return;
        }
    }
}

/// Owns both receivers: when it ends, whatever the reason, readers and workers notice.
fn write_in_order<S: Sink>(
    mut sink: S,
    mut tally: Tally,
    parts: Receiver<Done<S::Part>>,
    tickets: Receiver<()>,
) -> Result<Tally, BatchError> {
    let mut waiting = BTreeMap::new();
    let mut next = 0;
    for (number, part) in parts {
        waiting.insert(number, part?);
        while let Some((part, counted)) = waiting.remove(&next) {
            sink.write(part)?;
            tally.add(&counted);
            next += 1;
            // The reader took it before it sent the work.
            let _ = tickets.try_recv();
        }
    }
    if let Some(number) = waiting.keys().next() {
        return Err(BatchError::Panicked(format!("part {next} is missing before part {number}")));
    }
    sink.finish()?;
    Ok(tally)
}
