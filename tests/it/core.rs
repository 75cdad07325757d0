//! Tests the core with lists of events, and with properties that hold after any events.

use std::time::Duration;

use proptest::prelude::*;
use score_setup::{
    answers::{
        draft::{Origin, Text},
        pasted::{self, Offer, Pasted},
    },
    forms::Base,
    install::deployment::{Deployment, Launcher},
    score::{Id, Release, Scope, Severity, Step, provider::provider},
    store::{
        checks::{CheckGroup, CheckRow, Finding, News, Outcome, Repair, engine::Verdict},
        probe::Route,
        provision::ProvisionError,
        tune::Budget,
    },
    text::secret::Secret,
    wizard::{
        Blocked, Effect, Event, Exit, Purpose, SessionOptions, SettingsChange, Standing, State,
        proposal::{Receipt, WriteError, WriteRefusal, Written},
        update,
    },
};

const CANARY: &str = "canary-8f1e-secret";

fn refused_bucket() -> ProvisionError {
    ProvisionError::Bucket { bucket: "score-object".into(), why: "AccessDenied".into() }
}

pub(crate) fn answered(key: &'static str, text: &str) -> Event {
    let secret = score_setup::score::setting(key).is_some_and(score_setup::score::Setting::secret);
    let text = if secret { Text::Secret(Secret::new(text)) } else { Text::Plain(text.to_owned()) };
    Event::Answered { key, text, origin: Origin::Typed }
}

fn loaded(bytes: Option<&[u8]>, release: Option<Release>) -> Event {
    let path = "/conf/application.properties".into();
    Event::Loaded(Ok(
        Deployment::of_file(Base { path, bytes: bytes.map(<[u8]>::to_vec), notes: Vec::new() }).named_after(release)
    ))
}

/// A file that needs no answer.
const CONFIGURED: &[u8] =
    b"s3.endpoint=http://minio.example.org:9000\ns3.accessKey=score\ns3.secretKey=canary-8f1e-secret\n\
    s3.sigV4Enabled=true\nbucket.name.object=score-object\nbucket.name.state=score-state\n\
    metadata.url=https://song.example.org\n";

/// Returns events that answer everything.
fn answers() -> Vec<Event> {
    vec![
        Event::PathChosen("/conf".into()),
        loaded(None, None),
        Event::ReleaseChosen(Release::R5_11),
        Event::ProviderChosen(provider("minio").unwrap()),
        answered("s3.endpoint", "http://minio.example.org:9000"),
        answered("s3.accessKey", "score"),
        answered("s3.secretKey", CANARY),
        answered("bucket.name.object", "score-object"),
        answered("bucket.name.state", "score-state"),
        answered("metadata.url", "https://song.example.org"),
    ]
}

/// Applies the events. Returns the effects of the last one.
fn after(state: &mut State, events: impl IntoIterator<Item = Event>) -> Vec<Effect> {
    events.into_iter().map(|event| update(state, event)).last().unwrap_or_default()
}

pub(crate) fn ready() -> State {
    let mut state = State::new(SessionOptions::new("here"));
    after(&mut state, answers());
    assert_eq!(state.problems(), []);
    state
}

fn planned(rows: &[&str]) -> News {
    let row =
        |id: &&str| CheckRow { proves_upload: PROOF.contains(id), ..CheckRow::new(*id, CheckGroup::Buckets, *id) };
    News::Planned(rows.iter().map(row).collect())
}

fn done(id: &str, outcome: Outcome) -> News {
    News::Done { id: id.to_owned(), outcome, elapsed: Duration::ZERO }
}

fn finished() -> News {
    News::Finished { leftovers: Vec::new(), stopped: false, elapsed: Duration::ZERO }
}

fn missing(repair: Repair) -> Outcome {
    Outcome::Fail(Finding {
        id: Id::P43,
        severity: Severity::Transfer,
        summary: "Something is missing.".into(),
        evidence: Vec::new(),
        hints: Vec::new(),
        settings: vec!["bucket.name.state"],
        repair: Some(repair),
        others: Vec::new(),
        lacks: None,
        silent: false,
        unproven: false,
    })
}

fn bucket() -> Repair {
    Repair::CreateBucket { bucket: "score-state".into() }
}

fn sentinel() -> Repair {
    Repair::PutSentinel { bucket: "score-object".into(), key: "data/heliograph".into() }
}

fn run_of(effects: &[Effect]) -> u64 {
    match effects {
        [.., Effect::Check { run, .. }] => *run,
        other => panic!("no check in {other:?}"),
    }
}

fn tell(state: &mut State, run: u64, news: impl IntoIterator<Item = News>) -> Vec<Effect> {
    after(state, news.into_iter().map(|news| Event::CheckNews { run, news }))
}

/// Returns a state after a run of one check with this outcome.
fn checked(outcome: Outcome) -> State {
    let mut state = ready();
    let run = run_of(&update(&mut state, Event::CheckAsked));
    tell(&mut state, run, [planned(&["bucket"]), done("bucket", outcome), finished()]);
    state
}

