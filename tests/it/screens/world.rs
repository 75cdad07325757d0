//! Provides the deployments that the wizard finds, the answers of a store, and the wizard in the states that most tests
//! need.

use std::path::PathBuf;

use score_setup::{
    forms::{Base, Environment, EnvironmentOrigin, Sourced, Variable},
    install::deployment::{Deployment, Launcher, Running, Sighting},
    score::{Id, Release, Severity, Step},
    store::checks::{CheckGroup, CheckRow, Finding, News, Outcome, Repair},
    text::secret::Secret,
    wizard::{
        Effect, Event, Purpose, SessionOptions, State,
        proposal::{Receipt, Written},
    },
};

use super::stage::{COLOUR, Stage};
use crate::azure_draft;

pub(super) const CANARY: &str = "canary-wJalrXUtnFEMI-canary";

/// Returns the wizard on a file that has only comments.
pub(super) fn fresh() -> Stage {
    let path = "/opt/score-server-5.11.0/conf/application.properties";
    let mut stage = Stage::of(State::new(SessionOptions::new("score-host")), COLOUR);
    stage.happens(Event::PathChosen(path.into()));
    stage.opens(path, "# Object storage\n# of Score", Some(Release::R5_11));
    stage.happens(Event::ReleaseChosen(Release::R5_11));
    stage
}

/// Returns the wizard on a new file of an unknown release.
pub(super) fn unknown() -> Stage {
    let mut stage = Stage::of(State::new(SessionOptions::new("score-host")), COLOUR);
    stage.happens(Event::PathChosen("/home/op/application.properties".into()));
    stage.opens("/home/op/application.properties", "", None);
    stage
}

/// Returns the wizard at the connection of a MinIO.
pub(super) fn at_connection() -> Stage {
    let mut stage = fresh();
    stage.keys("minio <Enter>");
    assert_eq!(stage.state().step, Step::Connection);
    stage
}

/// Returns the wizard with everything answered.
pub(super) fn answered() -> Stage {
    let mut stage = at_connection();
    stage.keys(&format!("http://minio.lab.example:9000/ <Enter> scoreuser <Enter> {CANARY}"));
    stage.answers("bucket.name.object", "score-object");
    stage.answers("bucket.name.state", "score-state");
    stage.answers("metadata.url", "https://song.lab.example");
    stage
}

/// Returns the wizard at the connection of Azure, with everything answered that the checks need.
pub(super) fn on_azure() -> Stage {
    let mut stage = fresh();
    stage.keys(&format!("azure <Enter> scoredata <Enter> {}", azure_draft::KEY));
    stage.answers("bucket.name.object", "score-object");
    stage.answers("metadata.url", "https://song.lab.example");
    stage
}

/// Returns the wizard on the page of the checks, which have begun, and the number of the run.
pub(super) fn checking() -> (Stage, u64) {
    let mut stage = answered();
    stage.keys("<Enter>");
    assert_eq!(stage.state().step, Step::Checks);
    let run = stage.state().run.as_ref().expect("entering the checks begins them").number;
    stage.tell(run, News::Planned(plan()));
    (stage, run)
}

/// Returns the wizard after checks that passed.
pub(super) fn passed() -> Stage {
    checked(false)
}

/// Returns the wizard after checks that found neither the state bucket nor the sentinel.
pub(super) fn failed() -> Stage {
    checked(true)
}

fn checked(missing: bool) -> Stage {
    let (mut stage, run) = checking();
    for row in plan() {
        let outcome = match row.id.as_str() {
            "tls" => Outcome::NotProbed("http".into()),
            "state-bucket" if missing => bucket_is_missing().into(),
            "sentinel" if missing => sentinel_is_missing().into(),
            id if missing && id.starts_with("state-") => Outcome::Waiting("state-bucket".into()),
            "client-address" => one_label().into(),
            _ => Outcome::Pass(String::new()),
        };
        stage.tell(run, News::Started(row.id.clone()));
        stage.reports(run, &row.id, outcome);
    }
    stage.finishes(run);
    stage
}

/// Returns the wizard after the file was written.
pub(super) fn written() -> Stage {
    let mut stage = passed();
    let effects = stage.keys("<Enter> <Enter> w");
    assert!(matches!(&effects[..], [Effect::Write(_)]), "{effects:?}");
    stage.happens(Event::Written(Ok(receipt())));
    stage
}

