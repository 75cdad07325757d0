//! Tests when a measurement may begin, and what becomes of its advice in the answers and in the file.

use std::time::Duration;

use score_setup::{
    forms::Base,
    install::deployment::Deployment,
    score::{Release, key},
    store::{
        checks::{CheckGroup, CheckRow, News, Outcome},
        tune::{Budget, Direction, Ending, Finished, Sample, Seen, Spent, TuneNews, words::MARK},
    },
    wizard::{Effect, Event, State, update},
};

use crate::core::{answered, ready};

const MIB: u64 = 1 << 20;

fn sign_in(state: &mut State, outcome: Outcome) {
    let effects = update(state, Event::FieldLeft(key::S3_SECRET_KEY));
    let [Effect::Check { run, .. }] = effects[..] else { panic!("{effects:?}") };
    let row = CheckRow::new("sign-in", CheckGroup::SignIn, "keys");
    let done = News::Done { id: "sign-in".into(), outcome, elapsed: Duration::ZERO };
    let finished = News::Finished { leftovers: Vec::new(), stopped: false, elapsed: Duration::ZERO };
    for news in [News::Planned(vec![row]), done, finished] {
        update(state, Event::CheckNews { run, news });
    }
}

/// Returns news of a store whose requests cost 150 ms, and whose connections carry 14 MB/s.
pub(crate) fn news() -> Vec<TuneNews> {
    let sample = |part: u64, connections: u32, at: u64| {
        #[expect(clippy::cast_precision_loss, reason = "a few MiB")]
        let seconds = 0.150 + part as f64 / 14e6;
        let seconds = (0..connections).map(|one| seconds * (1.0 + f64::from(one % 3) * 0.01)).collect();
        Sample { direction: Direction::Up, part, connections, seconds, at: Duration::from_secs(at) }
    };
    let points = [(1, 6), (4, 6), (16, 6), (1, 6), (16, 6), (8, 6), (1, 1), (8, 1), (1, 12), (4, 12)];
    let samples = points.iter().zip(0..).map(|((part, many), at)| sample(part * MIB, *many, at));
    let samples = samples.map(|sample| TuneNews::Seen(Seen::Sample(sample)));
    let begun = [TuneNews::Begun { day: "2026-11-27".into() }, TuneNews::Connected(vec![Duration::from_millis(40); 3])];
    let spent = Spent { time: Duration::from_millis(8200), bytes: 291 * MIB, requests: 118 };
    let ended = [
        TuneNews::Ended { direction: Direction::Up, ending: Ending::Settled },
        TuneNews::Finished(Finished { failure: None, leftovers: Vec::new(), spent }),
    ];
    begun.into_iter().chain(samples).chain(ended).collect()
}

fn measured() -> State {
    let mut state = ready();
    sign_in(&mut state, Outcome::Pass(String::new()));
    let effects = update(&mut state, Event::TuneAsked(Budget::default()));
    let [Effect::Tune { run, .. }] = effects[..] else { panic!("{effects:?}") };
    for news in news() {
        update(&mut state, Event::TuneNews { run, news });
    }
    state
}

fn written(state: &State) -> String {
    let proposal = state.proposal().unwrap();
    String::from_utf8(proposal.files.last().unwrap().after.clone()).unwrap()
}

/// Reads the file again, as after a write.
fn reread(state: &mut State) {
    let (path, bytes) = (state.path.clone(), Some(written(state).into_bytes()));
    let base = Base { path, bytes, notes: Vec::new() };
    update(state, Event::Loaded(Ok(Deployment::of_file(base).named_after(Some(Release::R5_11)))));
}

#[test]
fn a_measurement_needs_a_proven_sign_in_and_nothing_else_at_the_same_time() {
    let mut state = ready();
    assert!(update(&mut state, Event::TuneAsked(Budget::default())).is_empty(), "not signed in");
    let mut stopped = state.clone();
    sign_in(&mut stopped, Outcome::NotProbed("stopped".into()));
    assert!(update(&mut stopped, Event::TuneAsked(Budget::default())).is_empty(), "not proven");
    sign_in(&mut state, Outcome::Pass(String::new()));
    let mut other = state.clone();
    update(&mut other, answered(key::S3_SECRET_KEY, "another"));
    assert!(update(&mut other, Event::TuneAsked(Budget::default())).is_empty(), "other keys are not proven");
    assert_eq!(update(&mut state, Event::TuneAsked(Budget::default())).len(), 1);
    assert!(state.busy());
    assert!(update(&mut state, Event::TuneAsked(Budget::default())).is_empty(), "it runs already");
    let number = state.tuning.as_ref().unwrap().number;
    let effects = update(&mut state, Event::StopAsked);
    assert!(matches!(effects[..], [Effect::Stop { run }] if run == number), "{effects:?}");
    let effects = update(&mut state, Event::LeaveAsked);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Stop { run } if *run == number)), "{effects:?}");
}

#[test]
fn news_of_an_old_measurement_change_nothing() {
    let mut state = measured();
    let before = format!("{:?}", state.tuning);
    for news in news() {
        update(&mut state, Event::TuneNews { run: 99, news });
    }
    let number = state.tuning.as_ref().unwrap().number;
    update(&mut state, Event::TuneNews { run: number, news: TuneNews::Begun { day: "later".into() } });
    assert_eq!(format!("{:?}", state.tuning), before);
}

#[test]
fn the_advice_becomes_the_answer_and_its_reason_a_comment_above_the_line() {
    let mut state = measured();
    update(&mut state, Event::AdviceTaken);
    let text = written(&state);
    let lines: Vec<&str> = text.lines().collect();
    let at = lines.iter().position(|line| line.starts_with("upload.partsize=")).unwrap();
    assert_eq!(lines[at], "upload.partsize=67108864");
    assert!(lines[at - 1].starts_with(&format!("{MARK} on 2026-11-27: ")), "{}", lines[at - 1]);
    // The same answer again changes nothing, and another one removes the reason.
    reread(&mut state);
    assert_eq!(written(&state), text);
    update(&mut state, answered(key::UPLOAD_PARTSIZE, "67108864"));
    assert_eq!(written(&state), text);
    update(&mut state, answered(key::UPLOAD_PARTSIZE, "128 MiB"));
    let other = written(&state);
    assert!(other.contains("upload.partsize=134217728") && !other.contains(MARK), "{other}");
    update(&mut state, Event::AdviceTaken);
    assert_eq!(written(&state), text);
}

#[test]
fn an_answer_that_is_typed_after_the_advice_has_no_reason() {
    let mut state = measured();
    update(&mut state, Event::AdviceTaken);
    update(&mut state, answered(key::UPLOAD_PARTSIZE, "128 MiB"));
    assert!(!written(&state).contains(MARK));
}

#[test]
fn without_measurements_there_is_no_advice_to_take() {
    let mut state = ready();
    let before = written(&state);
    update(&mut state, Event::AdviceTaken);
    assert_eq!(written(&state), before);
}