#[test]
fn the_store_is_tried_before_song_is_known_and_nothing_is_written_without_it() {
    let mut state = ready();
    update(&mut state, answered("metadata.url", ""));
    assert!(state.draft.target().is_err());
    run_of(&update(&mut state, Event::CheckAsked));
    assert!(state.proposal().is_err());
}

/// The checks that write. Without them, nothing is proven.
const PROOF: [&str; 2] = ["state-marker", "part"];

fn passes() -> Vec<News> {
    let dones = PROOF.iter().map(|id| done(id, Outcome::Pass(String::new())));
    [planned(&PROOF)].into_iter().chain(dones).chain([finished()]).collect()
}

fn passed() -> State {
    let mut state = ready();
    let run = run_of(&update(&mut state, Event::CheckAsked));
    tell(&mut state, run, passes());
    state
}

#[test]
fn checks_that_follow_a_repair_leave_the_operator_where_he_went_meanwhile() {
    let mut state = ready();
    let run = run_of(&update(&mut state, Event::CheckAsked));
    assert_eq!(state.step, Step::Checks);
    tell(&mut state, run, vec![News::Planned(Vec::new())]);
    let repair = Repair::CreateBucket { bucket: "score-object".into() };
    update(&mut state, Event::RepairAsked(repair.clone()));
    update(&mut state, Event::StepChosen(Step::Review));
    let effects = update(&mut state, Event::Repaired { repair, result: Ok("Created it.".into()) });
    assert!(matches!(&effects[..], [.., Effect::Check { .. }]), "{effects:?}");
    assert_eq!(state.step, Step::Review);
}

#[test]
fn an_existing_file_tells_by_its_endpoint_whether_it_is_aws_and_which_region() {
    for (endpoint, provider, region) in [
        ("https://s3.eu-central-1.amazonaws.com", Some("aws"), Some("eu-central-1")),
        ("https://bucket.s3.amazonaws.com", Some("aws"), None),
        ("http://minio.lab.example:9000/", Some("other"), None),
        ("", None, None),
    ] {
        let mut state = State::new(SessionOptions::new("test"));
        let bytes = format!("s3.endpoint={endpoint}\n").into_bytes();
        let path = std::path::PathBuf::from("/conf/application.properties");
        update(
            &mut state,
            Event::Loaded(Ok(
                Deployment::of_file(Base { path, bytes: Some(bytes), notes: Vec::new() }).named_after(None)
            )),
        );
        assert_eq!(state.draft.provider.map(|provider| provider.id.as_str()), provider, "{endpoint}");
        assert_eq!(state.draft.region.as_deref(), region, "{endpoint}");
    }
}

/// Formats effects in a few words, so that results of `update` can be compared.
fn told(effects: &[Effect]) -> Vec<String> {
    effects
        .iter()
        .map(|effect| match effect {
            Effect::Load(path) => format!("load {}", path.display()),
            Effect::Look(from) => format!("look {}", from.display()),
            Effect::FindCredentials(home) => format!("find credentials in {}", home.display()),
            Effect::Check { run, scope, .. } => format!("check {run} {scope:?}"),
            Effect::Stop { run } => format!("stop {run}"),
            Effect::Repair { repair: Repair::CreateBucket { bucket }, .. } => format!("create {bucket}"),
            Effect::Repair { repair: Repair::PutSentinel { key, .. }, .. } => format!("put {key}"),
            Effect::Repair { repair: Repair::CreateContainer { container }, .. } => format!("create {container}"),
            Effect::Repair { repair: Repair::SetPolicy { name, .. }, .. } => format!("set {name}"),
            Effect::Repair { repair: Repair::AbortUploads { bucket, .. }, .. } => format!("add a rule to {bucket}"),
            Effect::Repair { repair: Repair::Answer { .. } | Repair::Trim { .. } | Repair::Swap { .. }, .. } => {
                panic!("an answer is no work for the performer")
            }
            Effect::Write(proposal) => format!("write {}", proposal.files.len()),
            Effect::FindInBackups { files, .. } => format!("find in the backups of {}", files.len()),
            Effect::Link(store) => format!("link {}", store.object_bucket),
            Effect::SaveAnswers { folder, .. } => format!("save in {}", folder.display()),
            Effect::Tune { run, .. } => format!("tune {run}"),
            Effect::Watch { run, .. } => format!("watch {run}"),
            Effect::Count { run, .. } => format!("count {run}"),
            Effect::Recall => "recall".to_owned(),
            Effect::Remember(unfinished) => format!("remember {}", unfinished.path.display()),
            Effect::ForgetAnswers => "forget".to_owned(),
            Effect::KeepResult { outcome, .. } => format!("keep {outcome:?}"),
        })
        .collect()
}

fn write(state: &State, anyway: bool) -> Event {
    Event::WriteAsked { fingerprint: state.proposal().unwrap().fingerprint, anyway }
}

