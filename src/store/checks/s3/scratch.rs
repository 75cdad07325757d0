//! Records and removes everything that a run writes. Everything is registered before it is written. Knows nothing of
//! checks.

use std::{sync::Mutex, time::Duration};

use http::{Method, StatusCode};
use time::OffsetDateTime;
use tokio::{
    task::JoinSet,
    time::{Instant, timeout_at},
};

use super::multipart::listed_parts;
use crate::{
    score::Version,
    store::{
        checks::{Leftover, engine::lock},
        probe::{Request, Sender, Signer, Waits, xml},
    },
};

/// The removals that run at the same time.
const CONCURRENT: usize = 32;
/// The repetitions of a removal, within the time for all removals.
const REPETITIONS: u32 = 3;

/// The objects and uploads that a run wrote and did not remove yet.
#[derive(Default)]
pub(super) struct Scratch(Mutex<Vec<Thing>>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Thing {
    bucket: String,
    key: String,
    kind: ScratchKind,
    /// The signature version that wrote it, and can remove it.
    version: Version,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum ScratchKind {
    Object,
    /// An upload by its id; `None` if it was begun and its id never arrived.
    Upload(Option<String>),
}

impl Scratch {
    /// Registers an object before it is written.
    pub(super) fn add_object(&self, version: Version, bucket: &str, key: &str) {
        self.add(version, bucket, key, ScratchKind::Object);
    }

    /// Registers an upload before it is begun.
    pub(super) fn add_upload(&self, version: Version, bucket: &str, key: &str) {
        self.add(version, bucket, key, ScratchKind::Upload(None));
    }

    /// Sets the id of an upload as soon as it is known.
    pub(super) fn set_upload_id(&self, bucket: &str, key: &str, id: &str) {
        let mut things = lock(&self.0);
        let thing = things.iter_mut().find(|thing| thing.is(bucket, key) && thing.kind == ScratchKind::Upload(None));
        if let Some(thing) = thing {
            thing.kind = ScratchKind::Upload(Some(id.to_owned()));
        }
    }

    /// Forgets an object that was deleted, or refused.
    pub(super) fn object_gone(&self, bucket: &str, key: &str) {
        lock(&self.0).retain(|thing| !(thing.is(bucket, key) && thing.kind == ScratchKind::Object));
    }

    /// Forgets an upload that was aborted, completed, or refused.
    pub(super) fn upload_gone(&self, bucket: &str, key: &str) {
        lock(&self.0).retain(|thing| !(thing.is(bucket, key) && thing.kind != ScratchKind::Object));
    }

    fn add(&self, version: Version, bucket: &str, key: &str, kind: ScratchKind) {
        let (bucket, key) = (bucket.to_owned(), key.to_owned());
        lock(&self.0).push(Thing { bucket, key, kind, version });
    }

    /// Removes everything within the time, and returns what is left.
    pub(super) async fn remove(
        &self,
        sender: &Sender,
        signer: impl Fn(Version) -> Signer,
        waits: Waits,
        limit: Duration,
    ) -> Vec<Leftover> {
        let end = Instant::now() + limit;
        let mut waiting: Vec<Thing> = lock(&self.0).clone();
        // the newest first
        let mut tasks = JoinSet::new();
        loop {
            while tasks.len() < CONCURRENT
                && let Some(thing) = waiting.pop()
            {
                let (sender, signer) = (sender.clone(), signer(thing.version));
                tasks.spawn(async move { remove_thing(&sender, &signer, waits, &thing, end).await.then_some(thing) });
            }
            match timeout_at(end, tasks.join_next()).await {
                Ok(Some(Ok(Some(gone)))) => lock(&self.0).retain(|thing| *thing != gone),
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => break,
            }
        }
        tasks.shutdown().await;
        std::mem::take(&mut *lock(&self.0)).into_iter().map(Thing::leftover).collect()
    }
}

impl Thing {
    fn is(&self, bucket: &str, key: &str) -> bool {
        self.bucket == bucket && self.key == key
    }

    fn leftover(self) -> Leftover {
        let upload = match self.kind {
            ScratchKind::Object => None,
            ScratchKind::Upload(id) => Some(id.unwrap_or_default()),
        };
        Leftover { bucket: self.bucket, key: self.key, upload }
    }
}

/// Removes one thing. Returns true if it is gone: a store may confirm a removal and keep the thing.
async fn remove_thing(sender: &Sender, signer: &Signer, waits: Waits, thing: &Thing, end: Instant) -> bool {
    let Thing { bucket, key, .. } = thing;
    let send = async |request: Request| {
        let send = |_| {
            let ready = signer.by_header(&request, OffsetDateTime::now_utc());
            sender.send(ready, end.saturating_duration_since(Instant::now()))
        };
        Sender::repeat(waits, REPETITIONS, send).await.ok()
    };
    let delete = || Request::new(Method::DELETE, bucket, key);
    let abort = async |id: &str| {
        let Some(reply) = send(delete().query("uploadId", id)).await else { return false };
        reply.status == StatusCode::NOT_FOUND
            || reply.status.is_success()
                && send(listed_parts(bucket, key, id)).await.is_some_and(|reply| !reply.status.is_success())
    };
    match &thing.kind {
        ScratchKind::Object => {
            let Some(reply) = send(delete()).await else { return false };
            reply.status == StatusCode::NOT_FOUND
                || reply.status.is_success()
                    && send(Request::new(Method::HEAD, bucket, key))
                        .await
                        .is_some_and(|reply| !reply.status.is_success())
        }
        ScratchKind::Upload(Some(id)) => abort(id).await,
        ScratchKind::Upload(None) => {
            // the run ended before the answer came, so the store is asked for the upload
            let list = Request::new(Method::GET, bucket, "").query("uploads", "").query("prefix", key);
            let Some(reply) = send(list).await.filter(|reply| reply.status.is_success()) else { return false };
            let Ok(uploads) = xml::unfinished(&reply.body) else { return false };
            for (_, id) in uploads.iter().filter(|(named, _)| named == key) {
                if !abort(id).await {
                    return false;
                }
            }
            true
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_registered_and_not_gone_is_left_over() {
        let scratch = Scratch::default();
        scratch.add_object(Version::V4, "s", "a");
        scratch.add_object(Version::V4, "s", "b");
        scratch.add_upload(Version::V4, "o", "c");
        scratch.add_upload(Version::V2, "o", "d");
        scratch.set_upload_id("o", "d", "7");
        scratch.add_upload(Version::V2, "o", "e");
        scratch.object_gone("s", "a");
        scratch.upload_gone("o", "e");
        let left: Vec<_> =
            lock(&scratch.0).clone().into_iter().map(Thing::leftover).map(|left| (left.key, left.upload)).collect();
        assert_eq!(left, [("b".into(), None), ("c".into(), Some(String::new())), ("d".into(), Some("7".into()))]);
    }
}
