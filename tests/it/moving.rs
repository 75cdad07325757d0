//! Tests what is said before a change of buckets or directories: how many objects Score no longer finds, and that nothing
//! is asserted where they cannot be counted.

use score_setup::{
    answers::target::S3Store,
    forms::Base,
    install::deployment::Deployment,
    score::{Step, provider::provider},
    store::{
        probe::Route,
        provision::{CountError, StoredPlace, count},
    },
    wizard::{Effect, Event, SessionOptions, State, update},
};

use crate::{checks::good, core::answered, store::Answer};

const FILE: &str = "# score-setup: release 5.11, provider minio\ns3.endpoint=http://minio.example.org:9000\n\
    s3.accessKey=score\ns3.secretKey=canary\nbucket.name.object=score-object\nbucket.name.state=score-state\n\
    metadata.url=https://song.example.org\n";

/// Returns a configured deployment with these lines, as it is read.
fn read(more: &str) -> Event {
    let bytes = Some(format!("{FILE}{more}").into_bytes());
    let base = Base { path: "/conf/application.properties".into(), bytes, notes: Vec::new() };
    Event::Loaded(Ok(Deployment::of_file(base)))
}

/// Returns the same, opened to be changed.
fn opened(more: &str) -> State {
    let mut state = State::new(SessionOptions::new("here"));
    for event in [Event::PathChosen("/conf".into()), read(more)] {
        update(&mut state, event);
    }
    assert_eq!(state.draft.provider, provider("minio"));
    state
}