fn receipt() -> Receipt {
    Receipt {
        files: vec![Written {
            path: "/conf/application.properties".into(),
            changed: true,
            backup: None,
            mode: 0o600,
            owner: "score".into(),
            keys: 27,
            notes: Vec::new(),
        }],
    }
}

#[test]
fn from_nothing_to_a_written_file() {
    let mut state = State::new(SessionOptions::new("here"));
    assert_eq!(told(&update(&mut state, Event::PathChosen("/conf".into()))), ["load /conf"]);
    after(&mut state, answers().split_off(1));
    assert_eq!(state.standing(), Standing::NotRun);
    let effects = update(&mut state, Event::CheckAsked);
    assert_eq!(told(&effects), ["check 1 All"]);
    assert_eq!((state.step, state.standing()), (Step::Checks, Standing::Running));
    tell(&mut state, 1, passes());
    assert_eq!(state.standing(), Standing::Ended(Verdict::Pass));
    let ask = write(&state, false);
    assert_eq!(told(&update(&mut state, ask)), ["write 2"]);
    assert_eq!(told(&update(&mut state, Event::Written(Ok(receipt())))), ["load /conf/application.properties"]);
    assert_eq!(state.receipt, Some(receipt()));
    update(&mut state, Event::LeaveAsked);
    assert_eq!(state.over, Some(Exit::Done));
}

#[test]
fn the_installation_tells_the_release_unless_the_operator_does() {
    let mut state = State::new(SessionOptions::new("here"));
    after(&mut state, [Event::PathChosen("/a".into()), loaded(None, Some(Release::R5_9))]);
    assert_eq!(state.draft.release, Some(Release::R5_9));
    after(&mut state, [Event::PathChosen("/b".into()), loaded(None, None)]);
    assert_eq!(state.draft.release, None);
    after(&mut state, [Event::ReleaseChosen(Release::R5_11), loaded(None, Some(Release::R5_9))]);
    assert_eq!(state.draft.release, Some(Release::R5_11));
}

#[test]
fn leaving_the_endpoint_tries_the_address_and_leaving_the_secret_signs_in() {
    let mut state = ready();
    assert_eq!(told(&update(&mut state, Event::FieldLeft("s3.accessKey"))), [""; 0]);
    assert_eq!(told(&update(&mut state, Event::FieldLeft("s3.endpoint"))), ["check 1 Reach"]);
    assert_eq!(told(&update(&mut state, Event::FieldLeft("s3.endpoint"))), [""; 0]);
    assert_eq!(told(&update(&mut state, Event::FieldLeft("s3.secretKey"))), ["stop 1", "check 2 SignIn"]);
    assert!(state.background_is_current());
    update(&mut state, answered("s3.endpoint", "http://other.example.org:9000"));
    assert!(!state.background_is_current());
    assert_eq!(state.standing(), Standing::NotRun);
}

#[test]
fn a_new_check_stops_the_old_one() {
    let mut state = ready();
    update(&mut state, Event::CheckAsked);
    assert_eq!(told(&update(&mut state, Event::CheckAsked)), ["stop 1", "check 2 All"]);
}

#[test]
fn news_of_an_old_run_changes_nothing() {
    let mut state = ready();
    after(&mut state, [Event::CheckAsked, Event::CheckAsked]);
    let before = format!("{state:?}");
    tell(&mut state, 1, [planned(&["bucket"]), done("bucket", Outcome::Pass(String::new())), finished()]);
    assert_eq!(format!("{state:?}"), before);
}

#[test]
fn a_changed_answer_makes_passed_checks_stale_and_the_old_answer_fresh_again() {
    let mut state = passed();
    assert!(state.may_write());
    update(&mut state, answered("bucket.name.state", "other-state"));
    assert_eq!((state.standing(), state.may_write()), (Standing::Stale, false));
    update(&mut state, answered("bucket.name.state", "score-state"));
    assert_eq!((state.standing(), state.may_write()), (Standing::Ended(Verdict::Pass), true));
}

#[test]
fn what_is_missing_is_created_buckets_first_and_checked_again() {
    let mut state = ready();
    let run = run_of(&update(&mut state, Event::CheckAsked));
    let rows = [planned(&["s", "b"]), done("s", missing(sentinel())), done("b", missing(bucket())), finished()];
    tell(&mut state, run, rows);
    assert_eq!(told(&update(&mut state, Event::CreateMissingAsked)), ["create score-state"]);
    let bucket_made = Event::Repaired { repair: bucket(), result: Ok("made".into()) };
    assert_eq!(told(&update(&mut state, bucket_made)), ["put data/heliograph"]);
    let sentinel_put = Event::Repaired { repair: sentinel(), result: Ok("put".into()) };
    assert_eq!(told(&update(&mut state, sentinel_put)), ["check 2 All"]);
    assert_eq!(state.repaired, [(bucket(), Ok("made".into())), (sentinel(), Ok("put".into()))]);
}

