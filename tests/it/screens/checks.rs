//! Tests the page of the checks: while they run, their findings, and the actions on them.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
    time::Duration,
};

use ratatui::{Terminal as Screen, TerminalOptions, Viewport, backend::CrosstermBackend, layout::Rect};
use score_setup::{
    answers::draft::Text,
    score::{Id, Severity, Step},
    shell::tui::receipt::receipt,
    store::checks::{
        CheckGroup, CheckRow, Finding, Leftover, MissingRight, News, Outcome, Policy, Repair, RequestEvent,
    },
    store::provision::ProvisionError,
    text::secret::Secret,
    wizard::{Effect, Event, KeptRules, Purpose},
};

use super::{
    Page, page,
    stage::Stage,
    world::{CANARY, bucket_is_missing, checking, failed, on_azure, one_label, passed},
};

pub(super) const PAGES: &[Page] = &[
    ("checks-running", running, ""),
    ("checks-failed", failed, ""),
    ("checks-evidence", failed, "e"),
    ("checks-jumped", failed, "<Down> <Enter>"),
    ("checks-pool", hundreds, ""),
    ("checks-passed", passed, ""),
    ("checks-create", failed, "F"),
    ("checks-creator", refused, "i admin <Enter> secret"),
    ("checks-timeline", timed, ""),
    ("checks-stopped", stopped, ""),
    ("policy", passed, "a"),
    ("link", linked, ""),
    ("azure-change", changing, "f"),
    ("rule-question", without_a_rule, "<Up> f"),
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

/// Returns the wizard after a bucket could not be created.
fn refused() -> Stage {
    let mut stage = failed();
    let effects = stage.keys("f");
    let [Effect::Repair { repair, .. }] = &effects[..] else { panic!("{effects:?}") };
    let refused = ProvisionError::Bucket { bucket: "score-state".into(), why: "AccessDenied".into() };
    stage.happens(Event::Repaired { repair: repair.clone(), result: Err(refused) });
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
        others: Vec::new(),
        lacks: None,
        silent: false,
        unproven: false,
    };
    stage.reports(run, "upload-policy", finding.into());
    stage.finishes(run);
    stage
}

/// Returns the wizard after checks that found a bucket whose name is probably misspelled.
fn doubted() -> Stage {
    let (mut stage, run) = checking();
    stage.reports(run, "state-bucket", misspelled().into());
    stage.finishes(run);
    stage
}

