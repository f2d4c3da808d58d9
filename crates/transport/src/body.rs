//! A body that has to arrive in time.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use http_body::{Frame, SizeHint};
use tokio::sync::Notify;
use tokio::time::{Instant, Sleep, sleep, timeout};

/// Bytes that buy another second: a body may be large, but not slow.
const BYTES_A_SECOND: usize = 16 << 10;

/// Bytes of a body that nobody wanted which are read all the same, and for how long; beyond that the connection is closed.
const MOST_DRAINED: usize = 256 << 10;
const DRAIN: Duration = Duration::from_secs(1);

/// What is known of a body while a handler reads it.
#[derive(Debug, Default)]
pub(super) struct Arrival {
    /// It is there, or nobody reads it any more.
    pub ended: Notify,
    /// It came too slowly.
    pub is_slow: AtomicBool,
    /// What of it nobody has read.
    rest: Mutex<Option<Body>>,
}

impl Arrival {
    /// Whether nothing of it is left to be read.
    pub(super) fn is_whole(&self) -> bool {
        self.rest.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    /// Reads what nobody has read, so that the next request of the connection begins where it should; whether all of it came.
    pub(super) async fn drain(&self) -> bool {
        let rest = self.rest.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut rest) = rest else { return true };
        let mut left = MOST_DRAINED;
        if rest.size_hint().lower() > left as u64 {
            return false;
        }
        let read = async {
            while let Some(frame) = poll_fn(|context| Pin::new(&mut rest).poll_frame(context)).await {
                let Ok(frame) = frame else { return false };
                let bytes = frame.data_ref().map_or(0, Bytes::len);
                let Some(fewer) = left.checked_sub(bytes) else { return false };
                left = fewer;
            }
            true
        };
        timeout(DRAIN, read).await.unwrap_or(false)
    }
}

/// A body with a time limit.
pub(super) struct TimedBody {
    inner: Body,
    until: Pin<Box<Sleep>>,
    /// Bytes that have not bought a second yet.
    unspent: usize,
    arrival: Arc<Arrival>,
    /// All of it was read.
    has_ended: bool,
}

/// A body came too slowly.
#[derive(Debug, thiserror::Error)]
#[error("the body came too slowly")]
struct TooSlow;

impl TimedBody {
    pub(super) fn new(inner: Body, time: Duration, arrival: Arc<Arrival>) -> TimedBody {
        TimedBody { inner, until: Box::pin(sleep(time)), unspent: 0, arrival, has_ended: false }
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
        if !self.has_ended && !self.inner.is_end_stream() {
            let rest = std::mem::replace(&mut self.inner, Body::empty());
            *self.arrival.rest.lock().unwrap_or_else(PoisonError::into_inner) = Some(rest);
        }
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
            end => {
                self.has_ended = end.is_none();
                self.arrival.ended.notify_one();
            }
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