#[test]
fn a_sentinel_that_only_its_new_bucket_lets_be_missed_is_put_too_and_nothing_twice() {
    let mut state = checked(missing(bucket()));
    update(&mut state, Event::CreateMissingAsked);
    update(&mut state, Event::Repaired { repair: bucket(), result: Ok("made".into()) });
    let news = [planned(&["s", "b"]), done("s", missing(sentinel())), done("b", missing(bucket())), finished()];
    assert_eq!(told(&tell(&mut state, 2, news)), ["put data/heliograph"]);
    update(&mut state, Event::Repaired { repair: sentinel(), result: Ok("put".into()) });
    assert_eq!(told(&tell(&mut state, 3, [planned(&["s"]), done("s", missing(sentinel())), finished()])), [""; 0]);
    assert!(!state.busy());
}

#[test]
fn only_what_may_be_created_is() {
    let mut state = checked(missing(bucket()));
    state.create.buckets = false;
    assert_eq!(told(&update(&mut state, Event::CreateMissingAsked)), [""; 0]);
}

#[test]
fn a_repair_that_failed_is_told_and_nothing_is_checked() {
    let mut state = checked(missing(bucket()));
    update(&mut state, Event::RepairAsked(bucket()));
    let refused = Event::Repaired { repair: bucket(), result: Err(refused_bucket()) };
    assert_eq!(told(&update(&mut state, refused)), [""; 0]);
    assert_eq!(state.repaired, [(bucket(), Err(refused_bucket()))]);
}

#[test]
fn a_repair_of_values_that_are_no_longer_the_answers_is_checked_again_first() {
    let mut state = checked(missing(bucket()));
    update(&mut state, answered("bucket.name.state", "other-state"));
    assert_eq!(told(&update(&mut state, Event::RepairAsked(bucket()))), ["check 2 All"]);
}

#[test]
fn a_repaired_answer_is_a_typed_one_and_checked_again() {
    let mut state = passed();
    let repair = Repair::Answer { key: "s3.sigV4Enabled", value: "false".into() };
    assert_eq!(told(&update(&mut state, Event::RepairAsked(repair))), ["check 2 All"]);
    let setting = score_setup::score::setting("s3.sigV4Enabled").unwrap();
    let answer = state.draft.answer(setting).unwrap();
    assert_eq!((answer.text, answer.origin), (Text::Plain("false".into()), Origin::Typed));
}

#[test]
fn failed_checks_stop_a_write_unless_it_is_meant() {
    let mut state = checked(missing(bucket()));
    let ask = write(&state, false);
    assert_eq!(told(&update(&mut state, ask)), [""; 0]);
    assert_eq!(state.trouble.take().unwrap().cause, "The checks have not passed on these values.");
    let ask = write(&state, true);
    assert_eq!(told(&update(&mut state, ask)), ["write 2"]);
}

#[test]
fn only_the_proposal_that_was_shown_is_written() {
    let mut state = passed();
    let ask = write(&state, true);
    update(&mut state, answered("upload.retry.limit", "3"));
    assert_eq!(told(&update(&mut state, ask)), [""; 0]);
    assert_eq!(state.trouble.unwrap().cause, "The files to write have changed since they were shown.");
}

#[test]
fn a_refused_write_is_read_and_proposed_again() {
    let mut state = passed();
    let ask = write(&state, false);
    update(&mut state, ask);
    let path = state.path.clone();
    let refused = Event::Written(Err(WriteError::Refused { path, refusal: WriteRefusal::Changed }));
    assert_eq!(told(&update(&mut state, refused)), ["load /conf/application.properties"]);
    assert_eq!(state.trouble.clone().unwrap().cause, "/conf/application.properties changed since it was read.");
    update(&mut state, loaded(Some(b"server.port=9\n"), None));
    assert_eq!(state.proposal().unwrap().files.last().unwrap().before.as_deref(), Some(b"server.port=9\n".as_slice()));
}

#[test]
fn leaving_stops_what_runs_and_waits_for_a_write() {
    let mut state = passed();
    update(&mut state, Event::CheckAsked);
    let ask = write(&state, true);
    update(&mut state, ask);
    assert_eq!((told(&update(&mut state, Event::LeaveAsked)), state.over), (vec![], None));
    assert_eq!(told(&update(&mut state, Event::Written(Ok(receipt())))), ["stop 2"]);
    assert_eq!(state.over, Some(Exit::Done));
}

#[test]
fn a_file_that_java_refuses_is_told_and_never_proposed() {
    let mut state = ready();
    update(&mut state, loaded(Some(b"a=1\nb=\\u12\n"), None));
    assert!(matches!(state.proposal(), Err(Blocked::Unreadable(bad)) if bad.line == 2));
    assert!(state.trouble.is_some());
}

