//! Asks the pages of Score, and judges their replies.

use std::time::Duration;

use http::Method;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    compare,
    run::{Learned, ScoreRun},
};
use crate::{
    score::{Severity, times},
    store::{
        checks::{
            Outcome, advice,
            engine::{CheckResult, lock},
            entry::reply::{ahead, describe, in_words, location},
        },
        probe::{By, Failure, Phase, Reply, Request, Signed, SignedUrl},
    },
    text::shown,
};

/// The time for one page of Score.
const PAGE: Duration = Duration::from_secs(5);
/// The time for the listing. Score lists the whole bucket first (Score 5.11 `S3ListingService`), which may take longer.
const LIST: Duration = Duration::from_secs(8);

/// Fetches a page of Score.
async fn page(run: &ScoreRun, path: &str, limit: Duration) -> Result<Reply, Failure> {
    let mut asked = Signed::unsigned(&run.url, &Request::new(Method::GET, "", "").header("accept", "*/*"));
    asked.target = format!("{}{path}", run.url.base);
    let limit = if run.timeouts.patient() { run.timeouts.request() } else { limit };
    run.score.send(asked, limit).await
}

/// Fetches the health page. Any HTTP reply passes; the other pages show whether it is Score.
pub(super) async fn check_answer(run: &ScoreRun) -> CheckResult {
    let reply = page(run, "/actuator/health", PAGE).await;
    let reply = reply.map_err(|failure| advice::score::unanswered(&failure, &run.url))?;
    if reply.status.is_redirection() {
        return Err(advice::score::redirected(&location(&reply)).seen(&reply).into());
    }
    // Score itself answers 503 with its status when the store is out of service
    if matches!(reply.status.as_u16(), 502..=504) && status_of(&reply).is_none() {
        return Err(advice::score::only_a_proxy(&run.url, &describe(&reply), reply.status.as_u16())
            .seen(&reply)
            .into());
    }
    lock(&run.learned).health = Some(reply);
    Ok(shown(run.url.authority().as_bytes(), 60))
}

/// Reads the health page. On Azure it asks nothing of the store (Score 5.11 `BackendHealth.java:31`).
pub(super) fn check_health(run: &ScoreRun) -> CheckResult {
    let Some(reply) = lock(&run.learned).health.clone() else { return Err(Outcome::NotProbed("no answer".into())) };
    match status_of(&reply).as_deref() {
        Some("UP") => Ok("UP".to_owned()),
        Some(status) => Err(advice::score::out_of_service(status).seen(&reply).into()),
        None => Err(Outcome::NotProbed(format!("there is no health page: {}", reply.status.as_u16()))),
    }
}

fn status_of(reply: &Reply) -> Option<String> {
    let document: serde_json::Value = serde_json::from_slice(&reply.body).ok()?;
    Some(shown(document.get("status")?.as_str()?.as_bytes(), 40))
}

/// Fetches the kind of store, which Score shows since 5.10. With the profile `secure` the page needs a token, as every
/// page except ping, health and transfers does (Score 5.11 `SecurityConfig.java:66-88`).
pub(super) async fn check_profile(run: &ScoreRun) -> CheckResult {
    let reply = page(run, "/profile", PAGE).await.map_err(|failure| advice::score::unanswered(&failure, &run.url))?;
    let said = reply.body.trim_ascii();
    note_token(run, &reply);
    match reply.status.as_u16() {
        200 if said == b"s3" => Ok("S3".to_owned()),
        200 if said == b"az" => Ok("Azure".to_owned()),
        401 | 403 => Err(Outcome::NotProbed("asks for a token".to_owned())),
        404 => Err(Outcome::NotProbed("not there: releases before 5.10 have none".to_owned())),
        _ => Err(advice::score::not_score(&run.url, &describe(&reply)).seen(&reply).into()),
    }
}