/// Returns the wizard as it begins without an argument.
pub(super) fn looking() -> Stage {
    let mut stage =
        Stage::of(State::new(SessionOptions { here: "/home/op".into(), ..SessionOptions::new("score-host") }), COLOUR);
    let effects = stage.happens(Event::LookAsked);
    assert!(matches!(&effects[..], [Effect::Look(from)] if from.as_os_str() == "/home/op"), "{effects:?}");
    stage
}

/// Returns the wizard with the list of deployments.
pub(super) fn sighted() -> Stage {
    let mut stage = looking();
    stage.happens(Event::Sighted(sightings()));
    stage
}

/// Returns the wizard with the deployment of this row opened by these keys, and the effects of its being read.
pub(super) fn opening(row: usize, keys: &str) -> (Stage, Vec<Effect>) {
    let mut stage = sighted();
    let effects = stage.keys(&format!("{}{keys}", "<Down> ".repeat(row)));
    let sighting = sightings().swap_remove(row);
    assert!(matches!(&effects[..], [Effect::Load(path)] if *path == sighting.path), "{effects:?}");
    let effects = stage.happens(Event::Loaded(Ok(sighting.deployment)));
    (stage, effects)
}

pub(super) fn opened(row: usize, keys: &str) -> Stage {
    opening(row, keys).0
}

/// Returns the wizard at a deployment that checks could read but did not write to, without its sentinel.
pub(super) fn troubleshooting() -> Stage {
    let mut stage = opened(1, "<Enter>");
    let clean = as_on_the_page().replace('"', "").replace(" # objects", "");
    stage.happens(Event::PathChosen("/srv/score-5.9/conf".into()));
    stage.happens(Event::PurposeChosen(Purpose::Troubleshoot));
    let effects = stage.happens(Event::Loaded(Ok(deployment("/srv/score-5.9/conf", Release::R5_9, &clean))));
    let [Effect::Check { run, scope: score_setup::score::Scope::ReadOnly, .. }] = effects[..] else {
        panic!("{effects:?}")
    };
    stage.tell(run, News::Planned(plan()));
    for row in plan() {
        let outcome = match row.id.as_str() {
            "sentinel" => sentinel_is_missing().into(),
            "state-meta" | "state-marker" | "multipart" | "part" => Outcome::NotProbed("read-only".into()),
            _ => Outcome::Pass(String::new()),
        };
        stage.reports(run, &row.id, outcome);
    }
    stage.finishes(run);
    stage
}

pub(super) fn plan() -> Vec<CheckRow> {
    #[rustfmt::skip]
    let rows: [(CheckGroup, &[(&str, &str)]); 8] = [
        (CheckGroup::Reach, &[("address", "address"), ("port", "port"), ("tls", "TLS")]),
        (CheckGroup::Store, &[("service", "speaks S3"), ("clock", "clock")]),
        (CheckGroup::SignIn, &[("sign-in", "keys accepted"), ("signature", "signature version 4")]),
        (CheckGroup::Buckets, &[("object-bucket", "score-object"), ("state-bucket", "score-state"), ("absent-key", "absent key answers 404")]),
        (CheckGroup::Records, &[("state-meta", "streamed write"), ("state-marker", "empty part marker"), ("state-list", "listed"), ("state-read", "read"), ("state-delete", "deleted")]),
        (CheckGroup::Upload, &[("multipart", "started"), ("part", "part, ETag is MD5"), ("parts-listed", "parts listed"), ("abort", "aborted")]),
        (CheckGroup::Download, &[("client-address", "address for clients"), ("ranged-get", "ranged download")]),
        (CheckGroup::Sentinel, &[("sentinel", "data/heliograph")]),
    ];
    let row = |group, (id, title): &(&str, &str)| CheckRow {
        proves_upload: ["state-marker", "part"].contains(id),
        ..CheckRow::new(*id, group, *title)
    };
    rows.iter().flat_map(|(group, rows)| rows.iter().map(|each| row(*group, each))).collect()
}

pub(super) fn bucket_is_missing() -> Finding {
    Finding {
        id: Id::P43,
        severity: Severity::Transfer,
        summary: "The bucket score-state does not exist (NoSuchBucket).".into(),
        evidence: vec!["GET /score-state?prefix=upload%2F → 404 NoSuchBucket, request 17A3".into()],
        hints: vec!["Score keeps the state of every upload there; without it all uploads fail.".into()],
        settings: vec!["bucket.name.state"],
        repair: Some(Repair::CreateBucket { bucket: "score-state".into() }),
        others: Vec::new(),
        lacks: None,
        silent: false,
        unproven: false,
    }
}

