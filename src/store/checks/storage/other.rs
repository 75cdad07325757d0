//! Whether the other signature version would pass: the same story, told silently, with scratch of its own that is removed
//! as all scratch is. Only what passed from sign-in to download is offered.

use std::time::Duration;

use super::{Told, buckets, clients, multipart, sign_in, state};
use crate::{
    score::{Id, Scope, Version},
    store::checks::{Finding, Outcome, advice, visit::Visit},
};

/// For the whole other story; the check that asks for it has a longer limit.
const LIMIT: Duration = Duration::from_secs(12);

/// What failed, with what is known of the other version where the signature version may be the cause.
pub(super) async fn versioned(visit: &Visit, told: Told) -> Told {
    match told {
        Err(Outcome::Fail(finding)) if perhaps(&finding, visit.signer.version) => {
            Err(switched(visit, finding).await.into())
        }
        told => told,
    }
}

/// P71 and P72 are faults with version 4's chunks. The versions cover different things of what may be changed on the way
/// (P33), and a reason of the store's own (P88) is perhaps one of a store that knows only the other version.
fn perhaps(finding: &Finding, version: Version) -> bool {
    match finding.id {
        Id::P71 | Id::P72 => version == Version::V4,
        Id::P33 | Id::P88 => true,
        _ => false,
    }
}

pub(super) async fn switched(visit: &Visit, finding: Finding) -> Finding {
    let from = visit.signer.version;
    if visit.store.kms_key.is_some() {
        return if from == Version::V4 { advice::version_is_forced(finding) } else { finding };
    }
    if visit.scope != Scope::All {
        return advice::switch_untried(finding, from);
    }
    let story = || async {
        tokio::time::timeout(LIMIT, story(&visit.in_other_version()))
            .await
            .unwrap_or_else(|_| Err("it took too long".to_owned()))
    };
    match visit.other.get_or_init(story).await {
        Ok(()) => advice::switchable(finding, from),
        Err(at) => advice::no_switch(finding, from, at),
    }
}

/// From sign-in to download, in the first bucket of each kind. At what it fails, in a few words.
async fn story(visit: &Visit) -> Result<(), String> {
    let reply = sign_in::first_reply(visit).await.map_err(|finding| at("sign-in", &finding.into()))?;
    if !sign_in::accepted(visit, &reply) {
        return Err(format!("the keys are refused ({})", reply.status.as_u16()));
    }
    let first = |buckets: Vec<String>| buckets.into_iter().next().unwrap_or_default();
    let (state, object) = (first(visit.store.state_buckets()), first(visit.store.object_buckets()));
    let passed = |step: &'static str, told: Told| match told {
        Ok(_) | Err(Outcome::Warn(_) | Outcome::NotProbed(_)) => Ok(()),
        Err(outcome) => Err(at(step, &outcome)),
    };
    passed("an absent key", buckets::absent(visit, &state).await)?;
    passed("the streamed write", state::meta(visit, &state).await)?;
    passed("the empty part marker", state::marker(visit, &state).await)?;
    passed("the list of markers", state::list(visit, &state).await)?;
    passed("reading back", state::read(visit, &state).await)?;
    passed("deleting", state::delete(visit, &state).await)?;
    passed("beginning an upload", multipart::begin(visit, &object).await)?;
    // what is in the way of large bodies is so with both versions
    match multipart::part(visit, &object).await {
        Err(Outcome::Fail(finding)) if finding.id == Id::P54 => {}
        told => passed("the pre-signed part", told)?,
    }
    passed("the list of parts", multipart::listed(visit, &object).await)?;
    passed("aborting", multipart::abort(visit, &object).await)?;
    match clients::sentinel(visit).await {
        // missing is not refused: that is another finding, and the same with both versions
        Err(Outcome::Fail(finding)) if finding.id == Id::P50 => Ok(()),
        told => passed("the pre-signed download", told),
    }
}

fn at(step: &str, outcome: &Outcome) -> String {
    match outcome.finding() {
        Some(finding) => format!("{step}, {}", finding.id),
        None => step.to_owned(),
    }
}