/// Returns the places that are counted when the review is shown after these answers.
fn counted(more: &str, answers: &[(&'static str, &str)]) -> Vec<String> {
    let mut state = opened(more);
    for (key, text) in answers {
        update(&mut state, answered(key, text));
    }
    asked(&update(&mut state, Event::StepChosen(Step::Review)))
}

/// Returns the places that are to be counted.
fn asked(effects: &[Effect]) -> Vec<String> {
    let places = effects.iter().find_map(|effect| match effect {
        Effect::Count { places, .. } => Some(places),
        _ => None,
    });
    places.into_iter().flatten().map(|place| format!("{}/{}", place.bucket, place.prefix)).collect()
}

#[test]
fn only_places_in_which_score_no_longer_looks_are_counted() {
    assert_eq!(counted("", &[("s3.endpoint", "http://other.example.org:9000")]), [""; 0]);
    assert_eq!(counted("", &[("bucket.name.object", "objects")]), ["score-object/data/"]);
    assert_eq!(counted("", &[("bucket.name.state", "states")]), ["score-state/data/", "score-state/upload/"]);
    assert_eq!(
        counted("s3.data.directory=d\n", &[("s3.data.directory", "data")]),
        ["score-object/d/", "score-state/d/"]
    );
    let pool = ["score-object.0/data/", "score-object.1/data/"];
    assert_eq!(counted("bucket.size.pool=2\n", &[("bucket.size.pool", "3")])[..2], pool);
    assert_eq!(counted("bucket.size.pool=2\nbucket.size.key=1\n", &[("bucket.size.key", "2")])[..2], pool);
}

#[test]
fn a_write_that_leaves_objects_behind_is_asked_about_and_none_is_not() {
    let written = |state: &mut State, anyway| {
        let fingerprint = state.proposal().unwrap().fingerprint;
        let effects = update(state, Event::WriteAsked { fingerprint, anyway });
        state.trouble = None;
        effects.iter().any(|effect| matches!(effect, Effect::Write(_)))
    };
    for (result, said) in [
        (Ok(Some(0)), None),
        (Ok(Some(1)), Some("1 object is stored under the old name. Score will not find it.")),
        (Ok(Some(12)), Some("12 objects are stored under the old name. Score will not find them.")),
        (Ok(None), Some("Many objects are stored under the old name. Score will not find them.")),
        (
            Err(CountError::Refused { status: 403, code: "AccessDenied".into() }),
            Some(
                "The objects under the old name could not be counted: AccessDenied (403). Score will not find those that are stored there.",
            ),
        ),
    ] {
        let mut state = opened("");
        update(&mut state, answered("bucket.name.object", "objects"));
        let effects = update(&mut state, Event::StepChosen(Step::Review));
        let run = effects.iter().find_map(|effect| match effect {
            Effect::Count { run, .. } => Some(*run),
            _ => None,
        });
        assert!(state.left_behind().is_some_and(|said| said.contains("being counted")));
        update(&mut state, Event::Counted { run: run.unwrap() + 1, result: Ok(Some(5)) });
        update(&mut state, Event::Counted { run: run.unwrap(), result });
        assert_eq!(state.left_behind().as_deref(), said);
        assert!(!state.writes_unasked() && !written(&mut state, false));
        assert!(written(&mut state, true), "{said:?}");
    }
}

#[test]
fn objects_are_counted_again_while_the_review_is_shown_if_a_file_changes() {
    let mut state = opened("");
    update(&mut state, answered("bucket.name.object", "objects"));
    assert_eq!(asked(&update(&mut state, Event::StepChosen(Step::Review))), ["score-object/data/"]);
    let run = state.stored.as_ref().unwrap().run;
    update(&mut state, Event::Counted { run, result: Ok(Some(0)) });
    assert_eq!(asked(&update(&mut state, read(""))), [""; 0]);
    // The same names in another store hold other objects.
    assert_eq!(asked(&update(&mut state, read("s3.endpoint=http://other.example.org\n"))), ["score-object/data/"]);
    let moved = ["score-object/mine/", "score-state/mine/"];
    update(&mut state, answered("s3.data.directory", "data"));
    assert_eq!(asked(&update(&mut state, read("s3.data.directory=mine\n"))), moved);
    assert!(state.left_behind().is_some_and(|said| said.contains("being counted")));
    let run = state.stored.as_ref().unwrap().run;
    let refused = CountError::Refused { status: 403, code: "AccessDenied".into() };
    assert_eq!(asked(&update(&mut state, Event::Counted { run, result: Err(refused) })), [""; 0]);
    assert_eq!(asked(&update(&mut state, read("s3.data.directory=mine\n"))), [""; 0]);
    assert_eq!(asked(&update(&mut state, Event::StepChosen(Step::Review))), moved);
}

fn place(bucket: &str, prefix: &str) -> StoredPlace {
    StoredPlace { bucket: bucket.into(), prefix: prefix.into() }
}

#[tokio::test]
async fn objects_are_counted_without_the_sentinel_and_up_to_a_page() {
    let store = good().await;
    for name in ["data/a", "data/b.meta", "upload/a_1/.meta"] {
        store.memory.put("score-object", name, "x");
    }
    let target = crate::checks::target(&store.endpoint());
    let of = |target: S3Store, places: Vec<StoredPlace>| async move {
        count(&target.into(), &Route::default(), &places).await.map_err(|error| error.to_string())
    };
    let places = vec![place("score-object", "data/"), place("score-state", "data/")];
    assert_eq!(of(target.clone(), places.clone()).await, Ok(Some(2)));
    assert_eq!(of(target.clone(), vec![place("score-object", "")]).await, Ok(Some(3)));
    assert_eq!(of(target.clone(), vec![place("no-such-bucket", "data/")]).await, Ok(Some(0)));
    let wrong = S3Store { secret_key: score_setup::text::secret::Secret::new("wrong"), ..target.clone() };
    assert_eq!(of(wrong, places.clone()).await, Err("SignatureDoesNotMatch (403)".to_owned()));
    // A page may be shorter than what was asked for, and not the last one.
    let first = "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>";
    store.answer(|asked| asked.query("prefix") == Some("short/"), Answer::new(200).body(first));
    assert_eq!(of(target.clone(), vec![place("score-object", "short/")]).await, Ok(None));
    for at in 0..1000 {
        store.memory.put("score-state", &format!("data/{at}"), "x");
    }
    assert_eq!(of(target, places).await, Ok(None));
}