pub(super) fn sentinel_is_missing() -> Finding {
    Finding {
        id: Id::P50,
        severity: Severity::Ping,
        summary: "The sentinel data/heliograph is missing.".into(),
        evidence: vec!["GET /score-object/data/heliograph → 404 NoSuchKey".into()],
        hints: vec!["score-client pings it before every command and gives up when it is absent.".into()],
        settings: vec!["object.sentinel"],
        repair: Some(Repair::PutSentinel { bucket: "score-object".into(), key: "data/heliograph".into() }),
        others: Vec::new(),
        lacks: None,
        silent: false,
        unproven: false,
    }
}

pub(super) fn one_label() -> Finding {
    Finding {
        id: Id::P31,
        severity: Severity::Note,
        summary: "Clients must reach minio.lab.example under this name.".into(),
        evidence: Vec::new(),
        hints: Vec::new(),
        settings: vec!["s3.endpoint"],
        repair: None,
        others: Vec::new(),
        lacks: None,
        silent: false,
        unproven: false,
    }
}

fn receipt() -> Receipt {
    let path = PathBuf::from("/opt/score-server-5.11.0/conf/application.properties");
    Receipt {
        files: vec![Written {
            backup: Some(path.with_extension("properties.20261123T101500Z.bak")),
            path,
            changed: true,
            mode: 0o600,
            owner: "score".into(),
            keys: 27,
            notes: Vec::new(),
        }],
    }
}

/// The lines of the distribution's file that are read.
const WRAPPER: &[u8] = b"wrapper.app.parameter.1=org.springframework.boot.loader.JarLauncher\n\
    wrapper.app.parameter.2=--spring.config.location=../conf/\n\
    wrapper.app.parameter.3=--spring.profiles.active=secure,amazon\n";

pub(super) fn deployment(folder: &str, release: Release, file: &str) -> Deployment {
    let base = |name: &str, text: &[u8]| Base {
        path: PathBuf::from(folder).join(name),
        bytes: Some(text.to_vec()),
        notes: Vec::new(),
    };
    Deployment {
        wrapper: base("wrapper.conf", WRAPPER),
        start: Some(Sourced { what: Launcher::Wrapper, by: "wrapper.conf".into() }),
        ..Deployment::of_file(base("application.properties", file.as_bytes())).named_after(release)
    }
}

/// Returns a file as the public page suggests it, in short: quotes, and a part size with a different meaning.
pub(super) fn as_on_the_page() -> String {
    format!(
        "s3.endpoint=\"http://minio.lab.example:9000/\"\ns3.accessKey=\"scoreuser\"\ns3.secretKey=\"{CANARY}\"\n\
         s3.sigV4Enabled=true\nbucket.name.object=score-object # objects\nbucket.name.state=score-state\n\
         upload.partsize=1048576\nmetadata.url=https://song.lab.example\n"
    )
}

pub(super) fn sightings() -> Vec<Sighting> {
    let compose = Deployment {
        start: Some(Sourced { what: Launcher::Docker, by: "the compose file".into() }),
        wrapper: Base::absent("/home/op/overture/wrapper.conf".into()),
        environment: Some(Environment {
            origin: EnvironmentOrigin::Compose {
                path: "/home/op/overture/docker-compose.yml".into(),
                service: "score".into(),
            },
            variables: [("S3_ENDPOINT", "http://minio:9000"), ("S3_SECRETKEY", CANARY)]
                .map(|(name, value)| Variable {
                    name: name.into(),
                    value: Secret::new(value),
                    file: None,
                    line: Some(12),
                    object: None,
                    changed: None,
                })
                .to_vec(),
        }),
        application: Base::absent("/home/op/overture/application.properties".into()),
        ..deployment("/home/op/overture", Release::R5_11, "")
    };
    let running = Running {
        process: 4711,
        since: time::OffsetDateTime::from_unix_timestamp(1_777_777_777).unwrap(),
        outdated: true,
        unit: None,
    };
    let found = |path: &str, deployment, running| Sighting { path: path.into(), deployment, running, checked: None };
    vec![
        found(
            "/opt/score-server-5.11.0/conf",
            deployment("/opt/score-server-5.11.0/conf", Release::R5_11, "# Score"),
            None,
        ),
        found(
            "/srv/score-5.9/conf",
            deployment("/srv/score-5.9/conf", Release::R5_9, &as_on_the_page()),
            Some(running),
        ),
        found("/home/op/overture/docker-compose.yml", compose, None),
    ]
}
