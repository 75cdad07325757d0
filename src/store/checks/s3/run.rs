//! The state that the checks of one S3 run share: the store, the signer, what was learned on the way, and the scratch
//! to remove. Sends requests as Score does. Knows nothing of what replies mean.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use http::Method;
use time::OffsetDateTime;
use tokio::sync::OnceCell;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use super::{link, scratch::Scratch, settings::SettingsReader};
use crate::{
    answers::target::S3Store,
    score::{Id, Scope, Severity, Version, provider::host_fault},
    store::{
        checks::{
            Finding, Leftover, advice,
            engine::{CheckRun, lock, note},
            entry::{StoreRoute, StoreRun},
        },
        probe::{
            Attempt, CLIENT_REPETITIONS, Failure, Phase, Presigned, Proxies, Proxy, Reply, Request, Route, Sender,
            Signer, Waits, xml,
        },
    },
    text::Endpoint,
};

/// The connections to open ahead. With the first, as many as requests are sent at the same time, without a pool.
const AHEAD: usize = 7;
/// The time for the answer to an announcement. A server that knows `Expect` answers at once.
const ANNOUNCED: Duration = Duration::from_secs(2);

pub(in crate::store::checks) struct S3Run {
    pub(super) store: Arc<S3Store>,
    pub(super) scope: Scope,
    proxies: Proxies,
    pub(super) route: StoreRoute,
    pub(super) signer: Signer,
    /// The object that the run pretends to upload; the same in every bucket.
    pub(super) object: Uuid,
    pub(super) scratch: Arc<Scratch>,
    /// The reply to the first signed request, which two checks judge.
    pub(super) first: OnceCell<Result<Reply, Finding>>,
    /// The first signed request while it is under way: it is sent before the check that judges its reply.
    under_way: Mutex<Option<AbortOnDropHandle<Result<Reply, Failure>>>>,
    /// The buckets that the key can list. Asked only if a bucket is missing, since Score's key need not be allowed to.
    buckets: OnceCell<Option<Vec<String>>>,
    /// The bytes of the sentinel, once a client's request for it was answered.
    pub(super) sentinel: Mutex<Option<Bytes>>,
    /// How the list of a bucket was denied.
    unlisted: Mutex<HashMap<String, Reply>>,
    /// The uploads under way, by bucket.
    uploads: Mutex<HashMap<String, OpenUpload>>,
    /// The time of the slowest reply to Score's own requests.
    slowest: Mutex<Duration>,
    /// The result of the run with the other signature version; tried once. The error names the step that failed.
    pub(super) other: OnceCell<Result<(), Obstacle>>,
    /// The facts for reading the settings of the buckets, if they are read.
    pub(super) settings: Option<SettingsReader>,
}

/// The place where the other signature version fails.
#[derive(Debug, thiserror::Error)]
pub(super) enum Obstacle {
    /// The status of the first reply.
    #[error("the keys are refused ({0})")]
    Keys(u16),
    /// A step, with the finding that it reports.
    #[error("{step}, {id}")]
    Finding { step: &'static str, id: Id },
    #[error("{0}")]
    Step(&'static str),
    #[error("it took too long")]
    Time,
}

/// The multipart upload under way in a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OpenUpload {
    pub(super) id: String,
    /// The `ETag` of the part that was sent.
    pub(super) etag: Option<String>,
}

impl CheckRun for S3Run {
    async fn clean_up(&self, limit: Duration) -> Vec<Leftover> {
        // what an old release cannot delete is deleted anyway
        let signer = |version| Signer { version, unescapes_paths: false, ..self.signer.clone() };
        // a slow store needs the time of three replies to remove one thing
        let limit = limit.max(*lock(&self.slowest) * 4);
        self.scratch.remove(&self.route.sender, signer, self.route.timeouts.waits(), limit).await
    }
}

impl StoreRun for S3Run {
    const LOSS_OF_SIGN_IN: Severity = Severity::Ping;

    fn route(&self) -> &StoreRoute {
        &self.route
    }

    fn explain_failure(&self, failure: &Failure) -> Finding {
        let endpoint = &self.route.endpoint;
        let finding =
            advice::unanswered(failure, endpoint, advice::STORE.after_a_reply(lock(&self.route.unsigned).is_some()));
        let bucket = matches!(failure, Failure::Dns(_)).then(|| self.bucket_in_host()).flatten();
        let finding = match bucket {
            Some(bucket) => advice::bucket_in_host(endpoint, &bucket).saw(failure.to_string()),
            None => finding,
        };
        match self.unused_proxy() {
            Some(proxy) if failure.on_the_way() => advice::no_way_but_a_proxy(finding, failure, endpoint, proxy),
            _ => finding,
        }
    }

