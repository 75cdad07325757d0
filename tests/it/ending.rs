//! Tests what a session leaves: the receipt, the remembered answers, and the watch of the running Score.

use std::time::Duration;

use time::OffsetDateTime;

use score_setup::{
    answers::draft::{Origin, Text},
    forms::Base,
    install::deployment::{CheckOutcome, Deployment, Launcher},
    score::{Release, Step, provider::provider},
    shell::tui::receipt::receipt,
    store::checks::{CheckGroup, CheckRow, News, Outcome},
    text::secret::Secret,
    wizard::{
        Effect, Event, Exit, Lesson, Lessons, Purpose, SessionOptions, State, Unfinished,
        proposal::{Receipt, Written},
        update,
    },
};

const SECRET: &str = "canary-of-the-ending";
const FILE: &str = "/opt/score-server-5.11.0/conf/application.properties";

fn session() -> State {
    State::new(SessionOptions { remembers: true, ..SessionOptions::new("score-host") })
}

fn deployment(text: &str) -> Deployment {
    let base = Base { path: FILE.into(), bytes: Some(text.as_bytes().to_vec()), notes: Vec::new() };
    Deployment::of_file(base).named_after(Release::R5_11)
}

fn answered(key: &'static str, text: &str) -> Event {
    Event::Answered { key, text: Text::Plain(text.into()), origin: Origin::Typed }
}

/// Returns a session with the first answers typed.
fn begun() -> State {
    let mut state = session();
    let secret = Text::Secret(Secret::new(SECRET));
    for event in [
        Event::PathChosen(FILE.into()),
        Event::Loaded(Ok(deployment("# Score"))),
        Event::ProviderChosen(provider("minio").unwrap()),
        answered("s3.endpoint", "http://minio.lab.example:9000"),
        answered("s3.accessKey", "scoreuser"),
        Event::Answered { key: "s3.secretKey", text: secret, origin: Origin::Typed },
        answered("bucket.name.object", "score-object"),
    ] {
        update(&mut state, event);
    }
    state
}

fn remembered(effects: &[Effect]) -> Option<&Unfinished> {
    effects.iter().find_map(|effect| match effect {
        Effect::Remember(unfinished) => Some(unfinished),
        _ => None,
    })
}

#[test]
fn answers_are_remembered_without_secrets_and_continued_where_one_is_missing() {
    let mut state = begun();
    // A secret in the field of the access key is kept nowhere either.
    let long = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    update(&mut state, answered("s3.accessKey", long));
    let effects = update(&mut state, Event::StepChosen(Step::Buckets));
    let kept = remembered(&effects).unwrap();
    assert!(!kept.answers.contains(SECRET) && !kept.answers.contains(long), "{}", kept.answers);
    assert!(kept.answers.contains("score-object"), "{}", kept.answers);
    assert!(remembered(&update(&mut state, Event::FieldLeft("s3.region"))).is_some(), "the step has changed");
    let kept = state.unfinished().unwrap();
    assert!(update(&mut state, Event::LeaveAsked).is_empty(), "nothing has changed since");

    let mut next = session();
    assert!(matches!(update(&mut next, Event::RecallAsked)[..], [Effect::Recall]));
    update(&mut next, Event::Recalled(Some((kept, Duration::from_mins(3)))));
    assert!(next.offered().is_some());
    let effects = update(&mut next, Event::ContinueChosen(true));
    assert!(matches!(&effects[..], [Effect::Load(path)] if path.as_os_str() == FILE), "{effects:?}");
    update(&mut next, Event::Loaded(Ok(deployment("# Score"))));
    assert_eq!(next.draft.value("s3.endpoint").as_deref(), Some("http://minio.lab.example:9000"));
    assert_eq!((next.step, next.draft.typed_secrets()), (Step::Connection, false));
}

#[test]
fn an_interrupted_session_is_offered_once_and_only_about_its_deployment() {
    let unfinished = begun().unfinished().unwrap();
    let mut state = session();
    update(&mut state, Event::PathChosen("/srv/other/application.properties".into()));
    update(&mut state, Event::Recalled(Some((unfinished.clone(), Duration::ZERO))));
    assert!(state.offered().is_none());
    let mut state = session();
    update(&mut state, Event::Recalled(Some((unfinished, Duration::ZERO))));
    // A refused offer does not come back, and its answers stay until others replace them.
    assert!(update(&mut state, Event::ContinueChosen(false)).is_empty());
    assert!(state.offered().is_none());
}

