//! Tests what the wizard says about keys that are replaced, on any way to them, and after the write.

use score_setup::{
    forms::Base,
    install::deployment::Deployment,
    score::{Id, Release, Scope, Severity, provider::provider},
    store::checks::{CheckGroup, CheckRow, Finding, News, Outcome},
    wizard::{
        Effect, Event, NewKeys, SessionOptions, SettingsChange, State,
        proposal::{Receipt, Written},
        update,
    },
};

use crate::core::answered;

const FILE: &str = "/conf/application.properties";

const CONFIGURED: &str = "s3.endpoint=http://minio.example.org:9000\ns3.accessKey=first\ns3.secretKey=canary-1\n\
    s3.sigV4Enabled=true\nbucket.name.object=score-object\nbucket.name.state=score-state\n\
    metadata.url=https://song.example.org\n";

fn loaded(bytes: Vec<u8>) -> Event {
    let base = Base { bytes: Some(bytes), ..Base::absent(FILE.into()) };
    Event::Loaded(Ok(Deployment::of_file(base).named_after(Some(Release::R5_11))))
}

fn opened() -> State {
    opened_with("first")
}

fn opened_with(access: &str) -> State {
    let file = CONFIGURED.replace("first", access);
    let mut state = State::new(SessionOptions::new("here"));
    for event in
        [Event::PathChosen("/conf".into()), loaded(file.into()), Event::ProviderChosen(provider("minio").unwrap())]
    {
        update(&mut state, event);
    }
    state
}

fn give(state: &mut State, pairs: &[(&'static str, &str)]) {
    for (key, text) in pairs {
        update(state, answered(key, text));
    }
}

/// Runs the checks. The refused setting is that of a sign-in that fails.
fn check(state: &mut State, refused: Option<&'static str>) {
    let Some(Effect::Check { run, .. }) = update(state, Event::CheckAsked).pop() else { panic!("no check") };
    let outcome = match refused {
        None => Outcome::Pass(String::new()),
        Some(key) => {
            let finding = Finding::new(Id::P20, Severity::Ping, "Refused.");
            Outcome::Fail(Finding { settings: vec![key], ..finding })
        }
    };
    let rows = ["sign-in", "state-marker", "part"];
    let rows = rows.map(|id| CheckRow { proves_upload: id != "sign-in", ..CheckRow::new(id, CheckGroup::SignIn, id) });
    let elapsed = std::time::Duration::ZERO;
    let done = rows.clone().map(|row| News::Done { id: row.id, outcome: outcome.clone(), elapsed });
    let end = News::Finished { leftovers: Vec::new(), stopped: false, elapsed };
    for news in [News::Planned(rows.into())].into_iter().chain(done).chain([end]) {
        update(state, Event::CheckNews { run, news });
    }
}

/// Writes the proposal, with a backup of this name. Returns the effects of the written files.
fn write(state: &mut State, backup: &str) -> Vec<Effect> {
    let proposal = state.proposal().unwrap();
    update(state, Event::WriteAsked { fingerprint: proposal.fingerprint, anyway: true });
    let file = proposal.files.last().unwrap();
    let written = Written {
        path: file.path.clone(),
        changed: true,
        backup: Some(backup.into()),
        mode: 0o600,
        owner: "score".into(),
        keys: 7,
        notes: Vec::new(),
    };
    let effects = update(state, Event::Written(Ok(Receipt { files: vec![written] })));
    if state.over.is_none() {
        update(state, loaded(file.after.clone()));
    }
    effects
}

/// Replaces the keys by *New keys*.
fn replace(state: &mut State, access: &str, secret: &str, backup: &str) {
    update(state, Event::ChangeChosen(SettingsChange::Keys));
    give(state, &[("s3.accessKey", access), ("s3.secretKey", secret)]);
    check(state, None);
    assert!(state.replaces_keys());
    write(state, backup);
}

fn old_keys(state: &State) -> Vec<String> {
    state.after_rotations().into_iter().filter_map(|after| after.end).collect()
}

const END: &str = "mc admin user svcacct rm ALIAS";

#[test]
fn a_replacement_ends_with_its_write_and_later_ones_are_listed_beside_it() {
    let mut state = opened();
    replace(&mut state, "second", "canary-2", "/conf/1.bak");
    assert_eq!((state.new_keys(), state.announced_keys()), (NewKeys::Nothing, None));
    assert_eq!(old_keys(&state), [format!("{END} first")]);
    // Another change says nothing of the keys, and is not asked about.
    give(&mut state, &[("upload.partsize", "30000000")]);
    check(&mut state, None);
    assert!(!state.replaces_keys() && state.announced_keys().is_none() && state.writes_unasked());
    write(&mut state, "/conf/2.bak");
    assert_eq!(old_keys(&state), [format!("{END} first")]);
    // A second replacement keeps the first.
    replace(&mut state, "third", "canary-3", "/conf/3.bak");
    assert_eq!(old_keys(&state), [format!("{END} first"), format!("{END} second")]);
    update(&mut state, Event::FoundInBackups(vec!["/conf/2.bak".into(), "/conf/3.bak".into()]));
    let backups: Vec<_> = state.after_rotations().into_iter().map(|after| after.backups).collect();
    assert_eq!(
        backups,
        [vec!["/conf/1.bak".into()], vec![std::path::PathBuf::from("/conf/3.bak"), "/conf/2.bak".into()]]
    );
    // A key that is in use again must not be ended.
    replace(&mut state, "first", "canary-1", "/conf/4.bak");
    assert_eq!(old_keys(&state), [format!("{END} second"), format!("{END} third")]);
    // Keys of another store say nothing of these.
    give(
        &mut state,
        &[("s3.endpoint", "http://other.example.org:9000"), ("s3.accessKey", "fourth"), ("s3.secretKey", "canary-4")],
    );
    assert_eq!((state.new_keys(), state.announced_keys()), (NewKeys::Nothing, None));
}

#[test]
fn keys_that_are_replaced_on_any_way_are_announced() {
    let mut state = opened();
    give(&mut state, &[("s3.secretKey", "canary-2")]);
    check(&mut state, None);
    assert!(state.announced_keys().is_some_and(|said| said.contains("only its secret changes")));
    assert!(!state.replaces_keys() && state.may_write() && !state.writes_unasked());
    let effects = write(&mut state, "/conf/1.bak");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::FindInBackups { .. })));
    assert!(state.waits_for_new_keys());
    assert_eq!(state.after_rotations()[0].backups, [std::path::PathBuf::from("/conf/1.bak")]);

    // Nothing uses a secret that the store refuses.
    let mut state = opened();
    check(&mut state, Some("s3.secretKey"));
    give(&mut state, &[("s3.secretKey", "canary-2")]);
    check(&mut state, None);
    assert!(state.announced_keys().is_none() && state.writes_unasked());

    // A new value for the same endpoint in another spelling is about the same store.
    let mut state = opened();
    give(
        &mut state,
        &[("s3.endpoint", "http://MINIO.example.org:9000/"), ("s3.accessKey", "second"), ("s3.secretKey", "canary-2")],
    );
    assert_eq!(state.new_keys(), NewKeys::Pair);
    for other in ["http://minio.example.org:9001", "http://other.example.org:9000"] {
        give(&mut state, &[("s3.endpoint", other)]);
        assert_eq!(state.new_keys(), NewKeys::Nothing, "{other}");
    }
}