    fn connections_ahead(&self) -> usize {
        match self.scope {
            Scope::Reach => 0,
            Scope::SignIn => 1,
            Scope::ReadOnly | Scope::All => AHEAD,
        }
    }

    fn explain_tls_port(&self) -> Finding {
        advice::tls_port(&self.route.endpoint, advice::STORE)
    }

    fn wrong_host(&self) -> Option<Finding> {
        let endpoint = &self.route.endpoint;
        host_fault(&endpoint.host, &endpoint.base).map(|fault| advice::wrong_host(endpoint, &fault))
    }

    fn unused_proxy(&self) -> Option<&Proxy> {
        self.proxies.meant_for(&self.route.endpoint)
    }
}

/// Sends a request as Score's server does, and again as its SDK does.
async fn send_as_score(
    sender: &Sender,
    signer: &Signer,
    request: &Request,
    (waits, most): (Waits, u32),
) -> Result<Reply, Failure> {
    let first = Attempt::first();
    let send = |earlier| {
        sender.send(signer.attempt(request, Attempt { earlier, ..first }, OffsetDateTime::now_utc()), waits.score)
    };
    Sender::repeat(waits, most, send).await
}

impl S3Run {
    /// Prepares a run.
    ///
    /// # Errors
    /// Returns a finding if the endpoint or the route is not valid.
    pub(in crate::store::checks) fn new(store: S3Store, route: &Route, scope: Scope) -> Result<Self, Finding> {
        let endpoint = Endpoint::parse(&store.endpoint).map_err(|why| advice::bad_endpoint(why, advice::STORE))?;
        let signer = link::signer(&store, &endpoint);
        let proxies = route.proxies.clone();
        let route = StoreRoute::new(endpoint, route, store.connection_timeout)?;
        Ok(Self::with(Arc::new(store), scope, proxies, route, signer, Arc::default()))
    }

    /// Sets the facts for reading the settings of the buckets.
    pub(in crate::store::checks) fn reading(self, settings: SettingsReader) -> Self {
        Self { settings: Some(settings), ..self }
    }

    fn with(
        store: Arc<S3Store>,
        scope: Scope,
        proxies: Proxies,
        route: StoreRoute,
        signer: Signer,
        scratch: Arc<Scratch>,
    ) -> Self {
        Self {
            store,
            scope,
            proxies,
            route,
            signer,
            object: Uuid::new_v4(),
            scratch,
            first: OnceCell::new(),
            under_way: Mutex::default(),
            buckets: OnceCell::new(),
            sentinel: Mutex::default(),
            unlisted: Mutex::default(),
            uploads: Mutex::default(),
            slowest: Mutex::default(),
            other: OnceCell::new(),
            settings: None,
        }
    }

    /// Returns the same run with the other signature version and another object. Scratch is shared.
    pub(super) fn in_other_version(&self) -> Self {
        let version = match self.signer.version {
            Version::V2 => Version::V4,
            Version::V4 => Version::V2,
        };
        Self::with(
            self.store.clone(),
            self.scope,
            self.proxies.clone(),
            self.route.afresh(),
            Signer { version, ..self.signer.clone() },
            self.scratch.clone(),
        )
    }

    /// Sends a request signed by header, as Score's server does.
    ///
    /// # Errors
    /// Returns a finding if no reply comes.
    pub(super) async fn send_signed(&self, request: &Request) -> Result<Reply, Finding> {
        let reply = self.send_signed_by(&self.signer, request).await;
        reply.map_err(|failure| self.explain_failure(&failure).saw(request.line()))
    }

    /// Sends a request as Score's server does, signed by a signer that differs from Score's.
    ///
    /// # Errors
    /// Returns the failure if no reply comes.
    pub(super) async fn send_signed_by(&self, signer: &Signer, request: &Request) -> Result<Reply, Failure> {
        let reply = send_as_score(&self.route.sender, signer, request, self.patience()).await?;
        note(&reply);
        let mut slowest = lock(&self.slowest);
        *slowest = reply.elapsed.max(*slowest);
        Ok(reply)
    }

