//! Up to the container: reaching the account, its clock, the key, and what Score asks when it starts.

use http::Method;
use time::OffsetDateTime;
use uuid::Uuid;

use super::visit::Visit;
use crate::{
    answers::target::Cloud,
    score::{Severity, key},
    store::{
        checks::{
            Finding, Outcome,
            advice::{self, azure as words},
            reach,
            storage::{Told, address_for_clients},
            tls,
            visit::lock,
        },
        probe::{Failure, Reply, Request},
    },
};

pub(super) async fn address(visit: &Visit) -> Told {
    Ok(reach::resolved(visit.way()).await.map_err(|failure| visit.unanswered(&failure))?)
}

pub(super) async fn port(visit: &Visit) -> Told {
    Ok(reach::connected(visit.way()).await.map_err(|failure| visit.unanswered(&failure))?)
}

pub(super) async fn greeting(visit: &Visit) -> Told {
    if !visit.endpoint.secure {
        return Err(tls::none());
    }
    let of_account = |finding| words::greeting(finding, &visit.store);
    tls::greeted(visit.way(), of_account, |failure| visit.unanswered(failure)).await
}

/// Every reply of Azure has an id of the request, also those to strangers.
pub(super) async fn service(visit: &Visit) -> Told {
    let reply = match visit.stranger(&Request::new(Method::GET, "", "").query("comp", "list"), visit.pace.stage()).await
    {
        Ok(reply) => reply,
        Err(failure @ (Failure::Closed(_) | Failure::Reset(_)))
            if !visit.endpoint.secure && reach::greets_in_tls(visit.way()).await =>
        {
            return Err(words::tls_port(&visit.endpoint, &visit.store).saw(failure.to_string()).into());
        }
        Err(failure) => return Err(visit.unanswered(&failure).into()),
    };
    *lock(&visit.greeting) = Some((reply.clone(), OffsetDateTime::now_utc()));
    if advice::code(&reply) == "AccountRequiresHttps" {
        return Err(words::refused(&visit.store, "http", Severity::Start, &reply).into());
    }
    if ["x-ms-request-id", "x-ms-error-code", "x-ms-version"].iter().all(|name| !reply.headers.contains_key(*name)) {
        return Err(words::not_azure(&visit.store, &reach::odd(&reply)).seen(&reply).into());
    }
    Ok(if words::emulated(&reply) { "Azurite" } else { "" }.to_owned())
}

/// Neither the account key nor a SAS is accepted by a clock that is a quarter of an hour off.
pub(super) fn clock(visit: &Visit) -> Told {
    reach::clock_of(lock(&visit.greeting).as_ref()).map_err(|outcome| match outcome {
        Outcome::Fail(finding) => finding.at_least(Severity::Start).into(),
        outcome => outcome,
    })
}

/// As Score asks when it starts (Score 5.11 `AzureConfig.java:60-72`); asked once in a run.
async fn first_reply(visit: &Visit) -> Result<Reply, Finding> {
    let ask = || async {
        // before the container is named, one that is not there does
        let absent = || format!("score-setup-{}", Uuid::new_v4());
        let container = Some(visit.store.container.clone()).filter(|name| !name.is_empty()).unwrap_or_else(absent);
        let asked = |method| Request::new(method, &container, "").query("restype", "container");
        let reply = visit.server_first(&asked(Method::HEAD)).await?;
        if reply.status.is_success() || !advice::code(&reply).is_empty() && reply.status.as_u16() != 403 {
            return Ok(reply);
        }
        // a reply to HEAD has no body, which says more
        let told = visit.server(&asked(Method::GET)).await?;
        Ok(if told.status.is_success() { reply } else { told })
    };
    visit.first.get_or_init(ask).await.clone()
}

pub(super) async fn sign_in(visit: &Visit) -> Told {
    let reply = first_reply(visit).await?;
    let of_container = ["ContainerNotFound", "ContainerBeingDeleted", "InvalidResourceName", "OutOfRangeInput"];
    let code = advice::code(&reply);
    if reply.status.is_success() || of_container.contains(&code.as_str()) {
        return Ok("accepted".to_owned());
    }
    let skew = lock(&visit.greeting).as_ref().and_then(reach::ahead).filter(|skew| skew.abs() > 900);
    if code == "AuthenticationFailed" && skew.is_some() {
        return Err(advice::clock(skew, true).at_least(Severity::Start).seen(&reply).into());
    }
    Err(words::refused(&visit.store, "the account key", Severity::Start, &reply).into())
}

pub(super) async fn container(visit: &Visit) -> Told {
    let reply = first_reply(visit).await?;
    if reply.status.is_success() {
        return Ok(visit.store.container.clone());
    }
    Err(words::refused(&visit.store, "to show the container", Severity::Start, &reply).into())
}

/// Whether other machines can reach what clients are sent to.
pub(super) fn client_address(visit: &Visit) -> Told {
    let key = match visit.store.cloud {
        Cloud::Public => key::AZURE_ACCOUNT_NAME,
        Cloud::Suffix(_) | Cloud::Endpoint(_) => key::AZURE_ACCOUNT_KEY,
    };
    address_for_clients(&visit.endpoint.text, key)
}
