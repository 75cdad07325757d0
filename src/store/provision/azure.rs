//! Provisioning of Azure, by requests of the probe: a container, a blob, and the list of policies, which Azure replaces as
//! a whole. So it is read first, and everything in it that is not ours goes back as it came.

use std::{fmt::Write as _, time::Duration};

use bytes::Bytes;
use http::Method;
use time::OffsetDateTime;

use super::{ProvisionError, SENTINEL};
use crate::{
    answers::target::AzureStore,
    store::{
        checks::{Policy, Repair},
        probe::{
            Body, Reply, Request, Route, Sender,
            azure::{Account, policies},
            xml,
        },
    },
    text::{Endpoint, shown},
};

/// For one request.
const LIMIT: Duration = Duration::from_secs(10);
/// Stored access policies of a container.
const MOST: usize = 5;
const PUBLIC: &str = "x-ms-blob-public-access";

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
    #[error("it was changed since it was checked; check again")]
    Changed,
    #[error("the container has five already, and cannot have more")]
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
        Repair::Answer { key, .. } => Err(ProvisionError::Answer(key)),
        Repair::CreateBucket { .. } => Err(ProvisionError::BucketInAzure),
    }
}

/// The account key allows everything, so there are no other credentials for creating.
struct Owner {
    sender: Sender,
    account: Account,
    container: String,
}

impl Owner {
    fn new(store: &AzureStore, route: &Route) -> Result<Self, ProvisionError> {
        let endpoint = Endpoint::parse(&store.endpoint())?;
        let sender = Sender::new(route)?;
        let account = Account::new(endpoint, &store.account, &store.key)?;
        Ok(Self { sender, account, container: store.container.clone() })
    }

    async fn create(&self, container: &str) -> Result<String, ProvisionError> {
        let failed = |why: RequestError| ProvisionError::Container { container: container.to_owned(), why: why.0 };
        let request = Request::new(Method::PUT, container, "").query("restype", "container");
        let reply = self.ask(&request).await.map_err(failed)?;
        match (reply.status.is_success(), said(&reply).code.as_str()) {
            (true, _) => Ok(format!("Created the container {container}.")),
            (false, "ContainerAlreadyExists") => Ok(format!("The container {container} is there already.")),
            _ => Err(failed(refusal(&reply))),
        }
    }

    async fn put(&self, container: &str, blob: &str) -> Result<String, ProvisionError> {
        let request = Request::new(Method::PUT, container, blob)
            .header("content-type", "text/plain")
            .header("x-ms-blob-type", "BlockBlob")
            .body(Body::Plain(Bytes::from_static(SENTINEL.as_bytes())));
        self.granted(&request)
            .await
            .map(|_| format!("Put the sentinel {blob} into the container {container}."))
            .map_err(|why| ProvisionError::Sentinel {
                sentinel: blob.to_owned(),
                place: container.to_owned(),
                why: why.0,
            })
    }

    async fn set(&self, name: &str, before: Option<&Policy>, after: &Policy) -> Result<String, PolicyError> {
        let list =
            |method| Request::new(method, &self.container, "").query("restype", "container").query("comp", "acl");
        let reply = self.granted(&list(Method::GET)).await?;
        let mut all = policies(&reply.body).map_err(PolicyError::Unreadable)?;
        let at = all.iter().position(|(id, _)| id == name);
        if at.map(|at| &all[at].1) != before {
            return Err(PolicyError::Changed);
        }
        match at {
            Some(at) => after.clone_into(&mut all[at].1),
            None if all.len() >= MOST => return Err(PolicyError::Full),
            None => all.push((name.to_owned(), after.clone())),
        }
        let mut request =
            list(Method::PUT).header("content-type", "application/xml").body(Body::Plain(document(&all).into()));
        // without it the container would become private; and the list must still be the one that was read
        for (from, to) in [(PUBLIC, PUBLIC), ("last-modified", "if-unmodified-since")] {
            if let Some(value) = reply.headers.get(from).and_then(|value| value.to_str().ok()) {
                request = request.header(to, value);
            }
        }
        self.granted(&request).await?;
        let done = if at.is_some() { "Changed" } else { "Created" };
        Ok(format!(
            "{done} the policy {name}: it allows {}. Azure may take half a minute to go by it.",
            after.permissions
        ))
    }

    async fn granted(&self, request: &Request) -> Result<Reply, RequestError> {
        let reply = self.ask(request).await?;
        if reply.status.is_success() { Ok(reply) } else { Err(refusal(&reply)) }
    }

    async fn ask(&self, request: &Request) -> Result<Reply, RequestError> {
        let signed = self.account.by_header(request, OffsetDateTime::now_utc());
        let reply = self.sender.send(signed, LIMIT).await;
        reply.map_err(|failure| RequestError(shown(failure.to_string().as_bytes(), 300)))
    }
}

fn said(reply: &Reply) -> xml::Fault {
    let mut fault = xml::fault(&reply.body).unwrap_or_default();
    if let Some(code) = reply.headers.get("x-ms-error-code").and_then(|code| code.to_str().ok()) {
        code.clone_into(&mut fault.code);
    }
    fault
}

fn refusal(reply: &Reply) -> RequestError {
    let words = said(reply).to_string();
    RequestError(format!("{} (HTTP {})", words.trim_end_matches('.'), reply.status.as_u16()))
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
