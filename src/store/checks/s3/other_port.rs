//! Looks for S3 at the usual ports of the store, on the same host, after the port of the endpoint refused the connection
//! or did not speak S3. A silent port has used up the time, so nothing is asked then.

use std::time::Duration;

use http::Method;
use tokio::task::JoinSet;

use super::{run::S3Run, service::is_s3};
use crate::{
    score::{Id, provider::S3Port},
    store::{
        checks::{
            Finding, Outcome, advice,
            engine::{CheckResult, ROUND_TRIPS, SECOND_QUESTION},
            entry::StoreRun,
        },
        probe::{Request, Signed},
    },
    text::Endpoint,
};

/// The time for all questions together.
const LIMIT: Duration = SECOND_QUESTION.saturating_mul(ROUND_TRIPS);

/// The most ports that are asked, each with one request.
const MOST: usize = 4;

/// Adds the port at which S3 answers to a finding about the port of the endpoint.
pub(super) async fn offer(run: &S3Run, result: CheckResult) -> CheckResult {
    match result {
        Err(Outcome::Fail(finding)) if is_about_the_port(&finding) => {
            let other = first_with_s3(run).await;
            Err(match other {
                Some(other) => advice::s3_elsewhere(finding, &run.route().endpoint, &other).into(),
                None => finding.into(),
            })
        }
        result => result,
    }
}

/// Returns true if the port refused the connection, or answered and is not S3. A redirect names the right endpoint.
fn is_about_the_port(finding: &Finding) -> bool {
    let asked = match finding.id {
        Id::P22 | Id::P19 => true,
        Id::P79 => finding.repair.is_none(),
        _ => false,
    };
    asked && !finding.silent && !finding.unproven
}

/// Returns the first usual endpoint on the same host at which S3 answers an unsigned request.
async fn first_with_s3(run: &S3Run) -> Option<Endpoint> {
    let route = run.route();
    let endpoint = &route.endpoint;
    if route.sender.address_of(endpoint) != (endpoint.name(), endpoint.port) {
        // The connection leads to another place, whose ports say nothing about this host.
        return None;
    }
    let others = others(endpoint, &run.store.usual_ports);
    let limit = LIMIT.min(route.timeouts.phase());
    let mut tasks = JoinSet::new();
    for (at, other) in others.iter().cloned().enumerate() {
        let sender = route.sender.clone();
        tasks.spawn(async move {
            let request = Request::new(Method::GET, "", "");
            let reply = tokio::time::timeout(limit, sender.send(Signed::unsigned(&other, &request), limit)).await;
            (at, reply.is_ok_and(|reply| reply.is_ok_and(|reply| is_s3(&reply))))
        });
    }
    let mut found = Vec::new();
    while let Some(answer) = tasks.join_next().await {
        found.extend(answer.ok().filter(|(_, is_s3)| *is_s3).map(|(at, _)| at));
    }
    found.into_iter().min().and_then(|at| others.into_iter().nth(at))
}

/// Returns the other usual endpoints on the host: those with the same scheme first, each in the order of the table.
fn others(endpoint: &Endpoint, ports: &[S3Port]) -> Vec<Endpoint> {
    let at = |port: &S3Port| {
        let (scheme, port) = match port {
            S3Port::Http(port) => ("http", port),
            S3Port::Https(port) => ("https", port),
        };
        let other = Endpoint::parse(&format!("{scheme}://{}:{port}", endpoint.host)).ok()?;
        // The port that the scheme implies is not written.
        Endpoint::parse(&other.root()).ok()
    };
    let differs = |other: &Endpoint| (other.secure, other.port) != (endpoint.secure, endpoint.port);
    let mut others: Vec<Endpoint> = ports.iter().filter_map(at).filter(differs).collect();
    others.sort_by_key(|other| other.secure != endpoint.secure);
    others.truncate(MOST);
    others
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_ports_are_asked_on_the_same_host_first_with_the_same_scheme() {
        let ports = [S3Port::Http(9000), S3Port::Https(9000), S3Port::Https(443), S3Port::Http(80)];
        let told = |text: &str| -> Vec<String> {
            others(&Endpoint::parse(text).unwrap(), &ports).into_iter().map(|other| other.text).collect()
        };
        let all = ["http://h:9000", "http://h", "https://h:9000", "https://h"];
        assert_eq!(told("http://h:9001/minio"), all);
        assert_eq!(told("http://h:9000"), all[1..]);
        assert_eq!(told("https://[::1]"), ["https://[::1]:9000", "http://[::1]:9000", "http://[::1]"]);
    }
}
