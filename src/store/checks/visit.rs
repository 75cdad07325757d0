//! What all checks of one run share: the store, the signer, the sender, what was learnt on the way, and the scratch that
//! has to go again. Knows nothing of what replies mean.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::Method;
use time::OffsetDateTime;
use tokio::sync::OnceCell;
use uuid::Uuid;

use super::{Finding, Leftover, advice, link, pace::Pace, scratch::Scratch};
use crate::{
    answers::target::S3Store,
    score::{Scope, Version},
    store::probe::{Failure, Proxies, Proxy, Reply, Request, Route, Sender, Signed, Signer, Stage, xml},
    text::Endpoint,
};

/// For the answer to an announcement, which a server that knows it gives at once.
const ANNOUNCED: Duration = Duration::from_secs(2);

pub(super) struct Visit {
    pub(super) store: Arc<S3Store>,
    pub(super) scope: Scope,
    pub(super) pace: Pace,
    proxies: Proxies,
    pub(super) endpoint: Endpoint,
    pub(super) sender: Sender,
    pub(super) signer: Signer,
    /// The object that the run pretends to upload, in every bucket the same.
    pub(super) object: Uuid,
    pub(super) scratch: Arc<Scratch>,
    /// Set by the check of the address.
    pub(super) addresses: Mutex<Vec<SocketAddr>>,
    /// What an unsigned GET was answered, and when.
    pub(super) greeting: Mutex<Option<(Reply, OffsetDateTime)>>,
    /// The answer to the first signed request, which two checks look at.
    pub(super) first: OnceCell<Result<Reply, Finding>>,
    /// The buckets that the key sees; asked only where one is missing, and Score's key need not be allowed to.
    buckets: OnceCell<Option<Vec<String>>>,
    /// Its bytes, once a client's request for it was answered.
    pub(super) sentinel: Mutex<Option<Bytes>>,
    /// By bucket: how its list was denied.
    unlisted: Mutex<HashMap<String, Reply>>,
    /// By bucket.
    uploads: Mutex<HashMap<String, Upload>>,
    /// Whether the other signature version passes; tried once.
    pub(super) other: OnceCell<Result<(), String>>,
}

/// The multipart upload under way in a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Upload {
    pub(super) id: String,
    /// Of the part that was sent.
    pub(super) etag: Option<String>,
}

impl Visit {
    /// # Errors
    /// What of the endpoint or the route makes no sense.
    pub(super) fn new(store: S3Store, route: &Route, scope: Scope) -> Result<Arc<Self>, Finding> {
        let endpoint =
            Endpoint::parse(&store.endpoint).map_err(|why| advice::bad_endpoint(why, advice::Asked::Store))?;
        let sender = Sender::new(route).map_err(|why| advice::bad_route(&why.to_string()))?;
        let signer = link::signer(&store, &endpoint);
        let pace = Pace::new(route.patient, store.connection_timeout);
        let way = (pace, route.proxies.clone());
        Ok(Self::with(Arc::new(store), scope, way, endpoint, sender, signer, Arc::default()))
    }

    fn with(
        store: Arc<S3Store>,
        scope: Scope,
        (pace, proxies): (Pace, Proxies),
        endpoint: Endpoint,
        sender: Sender,
        signer: Signer,
        scratch: Arc<Scratch>,
    ) -> Arc<Self> {
        Arc::new(Self {
            store,
            scope,
            pace,
            proxies,
            endpoint,
            sender,
            signer,
            object: Uuid::new_v4(),
            scratch,
            addresses: Mutex::default(),
            greeting: Mutex::default(),
            first: OnceCell::new(),
            buckets: OnceCell::new(),
            sentinel: Mutex::default(),
            unlisted: Mutex::default(),
            uploads: Mutex::default(),
            other: OnceCell::new(),
        })
    }

    /// The same visit with the other signature version, and with an object of its own.
    pub(super) fn in_other_version(&self) -> Arc<Self> {
        let version = match self.signer.version {
            Version::V2 => Version::V4,
            Version::V4 => Version::V2,
        };
        Self::with(
            self.store.clone(),
            self.scope,
            (self.pace, self.proxies.clone()),
            self.endpoint.clone(),
            self.sender.clone(),
            Signer { version, ..self.signer.clone() },
            self.scratch.clone(),
        )
    }

