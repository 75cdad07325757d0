//! What the checks of one run share, and the scratch blobs that have to go again. Knows nothing of what replies mean.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use http::Method;
use time::OffsetDateTime;
use tokio::{
    sync::OnceCell,
    time::{Instant, sleep},
};
use uuid::Uuid;

use crate::{
    answers::target::AzureStore,
    score::Scope,
    store::{
        checks::{
            Finding, Leftover, Policy,
            advice::{self, azure as words, azure::Side},
            pace::Pace,
            reach::Way,
            visit::lock,
        },
        probe::{Body, Failure, Reply, Request, Route, Sender, Signed, azure::Account},
    },
    text::Endpoint,
};

/// How long a policy that was just changed may take, and how the waiting grows.
const ACTS: Duration = Duration::from_secs(30);
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

pub(in crate::store::checks) struct Visit {
    pub(super) store: AzureStore,
    pub(super) scope: Scope,
    pub(super) pace: Pace,
    pub(super) endpoint: Endpoint,
    pub(super) sender: Sender,
    pub(super) account: Account,
    /// Set by the check of the address.
    pub(super) addresses: Mutex<Vec<SocketAddr>>,
    /// What an unsigned GET was answered, and when.
    pub(super) greeting: Mutex<Option<(Reply, OffsetDateTime)>>,
    /// The answer to Score's first request, which two checks look at.
    pub(super) first: OnceCell<Result<Reply, Finding>>,
    /// What the container says of its policies.
    pub(super) policies: OnceCell<Result<Vec<(String, Policy)>, Finding>>,
    /// Its bytes, once a client's request for it was answered.
    pub(super) sentinel: Mutex<Option<Bytes>>,
    /// Blobs that this run writes, registered before they are.
    scratch: Mutex<Vec<String>>,
}

impl Visit {
    /// # Errors
    /// What of the endpoint, the key or the route makes no sense.
    pub(in crate::store::checks) fn new(store: AzureStore, route: &Route, scope: Scope) -> Result<Arc<Self>, Finding> {
        let endpoint = Endpoint::parse(&store.endpoint()).map_err(|why| words::bad_endpoint(&store, why))?;
        let sender = Sender::new(route).map_err(|why| advice::bad_route(&why.to_string()))?;
        let account = Account::new(endpoint.clone(), &store.account, &store.key).map_err(|_| words::bad_key())?;
        Ok(Arc::new(Self {
            store,
            scope,
            pace: Pace::new(route.patient, Duration::ZERO),
            endpoint,
            sender,
            account,
            addresses: Mutex::default(),
            greeting: Mutex::default(),
            first: OnceCell::new(),
            policies: OnceCell::new(),
            sentinel: Mutex::default(),
            scratch: Mutex::default(),
        }))
    }

    pub(super) fn way(&self) -> Way<'_> {
        Way { endpoint: &self.endpoint, sender: &self.sender, addresses: &self.addresses, pace: self.pace }
    }

    pub(super) fn unanswered(&self, failure: &Failure) -> Finding {
        words::unanswered(failure, &self.endpoint, &self.store)
    }

    /// As a stranger asks: without a signature.
    pub(super) async fn stranger(&self, request: &Request, limit: Duration) -> Result<Reply, Failure> {
        self.sender.send(Signed::unsigned(&self.endpoint, request), limit).await
    }

    /// As Score's server asks.
    pub(super) async fn server(&self, request: &Request) -> Result<Reply, Finding> {
        self.signed(request, self.pace.request()).await
    }

    /// The same when nothing that is signed was answered yet.
    pub(super) async fn server_first(&self, request: &Request) -> Result<Reply, Finding> {
        self.signed(request, self.pace.sign_in()).await
    }

    async fn signed(&self, request: &Request, limit: Duration) -> Result<Reply, Finding> {
        let signed = self.account.by_header(request, OffsetDateTime::now_utc());
        self.sender.send(signed, limit).await.map_err(|failure| self.unanswered(&failure))
    }

    /// As a client of Score follows a URL made by this policy.
    pub(super) async fn client(&self, request: &Request, side: Side, limit: Duration) -> Result<Reply, Failure> {
        let (policy, days) = (words::side_name(side, &self.store), self.store.download_expiration_days);
        let url = self.account.by_policy(request, policy, days, OffsetDateTime::now_utc());
        self.sender.fetch(&url, limit).await
    }

    /// The same, again and again while a policy that was just changed may not count yet.
    pub(super) async fn patient(&self, request: &Request, side: Side) -> Result<Reply, Finding> {
        let (end, mut pause) = (Instant::now() + ACTS, FIRST_PAUSE);
        loop {
            let reply =
                self.client(request, side, self.pace.request()).await.map_err(|failure| self.unanswered(&failure))?;
            let may_come = ["AuthenticationFailed", "AuthorizationFailure", "AuthorizationPermissionMismatch"];
            let later = Instant::now() + pause;
            if !may_come.contains(&advice::code(&reply).as_str())
                || self.store.download_expiration_days == 0
                || later > end
            {
                return Ok(reply);
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    pub(super) fn blob(&self, method: Method, name: &str) -> Request {
        Request::new(method, &self.store.container, name)
    }

    /// The name of a blob that this run may write. Score's own are such ids, so no rule for names can mind.
    pub(super) fn scratch(&self) -> String {
        let name = Uuid::new_v4().to_string();
        lock(&self.scratch).push(name.clone());
        name
    }

    /// Removes all scratch within this time; what is still there.
    pub(in crate::store::checks) async fn tidy(&self, budget: Duration) -> Vec<Leftover> {
        let names = std::mem::take(&mut *lock(&self.scratch));
        let end = Instant::now() + budget;
        let mut left = Vec::new();
        for name in names {
            if !self.removed(&name, end).await {
                left.push(Leftover { bucket: self.store.container.clone(), key: name, upload: None });
            }
        }
        left
    }

    /// A blob of which only blocks came is not there, and its blocks stay for a week: written empty, it can be deleted.
    async fn removed(&self, name: &str, end: Instant) -> bool {
        let send = async |request: Request| {
            let signed = self.account.by_header(&request, OffsetDateTime::now_utc());
            self.sender.send(signed, end.saturating_duration_since(Instant::now())).await.ok()
        };
        let delete = || self.blob(Method::DELETE, name);
        match send(delete()).await {
            Some(reply) if reply.status.is_success() => true,
            Some(reply) if reply.status.as_u16() == 404 && advice::code(&reply) == "BlobNotFound" => {
                let blocks = self.blob(Method::GET, name).query("comp", "blocklist").query("blocklisttype", "all");
                if send(blocks).await.is_some_and(|reply| reply.status.as_u16() == 404) {
                    return true;
                }
                let empty = self.blob(Method::PUT, name).header("x-ms-blob-type", "BlockBlob").body(Body::Empty);
                send(empty).await.is_some_and(|reply| reply.status.is_success())
                    && send(delete()).await.is_some_and(|reply| reply.status.is_success())
            }
            Some(reply) => reply.status.as_u16() == 404,
            None => false,
        }
    }
}
