//! Each row's question, and what its answer means.

use std::time::Duration;

use http::Method;
use time::{Duration as Span, OffsetDateTime};
use uuid::Uuid;

use super::{Ask, Heard, Told, Visit, compare};
use crate::{
    score::Severity,
    store::{
        checks::{
            Outcome, advice,
            reach::{ahead, header, in_words, odd},
            visit::lock,
        },
        probe::{By, Failure, Reply, Request, Signed, SignedUrl, Stage},
    },
    text::shown,
};

/// For one page of Score.
const PAGE: Duration = Duration::from_secs(5);
/// The list of a large bucket takes its time (Score 5.11 `S3ListingService`); nobody waits for it here.
const LIST: Duration = Duration::from_secs(8);
/// score-client's own (`ClientConfig.java:160-171`).
const FETCH: Duration = Duration::from_secs(5);
/// How long the URL of a ping lives (Score 5.11 `S3DownloadService.java:303-313`).
const LIFE: Span = Span::minutes(5);
const CLOCK: i64 = 300;

pub(super) async fn perform(visit: &Visit, ask: Ask) -> Outcome {
    let told = match ask {
        Ask::Answers => answers(visit).await,
        Ask::Health => health(visit),
        Ask::Profile => profile(visit).await,
        Ask::Listing => listing(visit).await,
        Ask::Ping => ping(visit).await,
        Ask::Transfers => transfers(visit).await,
        Ask::SignedUrl => signed_url(visit),
        Ask::Sentinel => sentinel(visit).await,
        Ask::Clock => clock(visit),
        Ask::Configuration => configuration(visit),
    };
    told.map_or_else(|outcome| outcome, Outcome::Pass)
}

async fn page(visit: &Visit, path: &str, limit: Duration) -> Result<Reply, Failure> {
    let mut asked = Signed::unsigned(&visit.url, &Request::new(Method::GET, "", "").header("accept", "*/*"));
    asked.target = format!("{}{path}", visit.url.base);
    visit.score.send(asked, limit).await
}

/// Any answer of HTTP will do; whether it is Score's, its other pages tell.
async fn answers(visit: &Visit) -> Told {
    let reply = page(visit, "/actuator/health", PAGE).await;
    let reply = reply.map_err(|failure| advice::score::unanswered(&failure, &visit.url))?;
    if reply.status.is_redirection() {
        return Err(advice::score::redirected(header(&reply, "location")).seen(&reply).into());
    }
    lock(&visit.heard).health = Some(reply);
    Ok(shown(visit.url.authority().as_bytes(), 60))
}

/// S3 only: on Azure there is nothing behind it (Score 5.11 `BackendHealth.java:31`).
fn health(visit: &Visit) -> Told {
    let Some(reply) = lock(&visit.heard).health.clone() else { return Err(Outcome::NotProbed("no answer".into())) };
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

/// Since 5.10; with the profile `secure` it asks for a token, as every page but ping, health and transfers does
/// (Score 5.11 `SecurityConfig.java:66-88`).
async fn profile(visit: &Visit) -> Told {
    let reply =
        page(visit, "/profile", PAGE).await.map_err(|failure| advice::score::unanswered(&failure, &visit.url))?;
    let said = reply.body.trim_ascii();
    note_token(visit, &reply);
    match reply.status.as_u16() {
        200 if said == b"s3" => Ok("S3".to_owned()),
        200 if said == b"az" => Ok("Azure".to_owned()),
        401 | 403 => Err(Outcome::NotProbed("asks for a token".to_owned())),
        404 => Err(Outcome::NotProbed("not there: releases before 5.10 have none".to_owned())),
        _ => Err(advice::score::not_score(&visit.url, &odd(&reply)).seen(&reply).into()),
    }
}

async fn listing(visit: &Visit) -> Told {
    let reply = match page(visit, "/listing", LIST).await {
        Ok(reply) => reply,
        Err(Failure::TooLong { .. }) => return Ok("open, and long".to_owned()),
        Err(Failure::Timeout { .. }) => return Err(Outcome::NotProbed("it takes longer than is waited".to_owned())),
        Err(failure) => return Err(advice::score::unanswered(&failure, &visit.url).into()),
    };
    note_token(visit, &reply);
    match reply.status.as_u16() {
        200 => match serde_json::from_slice::<Vec<serde_json::Value>>(&reply.body) {
            Ok(objects) => Ok(format!("open, {} objects", objects.len())),
            Err(_) => Err(advice::score::not_score(&visit.url, &odd(&reply)).seen(&reply).into()),
        },
        401 | 403 => Ok("asks for a token".to_owned()),
        404 => Err(Outcome::NotProbed("not there".to_owned())),
        _ => Err(advice::score::listing_fails(reply.status.as_u16()).seen(&reply).into()),
    }
}

fn note_token(visit: &Visit, reply: &Reply) {
    let heard = &mut lock(&visit.heard);
    match reply.status.as_u16() {
        401 | 403 => heard.secure = Some(true),
        200 | 404 => heard.secure = heard.secure.or(Some(false)),
        _ => {}
    }
}

async fn ping(visit: &Visit) -> Told {
    let reply = page(visit, "/download/ping", PAGE).await;
    let reply = reply.map_err(|failure| advice::score::unanswered(&failure, &visit.url))?;
    let score = lock(&visit.heard).health.as_ref().and_then(status_of).is_some();
    match reply.status.as_u16() {
        200 => {}
        404 if score => return Err(advice::score::no_ping().seen(&reply).into()),
        400 if score => return Err(advice::score::no_sentinel().seen(&reply).into()),
        _ => return Err(advice::score::not_score(&visit.url, &odd(&reply)).seen(&reply).into()),
    }
    let text = String::from_utf8_lossy(&reply.body).into_owned();
    match SignedUrl::parse(&text) {
        Ok(url) => {
            lock(&visit.heard).url = Some((url, OffsetDateTime::now_utc()));
            Ok(String::new())
        }
        // its words may hold a signature all the same, so they are not shown
        Err(why) => Err(advice::score::not_score(&visit.url, "no pre-signed URL").saw(why.to_string()).into()),
    }
}

fn url_of(heard: &Heard) -> Result<(SignedUrl, OffsetDateTime), Outcome> {
    heard.url.clone().ok_or_else(|| Outcome::NotProbed("there is no URL".to_owned()))
}

/// Everything that it says of the store; key ids are no secret.
fn signed_url(visit: &Visit) -> Told {
    let (url, _) = url_of(&lock(&visit.heard))?;
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
        // some stores make one slash of two: whether this one does, the sentinel tells
        return Err(advice::score::doubled_slash().at_most(Severity::Note).saw(told).into());
    }
    Ok(told)
}

