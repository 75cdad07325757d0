//! Provisioning of Azure over `azure_storage_blob`, signed and sent by the probe's own code: one TLS stack, one route. Azure
//! replaces the list of policies as a whole. So the list is read first, and everything in it that is not ours goes back as it
//! came. It is read and written as text, because the types of the crate refuse dates that Azure allows, and write others in a
//! different form.

use std::{fmt::Write as _, sync::Arc, time::Duration};

use azure_core::{
    error::ErrorKind,
    http::{
        AsyncRawResponse, ClientOptions, HttpClient, RequestContent, RetryOptions, StatusCode, Transport, Url,
        headers::Headers,
    },
};
use azure_storage_blob::{
    BlobContainerClient, BlobContainerClientOptions,
    models::{BlobClientUploadOptions, BlobContainerClientSetAccessPolicyOptions, SignedIdentifiersHeaders},
};
use bytes::Bytes;
use time::OffsetDateTime;

use super::error::{ProvisionError, SENTINEL};
use crate::{
    answers::target::AzureStore,
    store::{
        checks::{Policy, Repair},
        probe::{
            Failure, Route, Sender,
            azure::{Account, fault, policies},
            xml,
        },
    },
    text::{BadEndpoint, Endpoint, shown},
};

/// For one request.
const LIMIT: Duration = Duration::from_secs(10);
/// Stored access policies of a container.
const MOST: usize = 5;
/// The version of the service. Azurite 3.35 and older appliances refuse the version that the crate asks for by itself.
const VERSION: &str = "2019-12-12";

/// The reason why a request came to nothing, in words that can be shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RequestError(String);

/// The reason why a stored access policy was not set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    #[error(transparent)]
    Request(#[from] RequestError),
    #[error("the container's policies cannot be read ({0})")]
    Unreadable(xml::Misread),
    #[error("it has changed since the check; check again")]
    Changed,
    #[error("the container already has five, and Azure allows no more")]
    Full,
}

/// Performs a repair that changes the store. Says what was done.
///
/// # Errors
/// Returns an error if the store does not do it.
pub async fn repair(store: &AzureStore, route: &Route, repair: &Repair) -> Result<String, ProvisionError> {
    let owner = Owner::new(store, route)?;
    match repair {
        Repair::CreateContainer { container } => owner.create(container).await,
        Repair::PutSentinel { bucket, key } => owner.put(bucket, key).await,
        Repair::SetPolicy { name, before, after } => {
            let set = owner.set(name, before.as_deref(), after).await;
            set.map_err(|why| ProvisionError::Policy { name: name.clone(), why })
        }
        Repair::Answer { key, .. } | Repair::Trim { key } | Repair::Swap { one: key, .. } => {
            Err(ProvisionError::Answer(key))
        }
        Repair::CreateBucket { .. } | Repair::AbortUploads { .. } => Err(ProvisionError::BucketInAzure),
    }
}

/// The account key allows everything, so there are no other credentials for creating.
struct Owner {
    wire: Arc<SignedTransport>,
    root: Url,
    container: String,
}

impl Owner {
    fn new(store: &AzureStore, route: &Route) -> Result<Self, ProvisionError> {
        let endpoint = Endpoint::parse(&store.endpoint())?;
        let sender = Sender::new(route)?;
        let root = Url::parse(&format!("{}{}", endpoint.root(), endpoint.base)).map_err(|_| BadEndpoint::Host)?;
        let account = Account::new(endpoint, &store.account, &store.key)?;
        Ok(Self { wire: Arc::new(SignedTransport { sender, account }), root, container: store.container.clone() })
    }

    fn client(&self, container: &str) -> Result<BlobContainerClient, Refusal> {
        let mut url = self.root.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().push(container);
        }
        let client_options = ClientOptions {
            transport: Some(Transport::new(self.wire.clone())),
            retry: RetryOptions::none(),
            ..ClientOptions::default()
        };
        let options = BlobContainerClientOptions { client_options, version: VERSION.to_owned() };
        Ok(BlobContainerClient::new(url, None, Some(options))?)
    }

    async fn create(&self, container: &str) -> Result<String, ProvisionError> {
        let made = match self.client(container) {
            Ok(client) => client.create(None).await.map_err(Refusal::from),
            Err(refusal) => Err(refusal),
        };
        match made {
            Ok(_) => Ok(format!("Created the container {container}.")),
            Err(refusal) if refusal.code == "ContainerAlreadyExists" => {
                Ok(format!("The container {container} already exists."))
            }
            Err(refusal) => Err(ProvisionError::Container { container: container.to_owned(), why: refusal.words }),
        }
    }

    async fn put(&self, container: &str, blob: &str) -> Result<String, ProvisionError> {
        let options =
            BlobClientUploadOptions { blob_content_type: Some("text/plain".to_owned()), ..Default::default() };
        let sentinel = RequestContent::from_static(SENTINEL.as_bytes());
        let put = match self.client(container) {
            Ok(client) => client.blob_client(blob).upload(sentinel, Some(options)).await.map_err(Refusal::from),
            Err(refusal) => Err(refusal),
        };
        put.map(|_| format!("Created the sentinel {blob} in the container {container}.")).map_err(|refusal| {
            ProvisionError::Sentinel { sentinel: blob.to_owned(), place: container.to_owned(), why: refusal.words }
        })
    }

    async fn set(&self, name: &str, before: Option<&Policy>, after: &Policy) -> Result<String, PolicyError> {
        let client = self.client(&self.container)?;
        let reply = client.get_access_policy(None).await.map_err(Refusal::from)?;
        let options = BlobContainerClientSetAccessPolicyOptions {
            // Without it, the container would become private.
            access: reply.access().map_err(Refusal::from)?,
            // The list must still be the one that was read.
            if_unmodified_since: reply.last_modified().map_err(Refusal::from)?,
            ..Default::default()
        };
        let mut all = policies(reply.body().as_ref()).map_err(PolicyError::Unreadable)?;
        let at = all.iter().position(|(id, _)| id == name);
        if at.map(|at| &all[at].1) != before {
            return Err(PolicyError::Changed);
        }
        match at {
            Some(at) => after.clone_into(&mut all[at].1),
            None if all.len() >= MOST => return Err(PolicyError::Full),
            None => all.push((name.to_owned(), after.clone())),
        }
        let list = RequestContent::from(document(&all).into_bytes());
        client.set_access_policy(list, Some(options)).await.map_err(Refusal::from)?;
        let done = if at.is_some() { "Changed" } else { "Created" };
        Ok(format!("{done} the policy {name}, which allows {}. Azure may need 30 s to apply it.", after.permissions))
    }
}

