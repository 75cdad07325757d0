//! The requests of a client to an S3 store, and what they need: an upload that is never completed, and a scratch object
//! in the state bucket, where Score may delete. Removes both, and looks whether they are gone.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::Method;
use roxmltree::{Document, ParsingOptions};
use time::OffsetDateTime;
use tokio::time::sleep;
use uuid::Uuid;

use super::{
    Omitted, TuneFailure,
    pool::{ClientRequests, ScratchStore},
};
use crate::{
    answers::target::S3Store,
    store::{
        checks::{Leftover, advice, s3::link},
        probe::{Body, Presigned, Reply, Request, Route, Sender, Signer, xml},
    },
    text::Endpoint,
};

/// The time for a reply to a request without a large body.
const REPLY: Duration = Duration::from_secs(10);
/// The time for the answer to an announced body.
const ANNOUNCED: Duration = Duration::from_secs(2);
/// The number of parts that an upload may have. Later parts replace earlier ones.
const NUMBERS: u64 = crate::score::part_sizes::MOST_PARTS;
/// The pause before an upload is aborted again. A part that is under way when an upload is aborted may arrive later (AWS
/// S3 API, `AbortMultipartUpload`).
const PAUSE: Duration = Duration::from_millis(200);
const TRIES: u32 = 5;

pub(super) struct S3Scratch {
    store: S3Store,
    bucket: String,
    state_bucket: String,
    signer: Signer,
    sender: Sender,
    object: Uuid,
    left: Mutex<ScratchLeft>,
}

/// Everything that exists in the store, or may exist.
#[derive(Debug, Clone, Default)]
struct ScratchLeft {
    /// The id of the upload; empty if it was begun and the reply did not come.
    upload: Option<String>,
    /// The size of the scratch object.
    object: Option<u64>,
    /// A version of the scratch object that was made in spite of everything.
    version: Option<String>,
}

impl S3Scratch {
    pub(super) fn new(store: S3Store, route: &Route, most: usize) -> Result<Self, TuneFailure> {
        let endpoint = Endpoint::parse(&store.endpoint).map_err(|why| TuneFailure::Route(why.to_string()))?;
        let sender = Sender::reading(route, most).map_err(|why| TuneFailure::Route(why.to_string()))?;
        let signer = link::signer(&store, &endpoint);
        let first = |buckets: Vec<String>| buckets.into_iter().next().unwrap_or_default();
        let (bucket, state_bucket) = (first(store.object_buckets()), first(store.state_buckets()));
        Ok(Self { store, bucket, state_bucket, signer, sender, object: Uuid::new_v4(), left: Mutex::default() })
    }

    /// Returns the name of the object that the upload pretends to make.
    fn key(&self) -> String {
        match self.store.data_directory.as_str() {
            "" => self.object.to_string(),
            directory => format!("{directory}/{}", self.object),
        }
    }

    /// Returns the name of the scratch object, in a folder as Score names those of its uploads.
    fn scratch_key(&self) -> String {
        format!("{}/{}_{}/tune", self.store.upload_directory, self.object, self.object.simple())
    }

    /// Returns true if the bucket has versions, or had them. A key that may not ask gets no answer.
    async fn versioned(&self) -> bool {
        let request = Request::new(Method::GET, &self.state_bucket, "").query("versioning", "");
        let Some(reply) = self.signed(&request).await.filter(|reply| reply.status.is_success()) else { return false };
        let text = String::from_utf8_lossy(&reply.body);
        let options = ParsingOptions { nodes_limit: 100, ..ParsingOptions::default() };
        Document::parse_with_options(&text, options).is_ok_and(|document| {
            let mut nodes = document.descendants();
            nodes.any(|node| node.tag_name().name() == "Status" && node.text().is_some())
        })
    }

    async fn write(&self, body: Bytes) -> Result<(), Omitted> {
        self.left().object = Some(body.len() as u64);
        let limit = if body.len() < 1 << 16 { REPLY } else { REPLY * 6 };
        let request = Request::new(Method::PUT, &self.state_bucket, &self.scratch_key()).body(Body::Plain(body));
        let url = self.signer.by_query(&request, time::Duration::minutes(5), OffsetDateTime::now_utc());
        let Ok(reply) = self.sender.fetch(&url, limit).await else { return Err(Omitted::NotWritten(0)) };
        if !reply.status.is_success() {
            self.left().object = None;
            return Err(Omitted::NotWritten(reply.status.as_u16()));
        }
        let version = reply.headers.get("x-amz-version-id").and_then(|id| id.to_str().ok());
        self.left().version = version.map(str::to_owned);
        Ok(())
    }

    /// Deletes the scratch object. Returns true if it is gone.
    async fn delete(&self) -> bool {
        let key = self.scratch_key();
        let version = self.left().version.clone();
        let mut request = Request::new(Method::DELETE, &self.state_bucket, &key);
        if let Some(version) = version {
            request = request.query("versionId", version);
        }
        let deleted = self.signed(&request).await.is_some_and(|reply| reply.status.is_success());
        let head = self.signed(&Request::new(Method::HEAD, &self.state_bucket, &key)).await;
        let gone = deleted && head.is_some_and(|reply| reply.status.as_u16() == 404);
        if gone {
            let mut left = self.left();
            (left.object, left.version) = (None, None);
        }
        gone
    }