/// Fetches the listing.
pub(super) async fn check_listing(run: &ScoreRun) -> CheckResult {
    let reply = match page(run, "/listing", LIST).await {
        Ok(reply) => reply,
        Err(Failure::TooLong { .. }) => return Ok("open, and long".to_owned()),
        Err(Failure::Timeout { .. }) => return Err(Outcome::NotProbed("it takes longer than is waited".to_owned())),
        Err(failure) => return Err(advice::score::unanswered(&failure, &run.url).into()),
    };
    note_token(run, &reply);
    match reply.status.as_u16() {
        200 => match serde_json::from_slice::<Vec<serde_json::Value>>(&reply.body) {
            Ok(objects) => Ok(format!("open, {} objects", objects.len())),
            Err(_) => Err(advice::score::not_score(&run.url, &describe(&reply)).seen(&reply).into()),
        },
        401 | 403 => Ok("asks for a token".to_owned()),
        404 => Err(Outcome::NotProbed("not there".to_owned())),
        _ => Err(advice::score::listing_fails(reply.status.as_u16()).seen(&reply).into()),
    }
}

/// Notes whether a page asked for a token.
fn note_token(run: &ScoreRun, reply: &Reply) {
    let learned = &mut lock(&run.learned);
    match reply.status.as_u16() {
        401 | 403 => learned.secure = Some(true),
        200 | 404 => learned.secure = learned.secure.or(Some(false)),
        _ => {}
    }
}

/// Fetches the URL that clients get from the ping.
pub(super) async fn check_ping(run: &ScoreRun) -> CheckResult {
    let reply = page(run, "/download/ping", PAGE).await;
    let reply = reply.map_err(|failure| advice::score::unanswered(&failure, &run.url))?;
    let score = lock(&run.learned).health.as_ref().and_then(status_of).is_some();
    match reply.status.as_u16() {
        200 => {}
        404 if score => return Err(advice::score::no_ping().seen(&reply).into()),
        400 if score => return Err(advice::score::no_sentinel().seen(&reply).into()),
        _ => return Err(advice::score::not_score(&run.url, &describe(&reply)).seen(&reply).into()),
    }
    let text = String::from_utf8_lossy(&reply.body).into_owned();
    match SignedUrl::parse(&text) {
        Ok(url) => {
            lock(&run.learned).url = Some((url, OffsetDateTime::now_utc()));
            Ok(String::new())
        }
        // the text may contain a signature, so it is not shown
        Err(why) => Err(advice::score::not_score(&run.url, "no pre-signed URL").saw(why.to_string()).into()),
    }
}

fn url_of(learned: &Learned) -> Result<(SignedUrl, OffsetDateTime), Outcome> {
    learned.url.clone().ok_or_else(|| Outcome::NotProbed("there is no URL".to_owned()))
}

/// Shows everything that the URL says of the store. Access keys are not secret.
pub(super) fn check_signed_url(run: &ScoreRun) -> CheckResult {
    let (url, _) = url_of(&lock(&run.learned))?;
    let words = |text: &str| shown(text.as_bytes(), 80);
    let (bucket, key) = url.bucket_and_key();
    let kind = if matches!(url.by, By::Sas { .. }) { "container" } else { "bucket" };
    let place = format!("{}, {kind} {}, {}", words(&url.endpoint.root()), words(&bucket), words(&key));
    let signed = match &url.by {
        By::V4 { key, region, life, .. } => {
            format!("version 4, region {}, key {}, for {} s", words(region), words(key), life.whole_seconds())
        }
        By::V2 { key, expires } => format!("version 2, key {}, until {}", words(key), stamp(*expires)),
        By::Sas { policy, start, expiry, .. } => {
            let policy = policy.as_deref().map_or("no policy".to_owned(), |name| format!("policy {}", words(name)));
            let time = |time: &Option<OffsetDateTime>| time.map_or("-".to_owned(), stamp);
            format!("SAS, {policy}, from {} to {}", time(start), time(expiry))
        }
    };
    let told = format!("{place}; {signed}");
    if url.path.first().is_some_and(String::is_empty) {
        // some stores treat two slashes as one; the sentinel shows whether this store does
        return Err(advice::score::doubled_slash().at_most(Severity::Note).saw(told).into());
    }
    Ok(told)
}