#[test]
fn a_dry_run_only_looks() {
    let mut state = ready();
    state.dry = true;
    assert_eq!(told(&update(&mut state, Event::CheckAsked)), ["check 1 ReadOnly"]);
    tell(&mut state, 1, [planned(&["b"]), done("b", missing(bucket())), finished()]);
    let ask = write(&state, true);
    assert_eq!(told(&after(&mut state, [Event::CreateMissingAsked, Event::RepairAsked(bucket()), ask])), [""; 0]);
}

/// An event, or an action that depends on the state.
#[derive(Debug, Clone)]
enum Act {
    Event(Box<Event>),
    WriteCurrent { anyway: bool },
    WriteOther,
}

fn news() -> impl Strategy<Value = News> {
    let outcome = prop_oneof![
        Just(Outcome::Pass("fine".into())),
        Just(missing(bucket())),
        Just(missing(sentinel())),
        Just(missing(Repair::Answer { key: "s3.sigV4Enabled", value: "false".into() })),
        Just(Outcome::Waiting("a".into())),
    ];
    let id = prop_oneof![Just("a"), Just("b"), Just("unknown")];
    prop_oneof![
        Just(planned(&["a", "b"])),
        id.clone().prop_map(|id| News::Started(id.into())),
        (id, outcome).prop_map(|(id, outcome)| done(id, outcome)),
        Just(finished()),
    ]
}

/// Texts of other tools, without their secret.
const PASTED: &[&str] = &[
    "mc alias set lab http://minio.lab.example:9000/score-object scoreuser ",
    "AccountName=scoredata;EndpointSuffix=core.chinacloudapi.cn;AccountKey=",
    "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE\nAWS_REGION=eu-central-1\nAWS_SECRET_ACCESS_KEY=",
];

fn pasted(text: &str) -> Pasted {
    let mut all = pasted::read(&Secret::new(format!("{text}{CANARY}"))).unwrap();
    all.swap_remove(0).result.unwrap()
}

fn taken(text: &str) -> Event {
    Event::Taken { pasted: pasted(text), source: "pasted".into() }
}

fn offer() -> Offer {
    // Another secret than the answer: keys that are already used are not offered.
    let other = format!("{}another-", PASTED[2]);
    Offer { source: "profile score in ~/.aws/credentials".into(), result: Ok(pasted(&other)) }
}

#[test]
fn a_pasted_text_gives_provider_answers_and_cloud() {
    let mut state = ready();
    update(&mut state, taken(PASTED[1]));
    assert_eq!(state.draft.provider, provider("azure"));
    assert_eq!(state.draft.value("azure.accountName").as_deref(), Some("scoredata"));
    assert_eq!(state.draft.cloud(), "core.chinacloudapi.cn");
    update(&mut state, taken(PASTED[2]));
    assert_eq!(state.draft.value("s3.endpoint").as_deref(), Some("https://s3.eu-central-1.amazonaws.com"));
    update(&mut state, taken(PASTED[0]));
    assert_eq!(state.draft.value("s3.endpoint").as_deref(), Some("http://minio.lab.example:9000"));
    assert_eq!(state.draft.value("bucket.name.object").as_deref(), Some("score-object"));
}

#[test]
fn keys_found_are_looked_for_once_and_only_on_request_taken() {
    let mut state = ready();
    state.home = Some("/home/op".into());
    update(&mut state, Event::ProviderChosen(provider("aws").unwrap()));
    assert_eq!(told(&update(&mut state, Event::StepChosen(Step::Connection))), ["find credentials in /home/op"]);
    let before = state.draft.clone();
    update(&mut state, Event::CredentialsFound(vec![offer()]));
    assert_eq!(told(&update(&mut state, Event::StepChosen(Step::Connection))), [""; 0]);
    assert_eq!(state.draft, before);
    assert_eq!(state.fitting_offers().len(), 1);
    update(&mut state, Event::ProviderChosen(provider("minio").unwrap()));
    assert_eq!(state.fitting_offers().len(), 0);
    update(&mut state, Event::KeysTaken(0));
    assert_eq!(state.draft.value("s3.accessKey").as_deref(), Some("AKIAIOSFODNN7EXAMPLE"));
    assert_eq!(state.draft.provider, provider("minio"));
}

#[test]
fn the_bucket_in_a_typed_endpoint_is_taken_once() {
    let mut state = State::new(SessionOptions::new("score-host"));
    update(&mut state, Event::ProviderChosen(provider("ceph").unwrap()));
    update(&mut state, answered("s3.endpoint", "http://rgw.example.org:7480/score-object/"));
    update(&mut state, Event::FieldLeft("s3.endpoint"));
    assert_eq!(state.draft.value("bucket.name.object").as_deref(), Some("score-object"));
    assert_eq!(state.draft.value("s3.endpoint").as_deref(), Some("http://rgw.example.org:7480"));
    update(&mut state, answered("s3.endpoint", "http://rgw.example.org:7480/other"));
    update(&mut state, Event::FieldLeft("s3.endpoint"));
    assert_eq!(state.draft.value("bucket.name.object").as_deref(), Some("score-object"));
}