#[test]
fn keys_differ_although_the_rest_of_the_store_is_not_known() {
    let file = CONFIGURED.replace("http://minio.example.org:9000", "${S3_ENDPOINT}");
    let mut state = State::new(SessionOptions::new("here"));
    for event in [
        Event::PathChosen("/conf".into()),
        loaded(file.into()),
        Event::ProviderChosen(provider("minio").unwrap()),
        Event::ChangeChosen(SettingsChange::Keys),
    ] {
        update(&mut state, event);
    }
    give(&mut state, &[("s3.accessKey", "second"), ("s3.secretKey", "canary-2")]);
    update(&mut state, Event::FieldLeft("s3.secretKey"));
    assert!(state.replaces_keys() && state.store(Scope::All).is_none());
    assert_eq!(state.new_keys(), NewKeys::Pair);
}

#[test]
fn the_old_key_is_quoted_in_the_command_that_ends_it() {
    let mut state = opened_with("it's;first");
    replace(&mut state, "second", "canary-2", "/conf/1.bak");
    assert_eq!(old_keys(&state), [format!("{END} 'it'\\''s;first'")]);
}

#[test]
fn the_backup_of_a_write_is_known_when_the_operator_leaves_at_once() {
    let mut state = opened();
    update(&mut state, Event::ChangeChosen(SettingsChange::Keys));
    give(&mut state, &[("s3.accessKey", "second"), ("s3.secretKey", "canary-2")]);
    check(&mut state, None);
    let fingerprint = state.proposal().unwrap().fingerprint;
    update(&mut state, Event::WriteAsked { fingerprint, anyway: false });
    update(&mut state, Event::LeaveAsked);
    write(&mut state, "/conf/1.bak");
    assert!(state.over.is_some());
    assert_eq!(state.after_rotations()[0].backups, [std::path::PathBuf::from("/conf/1.bak")]);
}

#[test]
fn keys_that_were_written_although_checks_failed_are_marked_until_they_pass() {
    let mut state = opened();
    let text = |state: &State| {
        let file = state.deployment.as_ref().and_then(|read| read.application.bytes.clone());
        String::from_utf8(file.unwrap()).unwrap()
    };
    update(&mut state, Event::ChangeChosen(SettingsChange::Keys));
    give(&mut state, &[("s3.accessKey", "second"), ("s3.secretKey", "canary-2")]);
    check(&mut state, Some("s3.secretKey"));
    write(&mut state, "/conf/1.bak");
    let written = CONFIGURED.replace("first", "second").replace("canary-1", "canary-2");
    let mark = "# Written by score-setup although checks failed. Check again before clients use it.\n";
    assert_eq!(text(&state), format!("{mark}{written}"));
    replace(&mut state, "third", "canary-3", "/conf/2.bak");
    assert_eq!(text(&state), written.replace("second", "third").replace("canary-2", "canary-3"));
}