    /// As Score's server asks.
    ///
    /// # Errors
    /// Why there is no reply.
    pub(super) async fn server(&self, request: &Request) -> Result<Reply, Finding> {
        let signed = self.signer.by_header(request, OffsetDateTime::now_utc());
        self.sender.send(signed, self.pace.request()).await.map_err(|failure| self.unanswered(&failure))
    }

    /// As Score's server asks, when nothing that is signed was answered yet. Who answers strangers and not Score is told so.
    ///
    /// # Errors
    /// Why there is no reply.
    pub(super) async fn server_first(&self, request: &Request) -> Result<Reply, Finding> {
        let signed = self.signer.by_header(request, OffsetDateTime::now_utc());
        self.sender.send(signed, self.pace.sign_in()).await.map_err(|failure| match failure {
            Failure::Timeout { stage: Stage::Reply, .. } if lock(&self.greeting).is_some() => {
                advice::only_strangers_answered(&self.endpoint).saw(failure.to_string())
            }
            failure => self.unanswered(&failure),
        })
    }

    /// As Score's server would ask with another access key, which nobody has: what is said of that one, the store does not
    /// say of ours alone.
    ///
    /// # Errors
    /// Why there is no reply.
    pub(super) async fn with_a_key_of_nobody(&self, request: &Request) -> Result<Reply, Failure> {
        let key = format!("NOBODY{}", self.object.simple()).to_ascii_uppercase();
        let signer = Signer { access_key: key[..20].to_owned(), ..self.signer.clone() };
        self.sender.send(signer.by_header(request, OffsetDateTime::now_utc()), self.pace.request()).await
    }

    /// As Score's server asks, but the body goes out without being announced by `Expect`.
    ///
    /// # Errors
    /// Why there is no reply.
    pub(super) async fn server_unannounced(&self, request: &Request) -> Result<Reply, Failure> {
        let mut signed = self.signer.by_header(request, OffsetDateTime::now_utc());
        signed.headers.remove("expect");
        self.sender.send(signed, self.pace.request()).await
    }

    /// All buckets that the key sees, where it may ask.
    pub(super) async fn buckets(&self) -> Option<&[String]> {
        let ask = || async {
            let reply = self.server(&Request::new(Method::GET, "", "")).await.ok()?;
            xml::buckets(&reply.body).ok().filter(|_| reply.status.is_success())
        };
        self.buckets.get_or_init(ask).await.as_deref()
    }

    /// What other programs would go through; Score does not.
    pub(super) fn proxy(&self) -> Option<&Proxy> {
        self.proxies.meant_for(&self.endpoint)
    }

    /// Why there is no reply, with what is known of buckets and proxies.
    pub(super) fn unanswered(&self, failure: &Failure) -> Finding {
        let finding = advice::unanswered(failure, &self.endpoint, advice::Asked::Store);
        let bucket = matches!(failure, Failure::Dns(_)).then(|| self.bucket_in_host()).flatten();
        let finding = match bucket {
            Some(bucket) => advice::bucket_in_host(&self.endpoint, &bucket).saw(failure.to_string()),
            None => finding,
        };
        match self.proxy() {
            Some(proxy) if failure.on_the_way() => advice::no_way_but_a_proxy(finding, failure, &self.endpoint, proxy),
            _ => finding,
        }
    }

    /// The first name of the host, where it is that of a bucket.
    pub(super) fn bucket_in_host(&self) -> Option<String> {
        let (first, _) = self.endpoint.host.split_once('.')?;
        let named = |bucket: &String| bucket == first;
        let mut buckets = self.store.object_buckets().into_iter().chain(self.store.state_buckets());
        let base = [&self.store.object_bucket, &self.store.state_bucket].into_iter().find(|bucket| named(bucket));
        base.cloned().or_else(|| buckets.find(named))
    }

    /// As Score's server asks, with the signature in the query.
    ///
    /// # Errors
    /// Why there is no reply.
    pub(super) async fn by_query(&self, request: &Request) -> Result<Reply, Failure> {
        let presigned = self.signer.by_query(request, time::Duration::minutes(5), OffsetDateTime::now_utc());
        self.sender.fetch(&presigned, self.pace.request()).await
    }