fn stamp(time: OffsetDateTime) -> String {
    time.format(&time::format_description::well_known::Rfc3339).unwrap_or_default()
}

/// As score-client does before every command: a plain request, and the body does not matter.
async fn sentinel(visit: &Visit) -> Told {
    let (url, _) = url_of(&lock(&visit.heard))?;
    let reply = match visit.clients.fetch(&url.followed(), FETCH).await {
        Ok(reply) => reply,
        Err(Failure::TooLong { status: Some(200) }) => return Ok("there".to_owned()),
        Err(Failure::Timeout { stage: Stage::Reply | Stage::Body, .. }) => {
            return Err(advice::score::sentinel_slow(&url).into());
        }
        Err(failure) => return Err(advice::score::client_unanswered(&failure, &url).into()),
    };
    lock(&visit.heard).followed = Some((reply.clone(), OffsetDateTime::now_utc()));
    if reply.status.is_success() {
        return Ok(format!("{} bytes", reply.body.len()));
    }
    Err(advice::score::url_refused(&url, &reply).into())
}

/// What the URL says of the time it was made, against the store's `Date`.
fn clock(visit: &Visit) -> Told {
    let heard = lock(&visit.heard);
    let (url, came) = url_of(&heard)?;
    let no_time = || Outcome::NotProbed("the URL or the store tells no time".to_owned());
    let made = url.made(LIFE).ok_or_else(no_time)?;
    let followed = heard.followed.as_ref().ok_or_else(no_time)?;
    // of Score against this machine, and of this machine against the store
    let skew = (made - came).whole_seconds() + ahead(followed).ok_or_else(no_time)?;
    if skew.abs() > CLOCK {
        return Err(advice::score::clock(skew).into());
    }
    Ok(in_words(skew))
}

/// An object that is not there, without a token. Who answers, and how, tells whether the profile `secure` is active, and
/// whether Song can be asked (Score 5.11 `DownloadController.java:75`, `DownloadScopeAuthorizationStrategy.java:43-67`).
async fn transfers(visit: &Visit) -> Told {
    let path = format!("/download/{}?offset=0&length=-1&external=true", Uuid::new_v4());
    let reply = page(visit, &path, PAGE).await.map_err(|failure| advice::score::unanswered(&failure, &visit.url))?;
    let secure = lock(&visit.heard).secure;
    // releases up to 5.10 say so themselves
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

fn configuration(visit: &Visit) -> Told {
    let (url, _) = url_of(&lock(&visit.heard))?;
    let Some(store) = &visit.store else { return Err(Outcome::NotProbed("no configuration is given".to_owned())) };
    match compare::differences(&url, store) {
        Err(why) => Err(Outcome::NotProbed(why)),
        Ok(differences) if differences.is_empty() => Ok("this one".to_owned()),
        Ok(differences) => Err(advice::score::other_configuration(&differences).into()),
    }
}
