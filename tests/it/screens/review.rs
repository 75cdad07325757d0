//! Tests the difference that would be written, and the last page.

use std::time::Duration;

use score_setup::{
    score::Step,
    shell::tui::{
        Aside,
        receipt::{ReceiptRow, rows},
        theme::Theme,
    },
    wizard::{Effect, Event},
};

use super::{
    Page, keys, page,
    stage::Stage,
    world::{answered, bucket_is_missing, checking, failed, passed, written},
};

pub(super) const PAGES: &[Page] = &[
    ("review", reviewing, ""),
    ("review-wrong", wrong, ""),
    ("write-anyway", failed, "<PageDown> <Enter> <Enter> w"),
    ("written", written, ""),
    ("written-saved", saved, "<PageDown>"),
];

/// Returns the wizard at the review, some seconds after the checks.
fn reviewing() -> Stage {
    let mut stage = passed();
    stage.keys("<Enter> <Enter>");
    stage.now += Duration::from_secs(8);
    stage
}

/// Returns the wizard at the review with an answer missing.
fn wrong() -> Stage {
    let mut stage = answered();
    stage.answers("metadata.url", "");
    stage.happens(Event::StepChosen(Step::Review));
    stage
}

fn saved() -> Stage {
    let mut stage = written();
    let effects = stage.keys("A");
    let [Effect::SaveAnswers { text, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert!(text.contains("\"s3.secretKey\" = { env = \"S3_SECRETKEY\" }"), "{text}");
    assert!(!text.contains("canary"));
    stage.happens(Event::Saved(Ok("/home/op/score.toml".into())));
    stage
}

#[test]
fn the_checks_lead_to_the_review() {
    assert_eq!(reviewing().state().step, Step::Review);
}

#[test]
fn a_review_without_a_proposal_leads_to_the_first_wrong_answer() {
    let mut stage = wrong();
    stage.keys("<Enter>");
    assert_eq!(stage.state().step, Step::Server);
}

#[test]
fn writing_without_a_pass_asks_once_more() {
    let mut stage = failed();
    assert!(stage.keys("<PageDown> <Enter> <Enter> w").is_empty());
    let effects = stage.keys("w");
    assert!(matches!(&effects[..], [Effect::Write(_)]), "{effects:?}");
}

/// Returns the wizard at the review while the checks run, after a frame.
fn reviewing_early() -> (Stage, u64) {
    let (mut stage, run) = checking();
    stage.happens(Event::StepChosen(Step::Review));
    stage.text();
    (stage, run)
}

fn fails(stage: &mut Stage, run: u64) {
    stage.reports(run, "state-bucket", bucket_is_missing().into());
    stage.finishes(run);
}

#[test]
fn a_key_approves_only_the_files_that_were_shown() {
    let (mut stage, run) = reviewing_early();
    assert!(stage.keys("w").is_empty(), "the checks still run, so it asks");
    fails(&mut stage, run);
    // The end of the checks adds a comment to the file, and no frame has shown it.
    let effects = keys::parse("w").into_iter().map(|key| stage.type_ahead(key)).next_back().unwrap();
    assert!(effects.is_empty(), "{effects:?}");
    assert!(stage.text().contains("have changed since they were shown"), "{}", stage.text());
}

#[test]
fn a_question_about_files_that_have_changed_is_closed() {
    let (mut stage, run) = reviewing_early();
    stage.keys("w");
    fails(&mut stage, run);
    assert!(stage.text().contains("The files to write have changed."), "{}", stage.text());
    assert!(stage.keys("w").is_empty(), "it asks again");
    assert!(matches!(&stage.keys("w")[..], [Effect::Write(_)]));
}

#[test]
fn a_key_that_arrives_before_the_review_is_drawn_writes_nothing() {
    let mut stage = passed();
    stage.text();
    let effects: Vec<_> = keys::parse("<Enter> <Enter> w").into_iter().flat_map(|key| stage.type_ahead(key)).collect();
    assert!(effects.is_empty(), "{effects:?}");
    assert!(matches!(&stage.keys("w")[..], [Effect::Write(_)]));
}

#[test]
fn a_record_is_confirmed_with_what_must_be_added_to_it() {
    let mut stage = saved();
    assert!(stage.text().contains("✓ Saved the answers in /home/op/score.toml."), "{}", stage.text());
    let mut postponed = stage.state().clone();
    postponed.draft.postpone("metadata.url");
    let words = "add metadata.url to this file: score-setup apply needs it";
    assert!(rows(&postponed).contains(&ReceiptRow::Note { label: "First", words: words.into() }));
    let mut stage = Stage::of(postponed, Theme { colour: true, unicode: true });
    assert!(
        stage.text().contains("✓ Saved /home/op/score.toml; add metadata.url to it before you use it."),
        "{}",
        stage.text()
    );
}

#[test]
fn the_command_for_saved_answers_is_copied() {
    let mut stage = page("written-saved");
    // Only drawing limits PageDown to the existing rows.
    stage.text();
    stage.keys("<Up> <Up> y");
    let line = "score-setup apply --answers /home/op/score.toml --conf /opt/score-server-5.11.0";
    assert_eq!(stage.shell.aside(), Some(Aside::Copy(line.into())));
    stage.keys("s");
    assert_eq!(stage.shell.aside(), Some(Aside::ShowAlone(line.into())));
}