    /// Begins to send the first signed request. [`Self::send_first_signed`] returns its reply.
    pub(super) fn begin_first_signed(&self, request: Request) {
        let (sender, signer, patience) = (self.route.sender.clone(), self.signer.clone(), self.patience());
        let sending = tokio::spawn(async move { send_as_score(&sender, &signer, &request, patience).await });
        *lock(&self.under_way) = Some(AbortOnDropHandle::new(sending));
    }

    /// Returns true if the first signed request has its result.
    pub(super) fn first_came(&self) -> bool {
        lock(&self.under_way).as_ref().is_some_and(AbortOnDropHandle::is_finished)
    }

    /// Sends the first signed request. Reports P83 if the store answers unsigned requests but not this one.
    ///
    /// # Errors
    /// Returns a finding if no reply comes.
    pub(super) async fn send_first_signed(&self, request: &Request) -> Result<Reply, Finding> {
        let under_way = lock(&self.under_way).take();
        let sent = match under_way {
            Some(sending) => sending.await.ok(),
            None => None,
        };
        let reply = match sent {
            Some(reply) => reply,
            None => send_as_score(&self.route.sender, &self.signer, request, self.patience()).await,
        };
        reply.map_err(|failure| match failure {
            Failure::Timeout { phase: Phase::Reply, .. } if lock(&self.route.unsigned).is_some() => {
                advice::only_strangers_answered(&self.route.endpoint).saw(failure.to_string())
            }
            failure => self.explain_failure(&failure).saw(request.line()),
        })
    }

    /// Returns how long Score waits, and how often it repeats a request.
    fn patience(&self) -> (Waits, u32) {
        (self.route.timeouts.waits(), self.store.retry_limit)
    }

    /// Sends a request signed with an access key that does not exist. If the store gives the same answer to this key,
    /// that answer is not about our key.
    ///
    /// # Errors
    /// Returns the failure if no reply comes.
    pub(super) async fn send_with_unknown_key(&self, request: &Request) -> Result<Reply, Failure> {
        let key = format!("NOBODY{}", self.object.simple()).to_ascii_uppercase();
        self.send_signed_by(&Signer { access_key: key[..20].to_owned(), ..self.signer.clone() }, request).await
    }

    /// Sends a signed request without announcing its body by `Expect`.
    ///
    /// # Errors
    /// Returns the failure if no reply comes.
    pub(super) async fn send_without_expect(&self, request: &Request) -> Result<Reply, Failure> {
        let mut signed = self.signer.by_header(request, OffsetDateTime::now_utc());
        signed.headers.remove("expect");
        self.route.sender.send(signed, self.route.timeouts.request()).await
    }

    /// Sends a request with the signature in the query, to the endpoint itself.
    ///
    /// # Errors
    /// Returns the failure if no reply comes.
    pub(super) async fn send_presigned(&self, request: &Request) -> Result<Reply, Failure> {
        self.send_presigned_by(&self.signer, request).await
    }

    async fn send_presigned_by(&self, signer: &Signer, request: &Request) -> Result<Reply, Failure> {
        let presigned = signer.by_query(request, time::Duration::minutes(5), OffsetDateTime::now_utc());
        self.route.sender.fetch(&presigned, self.route.timeouts.request()).await
    }

    /// Sends a signed request whose signature leaves out the path of the endpoint.
    ///
    /// # Errors
    /// Returns the failure if no reply comes.
    pub(super) async fn send_without_signing_path(&self, request: &Request) -> Result<Reply, Failure> {
        let root = Endpoint { base: String::new(), ..self.route.endpoint.clone() };
        let signer = Signer { endpoint: root, ..self.signer.clone() };
        let mut ready = signer.by_header(request, OffsetDateTime::now_utc());
        ready.target.insert_str(0, &self.route.endpoint.base);
        self.route.sender.send(ready, self.route.timeouts.request()).await
    }

    /// Makes the URL that a client of Score gets, through the override host if there is one.
    fn url_for_client(&self, request: &Request, life: time::Duration) -> Presigned {
        let presigned = self.signer.by_query(request, life, OffsetDateTime::now_utc());
        match &self.store.override_host {
            Some(host) => presigned.through(host),
            None => presigned,
        }
    }

    /// Follows a pre-signed URL as a client of Score does: again after an error of the server.
    ///
    /// # Errors
    /// Returns the failure if no reply comes.
    pub(super) async fn follow_presigned(
        &self,
        request: &Request,
        life: time::Duration,
        limit: Duration,
    ) -> Result<Reply, Failure> {
        let (url, waits) = (self.url_for_client(request, life), self.route.timeouts.waits());
        let reply = Sender::repeat(waits, CLIENT_REPETITIONS, |_| self.route.sender.fetch(&url, limit)).await?;
        note(&reply);
        Ok(reply)
    }