fn act() -> impl Strategy<Value = Act> {
    let repair = prop_oneof![
        Just(bucket()),
        Just(sentinel()),
        Just(Repair::Answer { key: "s3.sigV4Enabled", value: "false".into() }),
    ];
    let key = prop_oneof![Just("s3.endpoint"), Just("s3.secretKey"), Just("s3.accessKey"), Just("upload.partsize")];
    let text = prop_oneof![Just(String::new()), Just("http://a.example.org".to_owned()), Just(CANARY.to_owned())];
    let result = prop_oneof![Just(Ok("made".to_owned())), Just(Err(refused_bucket()))];
    let event = prop_oneof![
        Just(Event::PathChosen("/conf".into())),
        Just(loaded(None, Some(Release::R5_9))),
        Just(loaded(Some(b"#s3.endpoint=\nserver.port=1\n"), None)),
        Just(loaded(Some(b"a=\\u"), None)),
        Just(loaded(Some(CONFIGURED), Some(Release::R5_11))),
        prop::sample::select(vec![Purpose::Install, Purpose::Reconfigure, Purpose::Troubleshoot, Purpose::Upgrade])
            .prop_map(Event::PurposeChosen),
        Just(Event::LookAsked),
        Just(Event::Sighted(Vec::new())),
        Just(Event::FixAsked(Vec::new())),
        Just(Event::FixAllAsked),
        any::<bool>().prop_map(Event::SecureChosen),
        prop::sample::select(Launcher::ALL.to_vec()).prop_map(Event::LauncherChosen),
        Just(Event::ProveAsked),
        Just(Event::SaveAsked),
        Just(Event::Saved(Ok("/here/score.toml".into()))),
        Just(Event::ReleaseChosen(Release::R5_12)),
        Just(Event::ProviderChosen(provider("aws").unwrap())),
        Just(Event::RegionChosen("eu-central-1".into())),
        (prop_oneof![Just("s3.secretKey"), Just("auth.server.clientSecret")], Just(CANARY))
            .prop_map(|(key, text)| answered(key, text)),
        (prop_oneof![Just("s3.endpoint"), Just("bucket.name.state"), Just("upload.partsize")], text)
            .prop_filter("a secret is typed into a secret's field", |(_, text)| text != CANARY)
            .prop_map(|(key, text)| answered(key, &text)),
        prop::sample::select(PASTED.to_vec()).prop_map(taken),
        Just(Event::CredentialsFound(vec![offer()])),
        (0..2usize).prop_map(Event::KeysTaken),
        key.clone().prop_map(Event::AnswerRemoved),
        key.prop_map(Event::FieldLeft),
        Just(Event::RouteChosen(Route { connect_to: Some("127.0.0.1:9".into()), ca: None, ..Route::default() })),
        Just(Event::RouteChosen(Route::default())),
        Just(Event::CreateAs(Some(score_setup::answers::Keys {
            access_key: "admin".into(),
            secret_key: Secret::new(CANARY)
        }))),
        (0..8usize).prop_map(|at| Event::StepChosen(Step::ALL[at])),
        Just(Event::CheckAsked),
        Just(Event::StopAsked),
        Just(Event::ChangeChosen(SettingsChange::Keys)),
        repair.clone().prop_map(Event::RepairAsked),
        Just(Event::CreateMissingAsked),
        Just(Event::TroubleDismissed),
        (1..12u64, news()).prop_map(|(run, news)| Event::CheckNews { run, news }),
        (1..12u64, news()).prop_map(|(run, news)| Event::CheckNews { run, news }),
        (repair, result).prop_map(|(repair, result)| Event::Repaired { repair, result }),
        Just(Event::Written(Ok(receipt()))),
        Just(Event::Written(Err(WriteError::Refused { path: "/conf".into(), refusal: WriteRefusal::Changed }))),
    ];
    prop_oneof![
        30 => event.prop_map(|event| Act::Event(Box::new(event))),
        2 => any::<bool>().prop_map(|anyway| Act::WriteCurrent { anyway }),
        1 => Just(Act::WriteOther),
        1 => Just(Act::Event(Box::new(Event::LeaveAsked))),
        1 => Just(Act::Event(Box::new(Event::TuneAsked(Budget::default())))),
        1 => Just(Act::Event(Box::new(Event::AdviceTaken))),
    ]
}

/// The full runs that have neither ended nor been stopped.
#[derive(Default)]
struct World {
    going: Vec<u64>,
}