/// Each row: the page, the keys that change nothing, the keys that repair, and the repair.
#[test]
fn a_repair_of_the_store_is_asked_for_by_its_keys_and_by_no_others() {
    type Row = (&'static str, fn() -> Stage, &'static [&'static str], &'static str, fn(&Repair) -> bool);
    let creates = |repair: &Repair| matches!(repair, Repair::CreateBucket { .. });
    let rows: [Row; 6] = [
        ("one missing bucket", failed, &["<Down>"], "f", creates),
        ("all that is missing, after a question", failed, &["F"], "F", creates),
        ("all that is missing, where Enter answers on a first installation", failed, &["F"], "<Enter>", creates),
        ("a name that is probably misspelled is never created with all", doubted, &["F"], "2", creates),
        ("a policy that exists, after it was shown; F only creates", changing, &["F", "f"], "<Esc> f f", |repair| {
            matches!(repair, Repair::SetPolicy { .. })
        }),
        ("a lifecycle rule, after a question; F never changes rules", without_a_rule, &["<Up> F", "f"], "<Esc> f f", {
            |repair| matches!(repair, Repair::AbortUploads { .. })
        }),
    ];
    for (what, begin, idle, keys, wanted) in rows {
        let mut stage = begin();
        for keys in idle {
            assert!(stage.keys(keys).is_empty(), "{what}: {keys}");
        }
        let effects = stage.keys(keys);
        assert!(matches!(&effects[..], [Effect::Repair { repair, .. }] if wanted(repair)), "{what}: {effects:?}");
    }
}

/// Returns the wizard after checks that found no rule for unfinished uploads.
fn without_a_rule() -> Stage {
    let mut stage = passed();
    let effects = stage.keys("b");
    assert!(matches!(&effects[..], [.., Effect::Check { settings: Some(_), .. }]), "{effects:?}");
    let run = stage.state().run.as_ref().unwrap().number;
    stage.tell(
        run,
        News::Planned(vec![CheckRow::new("object-lifecycle", CheckGroup::Settings, "object bucket: lifecycle")]),
    );
    let rule = Repair::AbortUploads { bucket: "score-object".into(), prefix: "data/".into(), days: 7 };
    let finding = Finding {
        id: Id::P133,
        severity: Severity::Note,
        summary: "Nothing removes unfinished uploads from score-object.".into(),
        settings: vec!["upload.clean.enabled"],
        repair: Some(rule),
        ..bucket_is_missing()
    };
    stage.reports(run, "object-lifecycle", finding.into());
    stage.finishes(run);
    stage
}

#[test]
fn the_undo_line_of_a_lifecycle_rule_is_on_the_receipt() {
    let mut stage = without_a_rule();
    let effects = stage.keys("<Up> f f");
    let Some(Effect::Repair { repair, .. }) = effects.into_iter().next() else { panic!() };
    let path = "/home/score/.local/state/score-setup/lifecycle/score-object.xml".into();
    stage.happens(Event::RulesKept(KeptRules { bucket: "score-object".into(), path }));
    stage.happens(Event::Repaired { repair, result: Ok("Added a lifecycle rule to score-object.".into()) });
    let receipt = receipt(stage.state(), &[], true);
    let undo = "score-setup restore /opt/score-server-5.11.0 /home/score/.local/state/score-setup/lifecycle/score-object.xml \
                --lifecycle score-object";
    assert!(receipt.contains(undo), "{receipt}");
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
fn the_question_names_everything_missing_and_enter_answers_it_only_on_a_first_installation() {
    let mut stage = failed();
    stage.keys("F");
    let asked = stage.text();
    assert!(asked.contains("create score-state") && asked.contains("create data/heliograph"), "{asked}");
    let mut stage = failed();
    stage.happens(Event::PurposeChosen(Purpose::Reconfigure));
    assert!(stage.keys("F <Enter>").is_empty());
}

#[test]
fn who_may_not_create_is_asked_for_other_keys_that_are_used_for_nothing_else() {
    let mut stage = refused();
    assert!(stage.text().contains("i  create with other keys"), "{}", stage.text());
    stage.keys("i admin <Enter>");
    assert!(stage.keys(&format!("{CANARY} <Enter>")).is_empty());
    let asked = stage.text();
    assert!(asked.contains("With the access key admin") && !asked.contains("canary"), "{asked}");
    let effects = stage.keys("F");
    let [Effect::Repair { keys: Some(keys), .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(keys.access_key, "admin");
}

/// Returns a bucket that is missing, while one of a similar name exists.
fn misspelled() -> Finding {
    let answer = Repair::Answer { key: "bucket.name.state", value: "score-states".into() };
    let missing = bucket_is_missing();
    Finding { others: missing.repair.iter().cloned().collect(), repair: Some(answer), ..missing }
}

#[test]
fn a_name_that_is_probably_misspelled_is_corrected_first() {
    let mut stage = doubted();
    let text = stage.text();
    assert!(text.contains("f  use score-states") && text.contains("2  create score-state"), "{text}");
    assert!(stage.keys("F").is_empty());
    assert!(!stage.text().contains("Create in the store"));
}

#[test]
fn the_first_repair_is_one_key_at_the_field_too() {
    let mut stage = doubted();
    stage.keys("<Enter>");
    let text = stage.text();
    assert!(text.contains("does not exist") && text.contains("^F  use score-states"), "{text}");
    stage.keys("<C-f>");
    assert!(stage.text().contains("score-states"));
    assert!(!stage.text().contains("does not exist"), "the checks were about another name");
}

#[test]
fn keys_that_were_swapped_are_exchanged_by_one_key() {
    let (mut stage, run) = checking();
    let swap = Repair::Swap { one: "s3.accessKey", other: "s3.secretKey" };
    stage.reports(run, "sign-in", Finding { id: Id::P35, repair: Some(swap), ..bucket_is_missing() }.into());
    stage.finishes(run);
    assert!(stage.text().contains("f  swap access key and secret key"), "{}", stage.text());
    stage.keys("f");
    let draft = &stage.state().draft;
    let access = draft.answer(score_setup::score::setting("s3.accessKey").unwrap()).unwrap();
    assert!(matches!(access.text, Text::Plain(text) if text == CANARY));
}

#[test]
fn several_rights_that_one_policy_grants_are_one_finding() {
    let (mut stage, run) = checking();
    let denied = |action, bucket: &str, id| {
        let lacks = MissingRight { action, bucket: bucket.into(), writes: true };
        Finding { id, lacks: Some(lacks), repair: None, ..bucket_is_missing() }
    };
    stage.reports(run, "object-bucket", Outcome::Pass(String::new()));
    stage.reports(run, "state-meta", denied("s3:PutObject", "score-state", Id::P49).into());
    stage.reports(run, "multipart", denied("s3:PutObject", "score-object", Id::P49).into());
    stage.reports(run, "abort", denied("s3:AbortMultipartUpload", "score-object", Id::P45).into());
    stage.finishes(run);
    let text = stage.text();
    assert!(text.contains("can read but not write") && text.contains("fixes all 3"), "{text}");
    assert_eq!(text.matches("One policy").count(), 1, "{text}");
}

/// Counts the bytes that a frame sends after another one.
fn bytes_between(stage: &mut Stage, later: Duration) -> usize {
    let out = Sent::default();
    let backend = CrosstermBackend::new(out.clone());
    let options = TerminalOptions { viewport: Viewport::Fixed(Rect::new(0, 0, 120, 36)) };
    let mut screen = Screen::with_options(backend, options).unwrap();
    screen.draw(|frame| _ = stage.shell.draw(frame, stage.now)).unwrap();
    out.0.lock().unwrap().clear();
    stage.now += later;
    screen.draw(|frame| _ = stage.shell.draw(frame, stage.now)).unwrap();
    out.0.lock().unwrap().len()
}

#[derive(Clone, Default)]
struct Sent(Arc<Mutex<Vec<u8>>>);

impl Write for Sent {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn the_passing_of_time_costs_at_most_200_bytes_a_frame() {
    let pages: [fn() -> Stage; 3] = [running, hundreds, timed];
    for begin in pages {
        let mut stage = begin();
        let sent = bytes_between(&mut stage, Duration::from_secs(1));
        assert!((1..=200).contains(&sent), "{sent}");
    }
}

/// Returns the wizard in the middle of checks that report their requests.
fn timed() -> Stage {
    let (mut stage, run) = checking();
    stage.tell(run, News::Started("address".into()));
    let told = [
        (0, 0, RequestEvent::Begun("GET /".into())),
        (1, 1, RequestEvent::Begun("GET /score-state?prefix=upload%2F".into())),
        (0, 9, RequestEvent::Connected),
        (0, 24, RequestEvent::Answered(403)),
        (1, 25, RequestEvent::Connected),
    ];
    for (number, at, event) in told {
        stage.tell(run, News::Request { number, at: Duration::from_millis(at), event });
    }
    stage
}

#[test]
fn enter_on_what_no_field_changes_shows_what_was_seen() {
    let (mut stage, run) = checking();
    stage.reports(run, "client-address", Outcome::Warn(Finding { settings: vec!["server.version"], ..one_label() }));
    assert!(stage.text().contains("⏎ evidence"));
    assert!(stage.keys("<Enter>").is_empty());
    assert!(stage.text().contains("Evidence · P31"));
    // Enter goes on from there, so Enter alone does not open it again.
    stage.finishes(run);
    stage.keys("<Enter> <Enter> <Enter> <Enter>");
    assert_eq!(stage.state().step, Step::Review);
    // Evidence that was asked for leaves the focus where it is.
    let mut stage = failed();
    stage.keys("e <Esc> e");
    assert!(stage.text().contains("Evidence · P50"), "{}", stage.text());
}

#[test]
fn a_link_is_gone_with_the_page_it_was_asked_on() {
    let mut stage = linked();
    assert!(stage.state().link.is_some());
    stage.keys("<Esc> <Enter>");
    assert_eq!(stage.state().link, None);
}