    /// As Score's server asks, but the path of the endpoint is sent and not signed.
    ///
    /// # Errors
    /// Why there is no reply.
    pub(super) async fn server_unbased(&self, request: &Request) -> Result<Reply, Failure> {
        let root = Endpoint { base: String::new(), ..self.endpoint.clone() };
        let signer = Signer { endpoint: root, ..self.signer.clone() };
        let mut ready = signer.by_header(request, OffsetDateTime::now_utc());
        ready.target.insert_str(0, &self.endpoint.base);
        self.sender.send(ready, self.pace.request()).await
    }

    /// As a stranger asks: without a signature.
    ///
    /// # Errors
    /// Why there is no reply.
    pub(super) async fn stranger(&self, request: &Request, limit: Duration) -> Result<Reply, Failure> {
        self.sender.send(Signed::unsigned(&self.endpoint, request), limit).await
    }

    /// As a client of Score follows a pre-signed URL, through the override host where there is one.
    ///
    /// # Errors
    /// Why there is no reply.
    pub(super) async fn client(
        &self,
        request: &Request,
        life: time::Duration,
        limit: Duration,
    ) -> Result<Reply, Failure> {
        let mut presigned = self.signer.by_query(request, life, OffsetDateTime::now_utc());
        if let Some(host) = &self.store.override_host {
            presigned = presigned.through(host);
        }
        self.sender.fetch(&presigned, limit).await
    }

    /// Whether a client's body as long as this would be refused: the refusal. It is only announced.
    pub(super) async fn client_announces(&self, request: &Request, length: u64) -> Option<Reply> {
        let mut presigned = self.signer.by_query(request, time::Duration::minutes(5), OffsetDateTime::now_utc());
        if let Some(host) = &self.store.override_host {
            presigned = presigned.through(host);
        }
        // no answer is no refusal: many servers know nothing of announcements
        self.sender.announce(&presigned, length, ANNOUNCED).await.ok().flatten()
    }

    /// Why a client got no reply: what it connects to is the override host, where there is one.
    pub(super) fn client_unanswered(&self, failure: &Failure) -> Finding {
        let other = self.store.override_host.as_deref();
        match other.and_then(|host| Endpoint::parse(host).ok()) {
            Some(endpoint) => advice::override_unanswered(failure, &endpoint),
            None => self.unanswered(failure),
        }
    }

    /// Whether there is an override host, and a client's request passes without it.
    pub(super) async fn works_without_override(&self, request: &Request) -> bool {
        if self.store.override_host.is_none() {
            return false;
        }
        self.by_query(request).await.is_ok_and(|reply| reply.status.is_success())
    }

    /// `upload/<object>_<upload>`, where Score keeps the state of an upload (Score 5.11 `S3UploadStateStore`).
    pub(super) fn folder(&self) -> String {
        let directory = &self.store.upload_directory;
        format!("{directory}/{}_{}", self.object, self.object.simple())
    }

    /// `data/<object>`.
    pub(super) fn data_key(&self) -> String {
        match self.store.data_directory.as_str() {
            "" => self.object.to_string(),
            directory => format!("{directory}/{}", self.object),
        }
    }

    pub(super) fn cannot_list(&self, bucket: &str, reply: &Reply) {
        lock(&self.unlisted).insert(bucket.to_owned(), reply.clone());
    }

    pub(super) fn unlisted(&self, bucket: &str) -> Option<Reply> {
        lock(&self.unlisted).get(bucket).cloned()
    }

    pub(super) fn upload(&self, bucket: &str) -> Option<Upload> {
        lock(&self.uploads).get(bucket).cloned()
    }

    pub(super) fn set_upload(&self, bucket: &str, upload: Upload) {
        lock(&self.uploads).insert(bucket.to_owned(), upload);
    }

    /// Removes all scratch within this time; what is still there.
    pub(super) async fn tidy(self: &Arc<Self>, budget: Duration) -> Vec<Leftover> {
        let signer = |version| Signer { version, ..self.signer.clone() };
        self.scratch.remove(&self.sender, signer, budget).await
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
