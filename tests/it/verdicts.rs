//! Tests the three verdicts about the store, its clients and Score.

use std::time::Duration;

use score_setup::{
    score::{Id, Severity, Step},
    store::checks::{CheckGroup, CheckRow, Finding, News, Outcome},
    wizard::{
        Effect, Event, LACKS_AUTHORIZATION, State, update,
        verdicts::{Certainty, Subject, verdicts},
    },
};

use crate::core::{answered, ready};

fn finding(id: Id, severity: Severity) -> Outcome {
    let finding = Finding {
        id,
        severity,
        summary: "Something is wrong.".into(),
        evidence: Vec::new(),
        hints: Vec::new(),
        settings: Vec::new(),
        repair: None,
        others: Vec::new(),
        lacks: None,
        silent: false,
        unproven: false,
    };
    finding.into()
}

/// Returns a state after a run of one check, which proves uploads.
fn checked(outcome: Outcome) -> State {
    let mut state = ready();
    let effects = update(&mut state, Event::CheckAsked);
    let [Effect::Check { run, .. }] = effects[..] else { panic!("{effects:?}") };
    let row = CheckRow { proves_upload: true, ..CheckRow::new("part", CheckGroup::Upload, "part") };
    let done = News::Done { id: "part".into(), outcome, elapsed: Duration::ZERO };
    let finished = News::Finished { leftovers: Vec::new(), stopped: false, elapsed: Duration::ZERO };
    for news in [News::Planned(vec![row]), done, finished] {
        update(&mut state, Event::CheckNews { run, news });
    }
    state
}

fn about(subject: Subject, state: &State) -> (Certainty, String) {
    let verdict = verdicts(state, None).into_iter().find(|verdict| verdict.about == subject).unwrap();
    (verdict.certainty, verdict.said)
}

#[test]
fn the_store_is_good_only_if_nothing_that_stops_score_is_known_about_it() {
    assert_eq!(about(Subject::Store, &ready()).0, Certainty::Open);
    for (outcome, certainty) in [
        (Outcome::Pass(String::new()), Certainty::Good),
        (finding(Id::P92, Severity::Note), Certainty::Good),
        (finding(Id::P43, Severity::Transfer), Certainty::Bad),
        (finding(Id::P34, Severity::Ping), Certainty::Bad),
        (finding(Id::P34, Severity::Start), Certainty::Bad),
        (Outcome::NotProbed("nothing is written in this run".into()), Certainty::Unknown),
    ] {
        assert_eq!(about(Subject::Store, &checked(outcome.clone())).0, certainty, "{outcome:?}");
    }
    let mut stale = checked(Outcome::Pass(String::new()));
    update(&mut stale, answered("s3.accessKey", "another"));
    assert_eq!(about(Subject::Store, &stale).0, Certainty::Open);
}

#[test]
fn authorization_that_is_on_without_its_settings_stops_score() {
    let mut state = ready();
    update(&mut state, Event::SecureChosen(true));
    update(&mut state, Event::StepChosen(Step::Review));
    assert_eq!(about(Subject::Score, &state), (Certainty::Bad, LACKS_AUTHORIZATION.to_owned()));
}

#[test]
fn only_a_client_can_tell_whether_clients_reach_the_store() {
    assert_eq!(about(Subject::Clients, &checked(Outcome::Pass(String::new()))).0, Certainty::Unknown);
    assert_eq!(about(Subject::Clients, &checked(finding(Id::P31, Severity::Note))).0, Certainty::Warned);
}

#[test]
fn a_question_that_was_not_reached_is_open_and_one_that_was_is_missed() {
    let mut state = checked(Outcome::Pass(String::new()));
    update(&mut state, answered("metadata.url", ""));
    state.reached = Step::Buckets;
    let (certainty, said) = about(Subject::Score, &state);
    assert!(certainty == Certainty::Open && said.contains("Song"), "{said}");
    update(&mut state, Event::StepChosen(Step::Review));
    assert_eq!(about(Subject::Score, &state).0, Certainty::Bad);
}
