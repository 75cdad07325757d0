//! Tests the page of the checks: while they run, their findings, and the actions on them.

use std::time::Duration;

use score_setup::{
    score::{Id, Severity, Step},
    store::checks::{CheckGroup, CheckRow, Finding, Leftover, News, Outcome, Policy, Repair},
    text::secret::Secret,
    wizard::{Effect, Event},
};

use super::{
    Page, page,
    stage::Stage,
    world::{bucket_is_missing, checking, failed, on_azure, one_label, passed},
};

pub(super) const PAGES: &[Page] = &[
    ("checks-running", running, ""),
    ("checks-failed", failed, ""),
    ("checks-evidence", failed, "e"),
    ("checks-jumped", failed, "<Down> <Enter>"),
    ("checks-pool", hundreds, ""),
    ("checks-stopped", stopped, ""),
    ("policy", passed, "a"),
    ("link", linked, ""),
    ("azure-change", changing, "f"),
];

fn running() -> Stage {
    let (mut stage, run) = checking();
    stage.tell(run, News::Started("address".into()));
    stage.reports(run, "address", Outcome::Pass(String::new()));
    stage.tell(run, News::Started("port".into()));
    stage.tell(run, News::Slow("port".into(), Duration::from_secs(3)));
    stage.now += Duration::from_secs(1);
    stage
}

/// Returns the wizard in the middle of the checks of a pool.
fn hundreds() -> Stage {
    let (mut stage, run) = checking();
    let rows: Vec<_> = (0..256)
        .map(|at| CheckRow::new(format!("object-bucket:{at}"), CheckGroup::Buckets, format!("score-object.{at}")))
        .collect();
    stage.tell(run, News::Planned(rows));
    for at in 0..100 {
        let outcome = if at == 42 { bucket_is_missing().into() } else { Outcome::Pass(String::new()) };
        stage.tell(run, News::Done { id: format!("object-bucket:{at}"), outcome, elapsed: Duration::from_millis(40) });
    }
    stage
}

/// Returns the wizard after checks that were stopped and left an object in the store.
fn stopped() -> Stage {
    let (mut stage, run) = checking();
    let leftover = Leftover { bucket: "score-state".into(), key: "upload/x_y/part-00000001".into(), upload: None };
    stage.tell(run, News::Finished { leftovers: vec![leftover], stopped: true, elapsed: Duration::from_secs(1) });
    stage
}

fn linked() -> Stage {
    let mut stage = passed();
    let effects = stage.keys("o");
    assert!(matches!(&effects[..], [Effect::Link(_)]), "{effects:?}");
    let signature = "5e".repeat(100);
    let url = format!("http://minio.lab.example:9000/score-object/data/heliograph?X-Amz-Signature={signature}");
    stage.happens(Event::Linked(Ok(Secret::new(url))));
    stage
}

/// Returns the wizard after checks that found a policy of Azure to change.
fn changing() -> Stage {
    let mut stage = on_azure();
    stage.keys("<Enter>");
    let run = stage.state().run.as_ref().unwrap().number;
    let row = CheckRow::new("upload-policy", CheckGroup::Policies, "policy for uploads");
    stage.tell(run, News::Planned(vec![row]));
    let before = Policy { start: String::new(), expiry: "2026-12-31T00:00:00Z".into(), permissions: "rw".into() };
    let repair = Repair::SetPolicy {
        name: "UploadPolicy".into(),
        before: Some(Box::new(before)),
        after: Box::new(Policy { permissions: "rcw".into(), ..Policy::default() }),
    };
    let finding = Finding {
        id: Id::P55,
        severity: Severity::Transfer,
        summary: "The policy UploadPolicy says when it starts or ends.".into(),
        evidence: Vec::new(),
        hints: vec!["Each of Score's URLs says so too, and Azure refuses a URL that repeats it.".into()],
        settings: vec!["bucket.policy.upload"],
        repair: Some(repair),
        silent: false,
        unproven: false,
    };
    stage.reports(run, "upload-policy", finding.into());
    stage.finishes(run);
    stage
}

#[test]
fn a_policy_that_exists_is_changed_only_after_it_was_shown() {
    let mut stage = changing();
    assert!(stage.keys("F").is_empty(), "F only creates");
    assert!(stage.keys("f").is_empty());
    let effects = stage.keys("<Esc> f f");
    assert!(matches!(&effects[..], [Effect::Repair { repair: Repair::SetPolicy { .. }, .. }]), "{effects:?}");
}

#[test]
fn who_was_silent_is_given_as_long_as_score_gives_by_one_key() {
    let (mut stage, run) = checking();
    stage.reports(run, "port", Finding { silent: true, ..bucket_is_missing() }.into());
    assert!(stage.keys("l").is_empty(), "it still runs");
    stage.finishes(run);
    assert!(stage.text().contains("l  wait as long as Score does"));
    let effects = stage.keys("l");
    let [.., Effect::Check { route, run, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert!(route.patient);
    stage.finishes(*run);
    assert!(stage.keys("l").is_empty(), "longer than Score nobody waits");
}

#[test]
fn every_finding_is_a_door() {
    let mut stage = page("checks-evidence");
    stage.keys("<Esc> <Down> <Enter>");
    assert_eq!(stage.state().step, Step::Buckets);
}

#[test]
fn mending_is_one_key_and_asks_the_store() {
    let mut stage = failed();
    assert!(stage.keys("<Down>").is_empty());
    let effects = stage.keys("f");
    assert!(matches!(&effects[..], [Effect::Repair { repair: Repair::CreateBucket { .. }, .. }]), "{effects:?}");
}

#[test]
fn enter_on_what_no_field_changes_shows_what_was_seen() {
    let (mut stage, run) = checking();
    stage.reports(run, "client-address", Outcome::Warn(Finding { settings: vec!["server.version"], ..one_label() }));
    assert!(stage.text().contains("⏎ evidence"));
    assert!(stage.keys("<Enter>").is_empty());
    assert!(stage.text().contains("Evidence · P31"));
}

#[test]
fn a_link_is_gone_with_the_page_it_was_asked_on() {
    let mut stage = linked();
    assert!(stage.state().link.is_some());
    stage.keys("<Esc> <Enter>");
    assert_eq!(stage.state().link, None);
}
