//! A body that has to arrive in time.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use http_body::{Frame, SizeHint};
use tokio::sync::Notify;
use tokio::time::{Instant, Sleep, sleep};

/// Bytes that buy another second: a body may be large, but not slow.
const BYTES_A_SECOND: usize = 16 << 10;

/// What is known of a body while a handler reads it.
#[derive(Debug, Default)]
pub(super) struct Arrival {
    /// It is there, or nobody reads it any more.
    pub ended: Notify,
    /// It came too slowly.
    pub is_slow: AtomicBool,
}

/// A body with a time limit.
pub(super) struct TimedBody {
    inner: Body,
    until: Pin<Box<Sleep>>,
    /// Bytes that have not bought a second yet.
    unspent: usize,
    arrival: Arc<Arrival>,
}

/// A body came too slowly.
#[derive(Debug, thiserror::Error)]
#[error("the body came too slowly")]
struct TooSlow;

impl TimedBody {
    pub(super) fn new(inner: Body, time: Duration, arrival: Arc<Arrival>) -> TimedBody {
        TimedBody { inner, until: Box::pin(sleep(time)), unspent: 0, arrival }
    }

    fn allow(&mut self, bytes: usize) {
        self.unspent += bytes;
        let seconds = self.unspent / BYTES_A_SECOND;
        if seconds > 0 {
            self.unspent %= BYTES_A_SECOND;
            let until: Instant = self.until.deadline() + Duration::from_secs(seconds as u64);
            self.until.as_mut().reset(until);
        }
    }
}

impl Drop for TimedBody {
    fn drop(&mut self) {
        self.arrival.ended.notify_one();
    }
}

impl HttpBody for TimedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = match Pin::new(&mut self.inner).poll_frame(context) {
            Poll::Ready(frame) => frame,
            Poll::Pending => {
                ready!(self.until.as_mut().poll(context));
                self.arrival.is_slow.store(true, Ordering::Relaxed);
                return Poll::Ready(Some(Err(axum::Error::new(TooSlow))));
            }
        };
        match &frame {
            Some(Ok(frame)) => {
                let bytes = frame.data_ref().map_or(0, Bytes::len);
                self.allow(bytes);
            }
            _ => self.arrival.ended.notify_one(),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