fn hold(world: &mut World, state: &mut State, event: &Event) -> Result<(), TestCaseError> {
    let facts = state.clone();
    let (before, over, dry) = (format!("{state:?}"), state.over.is_some(), state.dry);
    let (may_write, proposal, step) = (state.may_write(), state.proposal().ok(), state.step);
    let numbers: Vec<_> = state.run.iter().chain(&state.background).map(|run| run.number).collect();
    let effects = update(state, event.clone());

    let shown = format!("{state:?} {event:?} {effects:?} {:?}", state.proposal());
    prop_assert!(!shown.contains(CANARY), "a secret shows");
    if over {
        prop_assert!(effects.is_empty() && format!("{state:?}") == before, "it is over");
    }
    if let Event::CheckNews { run, news } = event {
        if !numbers.contains(run) {
            prop_assert!(effects.is_empty() && format!("{state:?}") == before, "news of an old run");
        }
        if matches!(news, News::Finished { .. }) {
            world.going.retain(|going| going != run);
        }
    }
    for effect in &effects {
        match effect {
            Effect::Stop { run } => world.going.retain(|going| going != run),
            Effect::Check { run, scope: found @ (Scope::All | Scope::ReadOnly), .. } => {
                prop_assert!(world.going.is_empty(), "two full runs at once");
                prop_assert_eq!(*found, state.scope());
                prop_assert!(!dry || *found == Scope::ReadOnly);
                world.going.push(*run);
                let asked = matches!(event, Event::CheckAsked | Event::ProveAsked)
                    || matches!(step, Step::Checks | Step::Review)
                    || (matches!(event, Event::Loaded(_)) && state.purpose == Some(Purpose::Troubleshoot));
                let followed =
                    matches!(event, Event::RepairAsked(_) | Event::CreateMissingAsked | Event::Repaired { .. });
                prop_assert!(asked || followed, "nobody asked for a full run: {event:?}");
                prop_assert!(state.draft.store(*found).is_some());
            }
            Effect::Check { .. } => {
                // A file that is tried exactly as written may support less than a full run.
                let quiet = matches!(
                    event,
                    Event::FieldLeft(_) | Event::RepairAsked(_) | Event::KeysTaken(_) | Event::Taken { .. }
                );
                prop_assert!(quiet || state.as_written, "a quiet try at {event:?}");
            }
            Effect::Repair { .. } => prop_assert!(!dry && state.repairing.is_some()),
            Effect::Write(written) => {
                let Event::WriteAsked { fingerprint, anyway } = *event else {
                    return Err(TestCaseError::fail("nobody asked for a write"));
                };
                prop_assert!(!dry && (anyway || may_write));
                prop_assert_eq!(Some(written), proposal.as_ref());
                prop_assert_eq!(fingerprint, written.fingerprint);
            }
            Effect::Load(_) | Effect::Look(_) | Effect::FindCredentials(_) => {}
            Effect::FindInBackups { .. } => prop_assert!(matches!(event, Event::Written(Ok(_)))),
            Effect::SaveAnswers { .. } => prop_assert!(matches!(event, Event::SaveAsked)),
            Effect::Tune { .. } => {
                prop_assert!(matches!(event, Event::TuneAsked(_)) && !dry && facts.signed_in() && !facts.busy());
            }
            Effect::Watch { .. } => prop_assert!(matches!(event, Event::WatchAsked) && !dry),
            Effect::Recall | Effect::Remember(_) | Effect::ForgetAnswers | Effect::KeepResult { .. } => {
                prop_assert!(state.remembers);
            }
            Effect::Count { .. } => prop_assert!(state.step == Step::Review && !state.relocations().is_empty()),
            Effect::Link(_) => prop_assert!(matches!(event, Event::LinkAsked) && state.draft.target().is_ok()),
        }
    }
    prop_assert!(!(state.may_write() && state.stale()));
    counted(&facts, state, event)
}

/// Checks that every change of a fact has changed its count.
fn counted(before: &State, after: &State, event: &Event) -> Result<(), TestCaseError> {
    let (old, new) = (before.revision, after.revision);
    prop_assert!(old.sightings != new.sightings || before.sightings == after.sightings, "sightings: {event:?}");
    let files = |state: &State| (state.deployment.clone(), state.fixed.clone());
    prop_assert!(old.files != new.files || files(before) == files(after), "files: {event:?}");
    let launch = |state: &State| (state.purpose(), state.draft.release, state.draft.api(), state.launcher());
    prop_assert!(old.launch != new.launch || launch(before) == launch(after), "launch: {event:?}");
    let answers = |state: &State| (state.draft.clone(), state.setup.clone());
    prop_assert!(old.answers != new.answers || answers(before) == answers(after), "answers: {event:?}");
    let checks = |state: &State| {
        let boards = [&state.run, &state.background].map(|run| run.as_ref().map(|run| (run.number, run.board.clone())));
        (boards, state.repairing.clone(), state.repaired.clone())
    };
    prop_assert!(old.checks != new.checks || checks(before) == checks(after), "checks: {event:?}");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_core_keeps_its_word(acts in prop::collection::vec(act(), 0..60), dry in any::<bool>(), full in any::<bool>()) {
        let mut state = if full { ready() } else { State::new(SessionOptions::new("here")) };
        state.dry = dry;
        let mut world = World::default();
        for act in acts {
            let event = match act {
                Act::Event(event) => *event,
                Act::WriteCurrent { anyway } => {
                    let fingerprint = state.proposal().map_or(0, |proposal| proposal.fingerprint);
                    Event::WriteAsked { fingerprint, anyway }
                }
                Act::WriteOther => Event::WriteAsked { fingerprint: 4711, anyway: true },
            };
            hold(&mut world, &mut state, &event)?;
        }
    }
}