/// The reason why a request came to nothing: the error code, if Azure gave one, and words that can be shown.
#[derive(Debug)]
struct Refusal {
    code: String,
    words: String,
}

impl From<azure_core::Error> for Refusal {
    /// Never by `{:?}`, which shows the whole reply.
    fn from(error: azure_core::Error) -> Self {
        let ErrorKind::HttpResponse { status, error_code, raw_response } = error.kind() else {
            let words = error.downcast_ref::<Failure>().map_or_else(|| error.to_string(), ToString::to_string);
            return Self { code: String::new(), words: shown(words.as_bytes(), 300) };
        };
        let mut fault = raw_response.as_ref().map(|reply| fault(reply.body().as_ref())).unwrap_or_default();
        if let Some(code) = error_code {
            code.clone_into(&mut fault.code);
        }
        let words = fault.to_string();
        let words = format!("{} (HTTP {})", words.trim_end_matches('.'), u16::from(*status));
        Self { code: fault.code, words }
    }
}

impl From<Refusal> for PolicyError {
    fn from(refusal: Refusal) -> Self {
        Self::Request(RequestError(refusal.words))
    }
}

/// The probe's sender and signer, as the SDK wants to see them.
#[derive(Debug)]
struct SignedTransport {
    sender: Sender,
    account: Account,
}

#[async_trait::async_trait]
impl HttpClient for SignedTransport {
    async fn execute_request(&self, request: &azure_core::http::Request) -> azure_core::Result<AsyncRawResponse> {
        let odd = |error: http::Error| azure_core::Error::new(ErrorKind::DataConversion, error);
        let mut asked = http::Request::builder().method(request.method().as_str()).uri(request.path_and_query());
        for (name, value) in request.headers().iter() {
            asked = asked.header(name.as_str(), value.as_str());
        }
        let mut asked = asked.body(Bytes::from(request.body())).map_err(odd)?;
        self.account.sign_made(&mut asked, OffsetDateTime::now_utc()).map_err(|error| odd(error.into()))?;
        let reply = self.sender.relay(&self.account.endpoint, asked, LIMIT).await;
        let reply = reply.map_err(|failure| azure_core::Error::new(ErrorKind::Io, failure))?;
        let mut headers = Headers::new();
        for (name, value) in &reply.headers {
            headers.insert(name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned());
        }
        Ok(AsyncRawResponse::from_bytes(StatusCode::from(reply.status.as_u16()), headers, reply.body))
    }
}

fn document(all: &[(String, Policy)]) -> String {
    let mut text = "<?xml version=\"1.0\" encoding=\"utf-8\"?><SignedIdentifiers>".to_owned();
    for (id, policy) in all {
        text.push_str("<SignedIdentifier>");
        element(&mut text, "Id", id);
        text.push_str("<AccessPolicy>");
        for (name, value) in [("Start", &policy.start), ("Expiry", &policy.expiry), ("Permission", &policy.permissions)]
        {
            if !value.is_empty() {
                element(&mut text, name, value);
            }
        }
        text.push_str("</AccessPolicy></SignedIdentifier>");
    }
    text.push_str("</SignedIdentifiers>");
    text
}

fn element(text: &mut String, name: &str, value: &str) {
    let value = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    write!(text, "<{name}>{value}</{name}>").expect("a String takes all that is written to it");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_are_written_as_they_are_read() {
        let all = vec![
            (
                "a & <b>".to_owned(),
                Policy { expiry: "2030-01-01T00:00:00.0000000Z".into(), permissions: "rl".into(), ..Policy::default() },
            ),
            ("UploadPolicy".to_owned(), Policy { permissions: "cw".into(), ..Policy::default() }),
            ("empty".to_owned(), Policy::default()),
        ];
        assert_eq!(policies(document(&all).as_bytes()), Ok(all));
    }
}