    /// Follows a pre-signed URL once.
    ///
    /// # Errors
    /// Returns the failure if no reply comes.
    pub(super) async fn follow_presigned_once(
        &self,
        request: &Request,
        life: time::Duration,
        limit: Duration,
    ) -> Result<Reply, Failure> {
        self.route.sender.fetch(&self.url_for_client(request, life), limit).await
    }

    /// Announces a client's body of this length without sending it. Returns the refusal, if there is one.
    pub(super) async fn announce_presigned(&self, request: &Request, length: u64) -> Option<Reply> {
        let url = self.url_for_client(request, time::Duration::minutes(5));
        // a missing answer is not a refusal: many servers do not support announcements
        self.route.sender.announce(&url, length, ANNOUNCED).await.ok().flatten()
    }

    /// Returns the endpoint without its port if Score's clients send that port in Host and version 4 does not sign it, and
    /// a client's request passes without it.
    pub(super) async fn passes_without_usual_port(&self, request: &Request) -> Option<String> {
        let other = self.route.endpoint.without_usual_port().filter(|_| self.signer.version == Version::V4)?;
        let endpoint = Endpoint::parse(&other).ok()?;
        let reply = self.send_presigned_by(&Signer { endpoint, ..self.signer.clone() }, request).await;
        reply.is_ok_and(|reply| reply.status.is_success()).then_some(other)
    }

    /// Returns all buckets that the key can list, or `None` if it may not ask.
    pub(super) async fn list_buckets(&self) -> Option<&[String]> {
        let ask = || async {
            let reply = self.send_signed(&Request::new(Method::GET, "", "")).await.ok()?;
            xml::buckets(&reply.body).ok().filter(|_| reply.status.is_success())
        };
        self.buckets.get_or_init(ask).await.as_deref()
    }

    /// Returns the first label of the host if it is the name of a bucket.
    fn bucket_in_host(&self) -> Option<String> {
        let (first, _) = self.route.endpoint.host.split_once('.')?;
        let named = |bucket: &String| bucket == first;
        let mut buckets = self.store.object_buckets().into_iter().chain(self.store.state_buckets());
        let base = [&self.store.object_bucket, &self.store.state_bucket].into_iter().find(|bucket| named(bucket));
        base.cloned().or_else(|| buckets.find(named))
    }

    /// Explains why a client got no reply. Clients connect to the override host, if there is one.
    pub(super) fn explain_client_failure(&self, failure: &Failure) -> Finding {
        match self.store.override_host.as_deref().map(Endpoint::parse) {
            Some(Ok(endpoint)) => advice::override_unanswered(failure, &endpoint),
            Some(Err(why)) => advice::bad_override(why),
            None => self.explain_failure(failure),
        }
    }

    /// Returns true if there is an override host, and a client's request passes without it.
    pub(super) async fn works_without_override(&self, request: &Request) -> bool {
        if self.store.override_host.is_none() {
            return false;
        }
        self.send_presigned(request).await.is_ok_and(|reply| reply.status.is_success())
    }

    /// Returns `upload/<object>_<upload>`, where Score keeps the state of an upload (Score 5.11 `S3UploadStateStore`).
    pub(super) fn state_folder(&self) -> String {
        let directory = &self.store.upload_directory;
        format!("{directory}/{}_{}", self.object, self.object.simple())
    }

    /// Returns `data/<object>`.
    pub(super) fn object_key(&self) -> String {
        match self.store.data_directory.as_str() {
            "" => self.object.to_string(),
            directory => format!("{directory}/{}", self.object),
        }
    }

    /// Notes that the key may not list a bucket.
    pub(super) fn note_unlisted(&self, bucket: &str, reply: &Reply) {
        lock(&self.unlisted).insert(bucket.to_owned(), reply.clone());
    }

    /// Returns how the list of a bucket was denied.
    pub(super) fn unlisted(&self, bucket: &str) -> Option<Reply> {
        lock(&self.unlisted).get(bucket).cloned()
    }

    pub(super) fn upload(&self, bucket: &str) -> Option<OpenUpload> {
        lock(&self.uploads).get(bucket).cloned()
    }

    pub(super) fn set_upload(&self, bucket: &str, upload: OpenUpload) {
        lock(&self.uploads).insert(bucket.to_owned(), upload);
    }
}