#[test]
fn troubleshooting_begins_with_checks_that_write_nothing_until_that_is_asked_for() {
    let mut state = State::new(SessionOptions::new("here"));
    after(&mut state, [Event::PathChosen("/conf".into()), Event::PurposeChosen(Purpose::Troubleshoot)]);
    let effects = update(&mut state, loaded(Some(CONFIGURED), Some(Release::R5_11)));
    assert_eq!(told(&effects), ["check 1 ReadOnly"]);
    assert_eq!((state.step, state.draft.provider), (Step::Checks, provider("other")));
    assert_eq!(told(&update(&mut state, Event::ProveAsked)), ["stop 1", "check 2 All"]);
    assert_eq!(told(&update(&mut state, Event::CheckAsked)), ["stop 2", "check 3 All"]);
}

#[test]
fn another_deployment_is_opened_as_it_is() {
    let mut state = passed();
    after(&mut state, [Event::PathChosen("/other".into()), Event::PurposeChosen(Purpose::Reconfigure)]);
    update(&mut state, loaded(Some(CONFIGURED), Some(Release::R5_10)));
    let endpoint = state.draft.answer(score_setup::score::setting("s3.endpoint").unwrap()).unwrap();
    assert_eq!(endpoint.origin, Origin::File { line: 1 });
    assert_eq!((state.draft.provider, state.standing()), (provider("other"), Standing::NotRun));
}

#[test]
fn an_upgrade_asks_for_the_release_and_goes_to_the_review() {
    let mut state = State::new(SessionOptions::new("here"));
    after(&mut state, [Event::PathChosen("/conf".into()), Event::PurposeChosen(Purpose::Upgrade)]);
    update(&mut state, loaded(Some(CONFIGURED), Some(Release::R5_9)));
    update(&mut state, Event::ReleaseChosen(Release::R5_12));
    assert_eq!(state.next_needed(None).step, Step::Review);
    let proposal = state.proposal().unwrap();
    assert!(proposal.changed());
}

#[test]
fn what_a_file_suggests_is_the_way_in_where_none_is_chosen() {
    for (bytes, way) in
        [(None, Purpose::Install), (Some(&b"#a=b\n"[..]), Purpose::Install), (Some(CONFIGURED), Purpose::Reconfigure)]
    {
        let mut state = State::new(SessionOptions::new("here"));
        after(&mut state, [Event::PathChosen("/conf".into()), loaded(bytes, None)]);
        assert_eq!(state.purpose(), way);
    }
}

#[test]
fn after_a_write_it_is_the_files_that_are_checked_again() {
    let mut state = passed();
    let write = write(&state, false);
    let written = match &update(&mut state, write)[..] {
        [Effect::Write(proposal)] => proposal.files.last().unwrap().after.clone(),
        other => panic!("{other:?}"),
    };
    after(&mut state, [Event::Written(Ok(receipt())), loaded(Some(&written), Some(Release::R5_11))]);
    let endpoint = state.draft.answer(score_setup::score::setting("s3.endpoint").unwrap()).unwrap();
    assert!(matches!(endpoint.origin, Origin::File { .. }), "{:?}", endpoint.origin);
    assert!(state.may_write() && !state.stale(), "the files say what was checked");
    let run = run_of(&update(&mut state, Event::CheckAsked));
    assert_eq!(state.run.as_ref().unwrap().number, run);
}

#[test]
fn troubleshooting_tries_the_file_to_the_letter_until_an_answer_changes_or_it_is_to_be_written() {
    let mut state = State::new(SessionOptions::new("here"));
    let slash = String::from_utf8(CONFIGURED.to_vec()).unwrap().replace(":9000", ":9000/");
    after(&mut state, [Event::PathChosen("/conf".into()), Event::PurposeChosen(Purpose::Troubleshoot)]);
    let effects = update(&mut state, loaded(Some(slash.as_bytes()), Some(Release::R5_11)));
    let [Effect::Check { store: letter, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_ne!(Some(letter), state.draft.store(Scope::ReadOnly).as_ref(), "the slash is tried too");
    assert!(!state.stale());
    let same = state.draft.clone();
    for act in [
        Event::StepChosen(Step::Review),
        Event::Answered { key: "upload.partsize", text: Text::Plain("64 MiB".into()), origin: Origin::Typed },
    ] {
        let mut state = state.clone();
        update(&mut state, act);
        assert!(!state.as_written && state.stale(), "what passed was another address");
    }
    assert_eq!(state.draft, same);
    after(&mut state, [Event::PathChosen("/other".into())]);
    assert!(!state.as_written);
}