    /// Aborts the upload. Returns true if the store no longer knows it.
    async fn abort(&self, id: &str) -> bool {
        let request = |method| Request::new(method, &self.bucket, &self.key()).query("uploadId", id);
        for _ in 0..TRIES {
            let aborted = self.signed(&request(Method::DELETE)).await;
            let listed = self.signed(&request(Method::GET)).await;
            let known = listed.is_none_or(|reply| reply.status.is_success() || reply.status.is_server_error());
            if !known && aborted.is_some_and(|reply| reply.status.is_success() || reply.status.as_u16() == 404) {
                return true;
            }
            sleep(PAUSE).await;
        }
        false
    }

    /// Returns the ids of unfinished uploads of our object, or `None` if the key may not list them.
    async fn unfinished(&self) -> Option<Vec<String>> {
        let key = self.key();
        let request = Request::new(Method::GET, &self.bucket, "").query("uploads", "").query("prefix", &key);
        let reply = self.signed(&request).await.filter(|reply| reply.status.is_success())?;
        let uploads = xml::unfinished(&reply.body).ok()?;
        Some(uploads.into_iter().filter(|(name, _)| *name == key).map(|(_, id)| id).collect())
    }

    async fn signed(&self, request: &Request) -> Option<Reply> {
        let signed = self.signer.by_header(request, OffsetDateTime::now_utc());
        self.sender.send(signed, REPLY).await.ok()
    }

    /// Returns the request of a client: pre-signed, and through the override host if there is one.
    fn client(&self, request: &Request, days: u32) -> Presigned {
        let life = time::Duration::days(i64::from(days));
        let url = self.signer.by_query(request, life, OffsetDateTime::now_utc());
        match &self.store.override_host {
            Some(host) => url.through(host),
            None => url,
        }
    }

    fn left(&self) -> MutexGuard<'_, ScratchLeft> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ScratchStore for S3Scratch {
    fn sender(&self) -> &Sender {
        &self.sender
    }

    fn endpoint(&self) -> &Endpoint {
        &self.signer.endpoint
    }

    async fn begin(&self) -> Result<(), TuneFailure> {
        let key = self.key();
        self.left().upload = Some(String::new());
        let reply = self.signed(&link::beginning(&self.store, &self.bucket, &key)).await;
        let reply = reply.ok_or(TuneFailure::NoReply)?;
        if !reply.status.is_success() {
            self.left().upload = None;
            return Err(TuneFailure::refused(&reply));
        }
        let id = xml::upload_id(&reply.body).map_err(|how| TuneFailure::Misread(how.to_string()))?;
        self.left().upload = Some(id);
        Ok(())
    }

    async fn put(&self, random: Bytes) -> Result<(), Omitted> {
        if self.versioned().await {
            return Err(Omitted::Versioned);
        }
        self.write(Bytes::from_static(b"scratch of score-setup, may be deleted")).await?;
        if self.left().version.is_some() {
            return Err(Omitted::Versioned);
        }
        if !self.delete().await {
            return Err(Omitted::NotDeleted);
        }
        self.write(random).await
    }

    async fn announce(&self, part: u64) -> Option<Reply> {
        self.sender.announce(&self.upload(0, Bytes::new()), part, ANNOUNCED).await.ok().flatten()
    }

    async fn remove(&self) {
        let left = self.left().clone();
        if let Some(id) = left.upload {
            let mut ids = if id.is_empty() { Vec::new() } else { vec![id.clone()] };
            let asked = self.unfinished().await;
            ids.extend(asked.iter().flatten().filter(|other| **other != id).cloned());
            let mut gone = !id.is_empty() || asked.is_some();
            for id in &ids {
                gone &= self.abort(id).await;
            }
            if gone {
                self.left().upload = None;
            }
        }
        if left.object.is_some() {
            self.delete().await;
        }
    }

    fn leftovers(&self) -> Vec<Leftover> {
        let ScratchLeft { upload, object, .. } = self.left().clone();
        let upload = upload.map(|id| Leftover { bucket: self.bucket.clone(), key: self.key(), upload: Some(id) });
        let object =
            object.map(|_| Leftover { bucket: self.state_bucket.clone(), key: self.scratch_key(), upload: None });
        upload.into_iter().chain(object).collect()
    }
}

impl ClientRequests for S3Scratch {
    fn upload(&self, number: u64, body: Bytes) -> Presigned {
        let id = self.left().upload.clone().unwrap_or_default();
        let request = Request::new(Method::PUT, &self.bucket, &self.key())
            .query("uploadId", id)
            .query("partNumber", number % NUMBERS + 1)
            .body(Body::Plain(body));
        self.client(&request, self.store.upload_expiration_days)
    }

    fn download(&self, number: u64, length: u64) -> Presigned {
        let range = super::range(self.left().object.unwrap_or_default(), number, length);
        let request = Request::new(Method::GET, &self.state_bucket, &self.scratch_key()).header("range", range);
        self.client(&request, self.store.download_expiration_days)
    }

    fn compares_etag(&self, reply: &Reply) -> bool {
        // score-client `ScoreStorageService`
        reply.headers.get("x-amz-server-side-encryption").is_none_or(|value| value != "aws:kms")
    }
}

impl TuneFailure {
    pub(super) fn refused(reply: &Reply) -> Self {
        Self::Refused { status: reply.status.as_u16(), code: crate::text::shown(advice::code(reply).as_bytes(), 60) }
    }
}
