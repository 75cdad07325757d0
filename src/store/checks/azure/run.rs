//! The state that the checks of one Azure run share, and the scratch blobs to remove. Sends requests as Score does.
//! Knows nothing of what replies mean.

use std::{sync::Mutex, time::Duration};

use bytes::Bytes;
use http::Method;
use time::OffsetDateTime;
use tokio::{
    sync::OnceCell,
    time::{Instant, sleep},
};
use uuid::Uuid;

use super::settings;
use crate::{
    answers::target::AzureStore,
    score::{Scope, Severity},
    store::{
        checks::{
            Finding, Leftover, Policy,
            advice::{self, azure as words, azure::Side},
            engine::{CheckRun, lock, note},
            entry::{StoreRoute, StoreRun},
        },
        probe::{Body, Failure, Reply, Request, Route, Sender, azure::Account},
    },
    text::Endpoint,
};

/// The repetitions of azure-storage 4.4.0 (`RetryPolicy.DEFAULT_CLIENT_RETRY_COUNT`).
const REPETITIONS: u32 = 3;
/// The time until a changed policy takes effect.
const ACTS: Duration = Duration::from_secs(30);
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

pub(in crate::store::checks) struct AzureRun {
    pub(super) store: AzureStore,
    pub(super) scope: Scope,
    pub(super) route: StoreRoute,
    account: Account,
    /// The reply to Score's first request, which two checks judge.
    pub(super) first: OnceCell<Result<Reply, Finding>>,
    /// The policies that the container lists.
    pub(super) policies: OnceCell<Result<Vec<(String, Policy)>, Finding>>,
    /// The bytes of the sentinel, once a client's request for it was answered.
    pub(super) sentinel: Mutex<Option<Bytes>>,
    /// The replies about settings, for several rows.
    pub(super) settings: settings::SettingReplies,
    /// Blobs that this run writes. Registered before they are written.
    scratch: Mutex<Vec<String>>,
}

impl CheckRun for AzureRun {
    async fn clean_up(&self, limit: Duration) -> Vec<Leftover> {
        let names = std::mem::take(&mut *lock(&self.scratch));
        let end = Instant::now() + limit;
        let mut left = Vec::new();
        for name in names {
            if !self.remove(&name, end).await {
                left.push(Leftover { bucket: self.store.container.clone(), key: name, upload: None });
            }
        }
        left
    }
}

impl StoreRun for AzureRun {
    /// Score asks for the container when it starts, and stops if it gets no answer.
    const LOSS_OF_SIGN_IN: Severity = Severity::Start;

    fn route(&self) -> &StoreRoute {
        &self.route
    }

    fn explain_failure(&self, failure: &Failure) -> Finding {
        words::unanswered(failure, &self.route.endpoint, &self.store, lock(&self.route.unsigned).is_some())
    }

    fn explain_tls_port(&self) -> Finding {
        words::tls_port(&self.route.endpoint, &self.store)
    }

    fn about_endpoint(&self, finding: Finding) -> Finding {
        words::greeting(finding, &self.store)
    }
}

impl AzureRun {
    /// Prepares a run.
    ///
    /// # Errors
    /// Returns a finding if the endpoint, the key or the route is not valid.
    pub(in crate::store::checks) fn new(store: AzureStore, route: &Route, scope: Scope) -> Result<Self, Finding> {
        let endpoint = Endpoint::parse(&store.endpoint()).map_err(|why| words::bad_endpoint(&store, why))?;
        let route = StoreRoute::new(endpoint.clone(), route, Duration::ZERO)?;
        let account = Account::new(endpoint, &store.account, &store.key).map_err(|_| words::bad_key())?;
        Ok(Self {
            store,
            scope,
            route,
            account,
            first: OnceCell::new(),
            policies: OnceCell::new(),
            sentinel: Mutex::default(),
            settings: settings::SettingReplies::default(),
            scratch: Mutex::default(),
        })
    }

    /// Sends a request signed by the account key, as Score's server does.
    pub(super) async fn send_signed(&self, request: &Request) -> Result<Reply, Finding> {
        let (sender, waits) = (&self.route.sender, self.route.timeouts.waits());
        let reply = Sender::repeat(waits, REPETITIONS, |_| {
            sender.send(self.account.by_header(request, OffsetDateTime::now_utc()), waits.score)
        });
        let reply = reply.await.map_err(|failure| self.explain_failure(&failure).saw(request.line()))?;
        note(&reply);
        Ok(reply)
    }

    /// Follows a URL made by this policy, as a client of Score does.
    pub(super) async fn follow_url(&self, request: &Request, side: Side, limit: Duration) -> Result<Reply, Failure> {
        let (policy, days) = (words::side_name(side, &self.store), self.store.download_expiration_days);
        let url = self.account.by_policy(request, policy, days, OffsetDateTime::now_utc());
        self.route.sender.fetch(&url, limit).await
    }

    /// Follows the URL again while a policy that was just changed may not be in effect yet.
    pub(super) async fn follow_url_patiently(&self, request: &Request, side: Side) -> Result<Reply, Finding> {
        let (end, mut pause) = (Instant::now() + ACTS, FIRST_PAUSE);
        loop {
            let reply = self
                .follow_url(request, side, self.route.timeouts.request())
                .await
                .map_err(|failure| self.explain_failure(&failure))?;
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

    /// Returns the name of a blob that this run may write. Score's own names are such ids, so every rule for names
    /// allows it.
    pub(super) fn new_scratch(&self) -> String {
        let name = Uuid::new_v4().to_string();
        lock(&self.scratch).push(name.clone());
        name
    }

    /// Removes a blob. If only its blocks arrived, the blob does not exist and the blocks stay for a week. After an
    /// empty write the blob can be deleted.
    async fn remove(&self, name: &str, end: Instant) -> bool {
        let send = async |request: Request| {
            let signed = self.account.by_header(&request, OffsetDateTime::now_utc());
            self.route.sender.send(signed, end.saturating_duration_since(Instant::now())).await.ok()
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
