//! A panic in a check is an outcome, not the end of the program: it is told as a finding, and scratch is still removed.

use std::{
    cell::Cell,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll},
};

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Whether what this thread does is a check: for a panic hook, which else would give the terminal back.
#[must_use]
pub fn inside() -> bool {
    INSIDE.get()
}

/// Comes to `None` where `work` panics.
pub(super) struct Contained<F>(pub(super) F);

impl<F: Future + Unpin> Future for Contained<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        INSIDE.set(true);
        // what a panic leaves half-done is dropped with the check; locks that it poisons are taken all the same
        let polled = catch_unwind(AssertUnwindSafe(|| Pin::new(&mut self.0).poll(cx)));
        INSIDE.set(false);
        polled.map_or(Poll::Ready(None), |poll| poll.map(Some))
    }
}
