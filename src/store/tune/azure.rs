//! The requests of a client to Azure Blob Storage, and what they need: a blob whose blocks are never committed, and a blob
//! to fetch ranges of. Removes both, and looks whether they are gone.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::Method;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    Omitted, TuneFailure,
    pool::{ClientRequests, ScratchStore},
};
use crate::{
    answers::target::AzureStore,
    store::{
        checks::Leftover,
        probe::{Body, Presigned, Reply, Request, Route, Sender, azure::Account},
    },
    text::Endpoint,
};

/// The time for a reply to a request without a large body.
const REPLY: Duration = Duration::from_secs(10);
/// The blocks with different names; a blob may have 50 000, and all names of one blob have the same length.
const NUMBERS: u64 = 1000;

pub(super) struct AzureScratch {
    store: AzureStore,
    account: Account,
    sender: Sender,
    /// The blob of blocks, and the blob to fetch.
    blobs: [String; 2],
    left: Mutex<[bool; 2]>,
    size: Mutex<u64>,
}

impl AzureScratch {
    pub(super) fn new(store: AzureStore, route: &Route, most: usize) -> Result<Self, TuneFailure> {
        let endpoint = Endpoint::parse(&store.endpoint()).map_err(|why| TuneFailure::Route(why.to_string()))?;
        let sender = Sender::reading(route, most).map_err(|why| TuneFailure::Route(why.to_string()))?;
        let account = Account::new(endpoint, &store.account, &store.key);
        let account = account.map_err(|why| TuneFailure::Route(why.to_string()))?;
        let blobs = [Uuid::new_v4().to_string(), Uuid::new_v4().to_string()];
        Ok(Self { store, account, sender, blobs, left: Mutex::default(), size: Mutex::default() })
    }

    async fn signed(&self, request: &Request) -> Option<Reply> {
        self.sender.send(self.account.by_header(request, OffsetDateTime::now_utc()), REPLY).await.ok()
    }

    fn by(&self, policy: &str, request: &Request) -> Presigned {
        self.account.by_policy(request, policy, self.store.download_expiration_days, OffsetDateTime::now_utc())
    }
}

impl ScratchStore for AzureScratch {
    fn sender(&self) -> &Sender {
        &self.sender
    }

    fn endpoint(&self) -> &Endpoint {
        &self.account.endpoint
    }

    async fn begin(&self) -> Result<(), TuneFailure> {
        lock(&self.left)[0] = true;
        let request = self.upload(0, Bytes::from_static(b"scratch"));
        let reply = self.sender.fetch(&request, REPLY).await.map_err(|_| TuneFailure::NoReply)?;
        if reply.status.is_success() { Ok(()) } else { Err(TuneFailure::refused(&reply)) }
    }

    async fn put(&self, random: Bytes) -> Result<(), Omitted> {
        lock(&self.left)[1] = true;
        *lock(&self.size) = random.len() as u64;
        // One request, as score-client sends a blob up to 128 MiB
        let request = Request::new(Method::PUT, &self.store.container, &self.blobs[1])
            .header("x-ms-blob-type", "BlockBlob")
            .body(Body::Plain(random));
        let request = self.by(&self.store.upload_policy, &request);
        let reply = self.sender.fetch(&request, REPLY * 6).await.map_err(|_| Omitted::NotWritten(0))?;
        if reply.status.is_success() { Ok(()) } else { Err(Omitted::NotWritten(reply.status.as_u16())) }
    }

    /// Returns nothing: on Azure the part size has no effect on uploads.
    async fn announce(&self, _: u64) -> Option<Reply> {
        None
    }

    async fn remove(&self) {
        let left = *lock(&self.left);
        for (at, name) in self.blobs.iter().enumerate().filter(|(at, _)| left[*at]) {
            let blob = |method| Request::new(method, &self.store.container, name);
            // An empty write drops blocks that were not committed; without it they stay for a week
            let empty = blob(Method::PUT).header("x-ms-blob-type", "BlockBlob").body(Body::Empty);
            self.signed(&empty).await;
            self.signed(&blob(Method::DELETE)).await;
            if self.signed(&blob(Method::HEAD)).await.is_some_and(|reply| reply.status.as_u16() == 404) {
                lock(&self.left)[at] = false;
            }
        }
    }

    fn leftovers(&self) -> Vec<Leftover> {
        let left = self.blobs.iter().zip(*lock(&self.left)).filter(|(_, left)| *left);
        left.map(|(name, _)| Leftover { bucket: self.store.container.clone(), key: name.clone(), upload: None })
            .collect()
    }
}

impl ClientRequests for AzureScratch {
    fn upload(&self, number: u64, body: Bytes) -> Presigned {
        let id = STANDARD.encode(format!("{:064}", number % NUMBERS));
        let request = Request::new(Method::PUT, &self.store.container, &self.blobs[0])
            .query("comp", "block")
            .query("blockid", id)
            .body(Body::Plain(body));
        self.by(&self.store.upload_policy, &request)
    }

    fn download(&self, number: u64, length: u64) -> Presigned {
        let range = super::range(*lock(&self.size), number, length);
        let request = Request::new(Method::GET, &self.store.container, &self.blobs[1]).header("range", range);
        self.by(&self.store.download_policy, &request)
    }

    fn compares_etag(&self, _: &Reply) -> bool {
        false
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