fn stamp(time: OffsetDateTime) -> String {
    time.format(&time::format_description::well_known::Rfc3339).unwrap_or_default()
}

/// Fetches the sentinel, as score-client does before every command: a plain request whose body does not matter.
pub(super) async fn fetch_sentinel(run: &ScoreRun) -> CheckResult {
    let (url, _) = url_of(&lock(&run.learned))?;
    let reply = match run.clients.fetch(&url.followed(), run.timeouts.client()).await {
        Ok(reply) => reply,
        Err(Failure::TooLong { status: Some(200) }) => return Ok("there".to_owned()),
        Err(Failure::Timeout { phase: Phase::Reply | Phase::Body, .. }) => {
            return Err(advice::score::sentinel_slow(&url).into());
        }
        Err(failure) => return Err(advice::score::client_unanswered(&failure, &url).into()),
    };
    lock(&run.learned).followed = Some((reply.clone(), OffsetDateTime::now_utc()));
    if reply.status.is_success() {
        return Ok(format!("{} bytes", reply.body.len()));
    }
    Err(advice::score::url_refused(&url, &reply).into())
}

/// Compares the time at which Score made the URL with the `Date` of the store.
pub(super) fn check_clock(run: &ScoreRun) -> CheckResult {
    let learned = lock(&run.learned);
    let (url, came) = url_of(&learned)?;
    let no_time = || Outcome::NotProbed("the URL or the store tells no time".to_owned());
    let made = url.made(times::PING_URL).ok_or_else(no_time)?;
    let followed = learned.followed.as_ref().ok_or_else(no_time)?;
    // Score against this machine, and this machine against the store
    let skew = (made - came).whole_seconds() + ahead(followed).ok_or_else(no_time)?;
    if times::exceeds(skew, times::REPORTED_SKEW) {
        return Err(advice::score::clock(skew).into());
    }
    Ok(in_words(skew))
}

/// Asks for an absent object without a token. The status shows whether the profile `secure` is active, and whether
/// Score can ask Song (Score 5.11 `DownloadController.java:75`, `DownloadScopeAuthorizationStrategy.java:43-67`).
pub(super) async fn check_transfers(run: &ScoreRun) -> CheckResult {
    let path = format!("/download/{}?offset=0&length=-1&external=true", Uuid::new_v4());
    let reply = page(run, &path, PAGE).await.map_err(|failure| advice::score::unanswered(&failure, &run.url))?;
    let secure = lock(&run.learned).secure;
    // releases up to 5.10 name the cause in the page
    let said = String::from_utf8_lossy(&reply.body).contains("Authentication object was not found");
    match (reply.status.as_u16(), secure) {
        (500, Some(false)) => Err(advice::score::not_secure().seen(&reply).into()),
        (500, _) if said => Err(advice::score::not_secure().seen(&reply).into()),
        (500 | 503, Some(true)) => Err(advice::score::song_fails().seen(&reply).into()),
        (401 | 403, _) => Ok("ask for a token".to_owned()),
        (404, Some(true)) => Ok("ask for a token; Song answers".to_owned()),
        (404 | 400, Some(false)) => Err(advice::score::open_to_all().seen(&reply).into()),
        (status, _) => Err(Outcome::NotProbed(format!("{status} tells nothing"))),
    }
}

/// Compares the URL with the one that the configuration makes.
pub(super) fn check_configuration(run: &ScoreRun) -> CheckResult {
    let (url, _) = url_of(&lock(&run.learned))?;
    let Some(store) = &run.store else { return Err(Outcome::NotProbed("no configuration is given".to_owned())) };
    match compare::differences(&url, store) {
        Err(why) => Err(Outcome::NotProbed(why.to_string())),
        Ok(differences) if differences.is_empty() => Ok("this one".to_owned()),
        Ok(differences) => Err(advice::score::other_configuration(&differences).into()),
    }
}
