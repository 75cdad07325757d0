//! Turns a panic in a check into an outcome, so that the program goes on, reports it, and still removes its scratch.

use std::{
    cell::Cell,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Returns true if this thread runs a check. A panic hook then leaves the terminal as it is.
#[must_use]
pub fn is_inside_check() -> bool {
    INSIDE.get()
}

/// Locks a mutex, also after a panic of another check poisoned it.
pub(in crate::store::checks) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A future that resolves to `None` if the inner one panics.
pub(super) struct CatchPanic<F>(pub(super) F);

impl<F: Future + Unpin> Future for CatchPanic<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        INSIDE.set(true);
        // The check is dropped after a panic, so its half-changed state is never read, and `lock` ignores poisoning.
        let polled = catch_unwind(AssertUnwindSafe(|| Pin::new(&mut self.0).poll(cx)));
        INSIDE.set(false);
        polled.map_or(Poll::Ready(None), |poll| poll.map(Some))
    }
}