#[test]
fn a_session_without_memory_remembers_nothing() {
    let mut state = State { remembers: false, ..begun() };
    assert!(update(&mut state, Event::StepChosen(Step::Buckets)).is_empty());
    assert!(update(&mut state, Event::RecallAsked).is_empty());
    assert!(state.would_lose());
}

#[test]
fn leaving_says_what_is_kept_and_how_to_continue() {
    let mut state = begun();
    update(&mut state, Event::LeaveAsked);
    let said = receipt(&state, &[], true);
    assert!(said.starts_with("Left. No file was written.\n"), "{said}");
    assert!(said.contains("   Kept      3 answers for one day") && !said.contains(SECRET), "{said}");
    assert!(said.ends_with("   Continue  score-setup /opt/score-server-5.11.0\n"), "{said}");
    let mut provider_only = session();
    for event in [
        Event::PathChosen(FILE.into()),
        Event::Loaded(Ok(deployment("# Score"))),
        Event::ProviderChosen(provider("minio").unwrap()),
        Event::LauncherChosen(Launcher::Jar),
        Event::LeaveAsked,
    ] {
        update(&mut provider_only, event);
    }
    let said = receipt(&provider_only, &[], true);
    assert!(provider_only.unfinished().is_some() && !said.contains("Kept"), "{said}");
    let nothing = session();
    assert_eq!(receipt(&nothing, &[], true), "Left. No file was written.\n");
}

/// Returns a session after its write, and the effects of the write.
fn written(start: Launcher) -> (State, Vec<Effect>) {
    let mut state = begun();
    for event in [
        answered("bucket.name.state", "score-state"),
        answered("metadata.url", "https://song.lab.example"),
        Event::LauncherChosen(start),
    ] {
        update(&mut state, event);
    }
    let file = Written {
        path: FILE.into(),
        changed: true,
        mode: 0o640,
        owner: "score".into(),
        keys: 27,
        backup: None,
        notes: Vec::new(),
    };
    let effects = update(&mut state, Event::Written(Ok(Receipt { files: vec![file] })));
    (state, effects)
}

#[test]
fn a_write_forgets_the_answers_and_the_receipt_has_every_command() {
    let (mut state, effects) = written(Launcher::Wrapper);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::ForgetAnswers)), "{effects:?}");
    update(&mut state, Event::LeaveAsked);
    let said = receipt(&state, &[], false);
    for line in [
        "! Score 5.11 in /opt/score-server-5.11.0 is written for MinIO. The checks did",
        "not run on these values.",
        "   Written   /opt/score-server-5.11.0/conf/application.properties",
        "             27 keys, mode 0640, owner score",
        "   Start     sudo -u score /opt/score-server-5.11.0/bin/score-server start",
        "   Check     score-setup check --score http://localhost:8080",
    ] {
        assert!(said.lines().any(|said| said == line), "{line}\n{said}");
    }
}

#[test]
fn the_receipt_says_of_each_deployment_what_was_done_with_it() {
    let (mut state, _) = written(Launcher::Wrapper);
    update(&mut state, Event::Loaded(Ok(deployment("# Score"))));
    let other = "/srv/other/application.properties";
    let open = |state: &mut State, path: &str, release| {
        update(state, Event::PathChosen(path.into()));
        update(state, Event::PurposeChosen(Purpose::Install));
        let base = Base { path: path.into(), bytes: Some(b"# Score".to_vec()), notes: Vec::new() };
        update(state, Event::Loaded(Ok(Deployment::of_file(base).named_after(release))));
    };
    open(&mut state, other, Release::R5_9);
    let only_looked_at = receipt(&state, &[], true);
    assert!(only_looked_at.starts_with("! Score 5.11 in /opt/score-server-5.11.0 is written for MinIO."));
    assert!(!only_looked_at.contains("/srv/other"), "{only_looked_at}");
    update(&mut state, Event::ProviderChosen(provider("ceph").unwrap()));
    update(&mut state, answered("s3.endpoint", "http://ceph.lab.example:7480"));
    let said = receipt(&state, &[], true);
    assert!(said.starts_with("! Score 5.11 in /opt/score-server-5.11.0 is written for MinIO."), "{said}");
    assert!(said.contains("\nLeft. No file was written for /srv/other.\n"), "{said}");
    assert!(said.contains("   Kept      1 answer for one day"), "{said}");
    // Opened again, it is the deployment that was written.
    open(&mut state, FILE, Release::R5_11);
    assert!(state.earlier.is_empty() && state.written.len() == 1);
    update(&mut state, Event::LeaveAsked);
    assert_eq!(state.over, Some(Exit::Done));
}

