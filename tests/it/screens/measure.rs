//! Tests the page of a measurement: before it begins, while it runs, and its chart, advice and calculator.

use score_setup::{
    score::{Step, key},
    shell::tui::theme::Theme,
    store::tune::TuneNews,
    wizard::{Effect, Event},
};

use super::{
    Page, page,
    stage::Stage,
    world::{answered, passed},
};
use crate::tuning_state::news;

pub(super) const PAGES: &[Page] = &[
    ("measure-before", at_upload, "<C-k>"),
    ("measure-without-keys", || at(answered()), "<C-k>"),
    ("measuring", || after(5), ""),
    ("measured", || after(usize::MAX), ""),
    ("measured-file", || after(usize::MAX), "5 0 0 <PageDown>"),
];

fn at(mut stage: Stage) -> Stage {
    stage.happens(Event::StepChosen(Step::Upload));
    stage
}

fn at_upload() -> Stage {
    at(passed())
}

/// Returns the page after this many messages of a measurement.
fn after(messages: usize) -> Stage {
    let mut stage = at_upload();
    stage.keys("<C-k>");
    let effects = stage.keys("<Enter>");
    let [Effect::Tune { run, .. }] = effects[..] else { panic!("{effects:?}") };
    for news in news().into_iter().take(messages) {
        stage.happens(Event::TuneNews { run, news });
    }
    stage
}

fn part_size(stage: &Stage) -> String {
    stage.state().draft.value(key::UPLOAD_PARTSIZE).unwrap()
}

#[test]
fn one_key_takes_the_advice() {
    let mut stage = page("measured");
    stage.keys("<Left>");
    let before = part_size(&stage);
    stage.keys("<Enter>");
    assert_eq!((before.as_str(), part_size(&stage).as_str()), ("67108864", "67108864"));
    let mut other = after(usize::MAX);
    other.keys("<Esc>");
    other.answers(key::UPLOAD_PARTSIZE, "128 MiB");
    other.keys("<C-k> <Enter>");
    assert_eq!(part_size(&other), "67108864");
    assert!(!other.text().contains("Measured on"), "the page is closed");
}

#[test]
fn m_is_a_letter_where_text_is_typed_and_the_key_line_names_the_key_that_measures() {
    for (first, shown, key) in [("", "^K measure", "<C-k>"), ("<Down>", "m measure", "m")] {
        let mut stage = at_upload();
        stage.keys(first);
        assert!(stage.text().contains(shown), "{}", stage.text());
        stage.keys(key);
        assert!(stage.text().contains("Enter begins."), "{}", stage.text());
        assert!(stage.keys("<Esc>").is_empty());
    }
    let mut stage = at_upload();
    stage.keys("m");
    assert!(!stage.text().contains("Enter begins."), "{}", stage.text());
    let mut stage = at_upload();
    stage.keys("<C-u> 3 2 m");
    assert_eq!(part_size(&stage), (32_u64 << 20).to_string());
}

#[test]
fn a_wrong_size_has_no_table() {
    let mut stage = at_upload();
    assert!(stage.text().contains("size of a part"));
    stage.keys("<C-u> 6 7 1 0 8 8 6 4 m");
    assert!(!stage.text().contains("size of a part") && !stage.text().contains("●"), "{}", stage.text());
}

#[test]
fn a_measurement_is_stopped_by_a_key_and_begun_again() {
    let mut stage = after(5);
    let effects = stage.keys("x");
    assert!(matches!(effects[..], [Effect::Stop { .. }]), "{effects:?}");
    let mut stage = after(usize::MAX);
    let effects = stage.keys("m");
    assert!(matches!(effects[..], [Effect::Tune { .. }]), "{effects:?}");
}

#[test]
fn without_colour_the_chart_is_a_table() {
    let stage = after(usize::MAX);
    let shown = |theme| {
        let mut other = Stage::of(stage.state().clone(), theme);
        other.keys("<C-k>");
        other.text()
    };
    let braille = |text: &str| text.chars().any(|letter| ('\u{2801}'..='\u{28ff}').contains(&letter));
    let (colour, plain) = (Theme { colour: true, unicode: true }, Theme { colour: false, unicode: true });
    assert!(braille(&shown(colour)));
    let text = shown(plain);
    assert!(!braille(&text) && text.contains("time of a part"), "{text}");
    let ascii = shown(Theme { colour: true, unicode: false });
    assert!(ascii.is_ascii() && !ascii.contains('?'), "{ascii}");
}

#[test]
fn news_of_every_kind_is_drawn() {
    let last = news().len() - 1;
    assert!(matches!(news()[last], TuneNews::Finished(_)));
    (0..=last + 1).for_each(|messages| drop(after(messages).text()));
}
