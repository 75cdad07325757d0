//! Tests what holds on every page: any keys in any size, what the debug output leaves out, and the loop.

use std::time::Instant;

use chrono::Local;
use crossterm::event::{Event as Terminal, KeyCode, KeyEvent, KeyModifiers};
use proptest::prelude::*;
use ratatui::{Terminal as Screen, backend::TestBackend};
use score_setup::{
    score::{Release, Step},
    shell::tui::{Display, Input, Shell, turns},
    wizard::{Effect, Event, Exit, SessionOptions, State},
};

use super::{
    Page, cells, keys, open, pages,
    stage::COLOUR,
    world::{answered, opened},
};

fn any_key() -> impl Strategy<Value = KeyEvent> {
    let codes = prop_oneof![
        any::<char>().prop_map(KeyCode::Char),
        prop::sample::select("wcefFtuvyrpmx5".chars().collect::<Vec<_>>()).prop_map(KeyCode::Char),
        prop::sample::select(vec![
            KeyCode::Enter,
            KeyCode::Esc,
            KeyCode::Tab,
            KeyCode::BackTab,
            KeyCode::Up,
            KeyCode::Down,
            KeyCode::Left,
            KeyCode::Right,
            KeyCode::PageDown,
            KeyCode::PageUp,
            KeyCode::Home,
            KeyCode::End,
            KeyCode::Backspace,
            KeyCode::Delete,
            KeyCode::F(1),
        ]),
    ];
    let modifiers = prop::sample::select(vec![KeyModifiers::NONE, KeyModifiers::NONE, KeyModifiers::CONTROL]);
    (codes, modifiers).prop_map(|(code, modifiers)| KeyEvent::new(code, modifiers))
}

/// A deployment of containers, which is on no other page.
const COMPOSE: Page = ("compose", || opened(2, "<Enter>"), "");

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_size_and_any_keys_draw_without_a_panic(
        page in prop::sample::select(pages().chain([COMPOSE]).collect::<Vec<_>>()),
        keys in prop::collection::vec(any_key(), 0..24),
        width in 0..300_u16,
        height in 0..100_u16,
    ) {
        let mut stage = open(page);
        for key in keys {
            stage.type_ahead(key);
            stage.draw((width, height));
        }
        stage.draw((80, 24));
    }
}

#[test]
fn what_the_shell_holds_is_not_in_its_debug_output() {
    let debug = format!("{:?}", answered().shell);
    assert!(!debug.contains("canary"), "{debug}");
}

#[test]
fn the_loop_takes_everything_that_is_there_draws_and_ends_when_the_operator_leaves() {
    let (sender, inbox) = std::sync::mpsc::channel();
    let types = |line| keys::parse(line).into_iter().map(|key| Input::Terminal(Terminal::Key(key)));
    let inputs = [Event::ReleaseChosen(Release::R5_11), Event::StepChosen(Step::Provider)];
    let inputs = inputs
        .map(Input::Happened)
        .into_iter()
        .chain(types("minio <Enter>"))
        .chain([Input::Terminal(Terminal::Paste("http://127.0.0.1:9".into()))])
        .chain(types("<Enter>"))
        // The terminal is gone, so no question is asked.
        .chain([Input::Gone]);
    inputs.for_each(|input| sender.send(input).unwrap());
    let mut screen = Screen::new(TestBackend::new(80, 24)).unwrap();
    let mut shell = Shell::new(State::new(SessionOptions::new("score-host")), COLOUR, Local::now);
    let mut performed = Vec::new();
    let exit = turns(
        &mut screen,
        &mut shell,
        &inbox,
        Instant::now,
        |_| Ok(Display::Unchanged),
        |effect| {
            performed.push(effect);
            Ok(())
        },
    );
    assert_eq!(exit.unwrap(), Exit::Left);
    assert!(matches!(&performed[..], [Effect::Check { .. }, Effect::Stop { .. }]), "{performed:?}");
    assert!(cells::text(screen.backend().buffer()).contains("score-setup"), "the first frame waits for nothing");
}
