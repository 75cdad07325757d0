//! What a run writes, registered before it is written, and its removal. Knows nothing of checks.

use std::{sync::Mutex, time::Duration};

use http::{Method, StatusCode};
use time::OffsetDateTime;
use tokio::{
    task::JoinSet,
    time::{Instant, timeout_at},
};

use super::{Leftover, visit::lock};
use crate::{
    score::Version,
    store::probe::{Request, Sender, Signer},
};

/// Removals under way at one time.
const ABREAST: usize = 32;

#[derive(Default)]
pub(super) struct Scratch(Mutex<Vec<Thing>>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Thing {
    bucket: String,
    key: String,
    kind: Kind,
    /// What it was written with, and can be removed with.
    version: Version,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Object,
    /// `None`: asked for, but its id never came.
    Upload(Option<String>),
}

impl Scratch {
    /// Before an object is written.
    pub(super) fn object(&self, version: Version, bucket: &str, key: &str) {
        self.add(version, bucket, key, Kind::Object);
    }

    /// Before an upload is begun.
    pub(super) fn upload(&self, version: Version, bucket: &str, key: &str) {
        self.add(version, bucket, key, Kind::Upload(None));
    }

    /// As soon as its id is known.
    pub(super) fn upload_is(&self, bucket: &str, key: &str, id: &str) {
        let mut things = lock(&self.0);
        let thing = things.iter_mut().find(|thing| thing.is(bucket, key) && thing.kind == Kind::Upload(None));
        if let Some(thing) = thing {
            thing.kind = Kind::Upload(Some(id.to_owned()));
        }
    }

    pub(super) fn object_gone(&self, bucket: &str, key: &str) {
        lock(&self.0).retain(|thing| !(thing.is(bucket, key) && thing.kind == Kind::Object));
    }

    /// Aborted, completed, or refused at once.
    pub(super) fn upload_gone(&self, bucket: &str, key: &str) {
        lock(&self.0).retain(|thing| !(thing.is(bucket, key) && thing.kind != Kind::Object));
    }

    fn add(&self, version: Version, bucket: &str, key: &str, kind: Kind) {
        let (bucket, key) = (bucket.to_owned(), key.to_owned());
        lock(&self.0).push(Thing { bucket, key, kind, version });
    }

    /// Removes everything within the budget; what is still there.
    pub(super) async fn remove(
        &self,
        sender: &Sender,
        signer: impl Fn(Version) -> Signer,
        budget: Duration,
    ) -> Vec<Leftover> {
        let end = Instant::now() + budget;
        let mut waiting: Vec<Thing> = lock(&self.0).clone();
        // the newest first, as a stack is taken down
        let mut tasks = JoinSet::new();
        loop {
            while tasks.len() < ABREAST
                && let Some(thing) = waiting.pop()
            {
                let (sender, signer) = (sender.clone(), signer(thing.version));
                tasks.spawn(async move { removed(&sender, &signer, &thing, end).await.then_some(thing) });
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
            Kind::Object => None,
            Kind::Upload(id) => Some(id.unwrap_or_default()),
        };
        Leftover { bucket: self.bucket, key: self.key, upload }
    }
}

async fn removed(sender: &Sender, signer: &Signer, thing: &Thing, end: Instant) -> bool {
    let Thing { bucket, key, .. } = thing;
    let send = async |request: Request| {
        let ready = signer.by_header(&request, OffsetDateTime::now_utc());
        sender.send(ready, end.saturating_duration_since(Instant::now())).await.ok()
    };
    let delete = || Request::new(Method::DELETE, bucket, key);
    let gone = |status: StatusCode| status.is_success() || status == StatusCode::NOT_FOUND;
    match &thing.kind {
        Kind::Object => send(delete()).await.is_some_and(|reply| gone(reply.status)),
        Kind::Upload(Some(id)) => send(delete().query("uploadId", id)).await.is_some_and(|reply| gone(reply.status)),
        Kind::Upload(None) => {
            // the run ended between question and answer: the store knows whether there is one
            let list = Request::new(Method::GET, bucket, "").query("uploads", "").query("prefix", key);
            let Some(reply) = send(list).await.filter(|reply| reply.status.is_success()) else { return false };
            let Some(ids) = upload_ids(&reply.body, key) else { return false };
            for id in ids {
                if !send(delete().query("uploadId", id)).await.is_some_and(|reply| gone(reply.status)) {
                    return false;
                }
            }
            true
        }
    }
}

/// The ids of unfinished uploads of this key; `None` where the reply is no such list.
fn upload_ids(body: &[u8], key: &str) -> Option<Vec<String>> {
    let text = std::str::from_utf8(body).ok()?;
    let document = roxmltree::Document::parse(text).ok()?;
    let root = document.root_element();
    let child = |node: roxmltree::Node, name: &str| {
        node.children().find(|child| child.tag_name().name() == name).and_then(|child| child.text()).map(str::to_owned)
    };
    (root.tag_name().name() == "ListMultipartUploadsResult").then(|| {
        root.children()
            .filter(|node| node.tag_name().name() == "Upload" && child(*node, "Key").as_deref() == Some(key))
            .filter_map(|node| child(node, "UploadId"))
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_registered_and_not_gone_is_left_over() {
        let scratch = Scratch::default();
        scratch.object(Version::V4, "s", "a");
        scratch.object(Version::V4, "s", "b");
        scratch.upload(Version::V4, "o", "c");
        scratch.upload(Version::V2, "o", "d");
        scratch.upload_is("o", "d", "7");
        scratch.upload(Version::V2, "o", "e");
        scratch.object_gone("s", "a");
        scratch.upload_gone("o", "e");
        let left: Vec<_> =
            lock(&scratch.0).clone().into_iter().map(Thing::leftover).map(|left| (left.key, left.upload)).collect();
        assert_eq!(left, [("b".into(), None), ("c".into(), Some(String::new())), ("d".into(), Some("7".into()))]);
    }

    #[test]
    fn only_uploads_of_the_very_key_are_taken_for_ours() {
        let body = b"<ListMultipartUploadsResult><Upload><Key>data/a</Key><UploadId>1</UploadId></Upload>\
            <Upload><Key>data/ab</Key><UploadId>2</UploadId></Upload></ListMultipartUploadsResult>";
        assert_eq!(upload_ids(body, "data/a"), Some(vec!["1".into()]));
        assert_eq!(upload_ids(b"<html/>", "data/a"), None);
        assert_eq!(upload_ids(b"\xff", "data/a"), None);
    }
}