#[test]
fn the_watch_ends_as_soon_as_score_uses_the_files() {
    let (mut state, _) = written(Launcher::Wrapper);
    let effects = update(&mut state, Event::WatchAsked);
    let [Effect::Watch { run, score, .. }, Effect::Look(_)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((score.url.as_str(), score.store.is_some()), ("http://localhost:8080", true));
    let run = *run;
    let mut round = |outcome: Outcome| {
        let row = CheckRow::new("configuration", CheckGroup::Download, "configuration in use");
        let id = row.id.clone();
        let end = News::Finished { leftovers: Vec::new(), stopped: false, elapsed: Duration::ZERO };
        let done = News::Done { id, outcome, elapsed: Duration::ZERO };
        let news = [News::Planned(vec![row]), done, end];
        news.into_iter()
            .flat_map(|news| update(&mut state, Event::WatchNews { run, news, at: OffsetDateTime::UNIX_EPOCH }))
            .collect::<Vec<_>>()
    };
    assert!(round(Outcome::NotProbed("no answer".into())).is_empty());
    assert!(matches!(round(Outcome::Pass(String::new()))[..], [Effect::Stop { run: stopped }] if stopped == run));
    assert!(state.watch.as_ref().unwrap().passed());
    update(&mut state, Event::StepChosen(Step::Checks));
    assert!(state.watch.is_none());
}

#[test]
fn only_checks_of_what_the_files_say_are_remembered() {
    let text = format!(
        "s3.endpoint=http://minio.lab.example:9000\ns3.accessKey=scoreuser\ns3.secretKey={SECRET}\n\
         bucket.name.object=score-object\nbucket.name.state=score-state\nmetadata.url=https://song.lab.example\n"
    );
    for (typed, kept) in [(false, Some(CheckOutcome::Worked)), (true, None)] {
        let mut state = session();
        update(&mut state, Event::PathChosen(FILE.into()));
        update(&mut state, Event::Loaded(Ok(deployment(&text))));
        update(&mut state, Event::ProviderChosen(provider("minio").unwrap()));
        if typed {
            update(&mut state, answered("bucket.name.state", "other-state"));
        }
        let effects = update(&mut state, Event::CheckAsked);
        let Some(Effect::Check { run, .. }) = effects.last() else { panic!("{effects:?}") };
        let run = *run;
        let row = CheckRow { proves_upload: true, ..CheckRow::new("part", CheckGroup::Upload, "part") };
        let done = News::Done { id: row.id.clone(), outcome: Outcome::Pass(String::new()), elapsed: Duration::ZERO };
        let end = News::Finished { leftovers: Vec::new(), stopped: false, elapsed: Duration::ZERO };
        let news = [News::Planned(vec![row]), done, end].into_iter();
        let effects: Vec<_> = news.flat_map(|news| update(&mut state, Event::CheckNews { run, news })).collect();
        let result = effects.iter().find_map(|effect| match effect {
            Effect::KeepResult { outcome, .. } => Some(*outcome),
            _ => None,
        });
        assert_eq!(result, kept, "{effects:?}");
    }
}

#[test]
fn the_sandbox_knows_only_itself_and_counts_what_is_fixed() {
    let sandbox = Lessons {
        folder: "/opt/score-server-5.11.0".into(),
        secret: SECRET.to_owned(),
        endpoint: "http://store.sandbox.example:9000".to_owned(),
    };
    let mut state = State { sandbox: Some(sandbox), remembers: false, ..begun() };
    assert!(update(&mut state, Event::LookAsked).is_empty());
    assert!(update(&mut state, Event::PathChosen("/srv/score/conf".into())).is_empty());
    assert!(state.trouble.is_some());
    update(&mut state, Event::TroubleDismissed);
    let solved = |state: &State| Lesson::ALL.map(|lesson| state.is_solved(lesson));
    assert_eq!((solved(&state), state.lesson()), ([true, false, true], Some(Lesson::MissingBucket)));
    update(&mut state, answered("s3.endpoint", "http://127.0.0.1:9000"));
    update(&mut state, answered("s3.secretKey", "another"));
    assert_eq!((solved(&state), state.lesson()), ([false; 3], Some(Lesson::WrongSecret)));
    update(&mut state, Event::LeaveAsked);
    let said = receipt(&state, &[], true);
    assert!(said.starts_with("You fixed 0 of 3 faults in the sandbox.\n"), "{said}");
    assert!(said.contains("score-setup explain P43") && !said.contains(SECRET), "{said}");
}
