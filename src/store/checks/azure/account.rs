//! Checks the account up to the container: whether Azure answers, the key, and the request that Score sends when it
//! starts.

use http::Method;
use uuid::Uuid;

use super::run::AzureRun;
use crate::{
    score::{Severity, times},
    store::{
        checks::{
            Finding,
            advice::{self, azure as words},
            engine::{CheckResult, lock},
            entry::{
                check_client_address,
                reply::{ahead, describe},
                send_unsigned,
            },
        },
        probe::{Reply, Request},
    },
};

/// Judges the reply to an unsigned request. Every reply of Azure has an id of the request, also those without a
/// signature.
pub(super) async fn check_service(run: &AzureRun) -> CheckResult {
    let reply = send_unsigned(run, &Request::new(Method::GET, "", "").query("comp", "list")).await?;
    if advice::code(&reply) == "AccountRequiresHttps" {
        return Err(words::refused(&run.store, "http", Severity::Start, &reply).into());
    }
    if ["x-ms-request-id", "x-ms-error-code", "x-ms-version"].iter().all(|name| !reply.headers.contains_key(*name)) {
        return Err(words::not_azure(&run.store, &describe(&reply)).seen(&reply).into());
    }
    Ok(if words::emulated(&reply) { "Azurite" } else { "" }.to_owned())
}

/// Returns the reply to Score's first request (Score 5.11 `AzureConfig.java:60-72`). Sent once in a run.
async fn first_reply(run: &AzureRun) -> Result<Reply, Finding> {
    let ask = || async {
        // if the container is not named yet, one that does not exist serves as well
        let absent = || format!("score-setup-{}", Uuid::new_v4());
        let container = Some(run.store.container.clone()).filter(|name| !name.is_empty()).unwrap_or_else(absent);
        let asked = |method| Request::new(method, &container, "").query("restype", "container");
        let reply = run.send_signed(&asked(Method::HEAD)).await?;
        if reply.status.is_success() || !advice::code(&reply).is_empty() && reply.status.as_u16() != 403 {
            return Ok(reply);
        }
        // a reply to HEAD has no body, and the body says more
        let reply_to_get = run.send_signed(&asked(Method::GET)).await?;
        Ok(if reply_to_get.status.is_success() { reply } else { reply_to_get })
    };
    run.first.get_or_init(ask).await.clone()
}

/// Judges whether the account key is accepted.
pub(super) async fn check_key(run: &AzureRun) -> CheckResult {
    let reply = first_reply(run).await?;
    let of_container = ["ContainerNotFound", "ContainerBeingDeleted", "InvalidResourceName", "OutOfRangeInput"];
    let code = advice::code(&reply);
    if reply.status.is_success() || of_container.contains(&code.as_str()) {
        return Ok("accepted".to_owned());
    }
    let skew =
        lock(&run.route.unsigned).as_ref().and_then(ahead).filter(|skew| times::exceeds(*skew, times::REFUSED_SKEW));
    if code == "AuthenticationFailed" && skew.is_some() {
        return Err(advice::clock(skew, true).at_least(Severity::Start).seen(&reply).into());
    }
    Err(words::refused(&run.store, "the account key", Severity::Start, &reply).into())
}

/// Judges whether the container exists.
pub(super) async fn check_container(run: &AzureRun) -> CheckResult {
    let reply = first_reply(run).await?;
    if reply.status.is_success() {
        return Ok(run.store.container.clone());
    }
    Err(words::refused(&run.store, "to show the container", Severity::Start, &reply).into())
}

/// Judges whether other machines can reach the address that clients get.
pub(super) fn check_address(run: &AzureRun) -> CheckResult {
    check_client_address(&run.route.endpoint.text, words::place(&run.store))
}
