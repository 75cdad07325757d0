//! What is around every page and on top of it: the frame, help, questions, trouble, and the smallest terminals.

use ratatui::style::Color;
use score_setup::{install::deployment::LoadError, shell::tui::theme::Theme, wizard::Event};

use super::{
    Page, cells, hold,
    stage::Stage,
    world::{at_connection, failed, fresh},
};

pub(super) const PAGES: &[Page] =
    &[("help", at_connection, "<F1>"), ("leave", at_connection, "<C-c>"), ("trouble", trouble, "")];

fn trouble() -> Stage {
    let mut stage = at_connection();
    stage.happens(Event::Loaded(Err(LoadError {
        path: "/etc/score/application.properties".into(),
        cause: "permission denied".into(),
        hint: "Run as the user that owns the folder.".into(),
        wrong: false,
    })));
    stage
}

#[test]
fn a_terminal_that_is_too_small_says_so_and_lets_one_leave() {
    let mut stage = fresh();
    let small = cells::text(&stage.draw((40, 10)));
    assert!(small.contains("40 by 10"), "{small}");
    stage.keys("<C-c>");
    assert!(cells::text(&stage.draw((40, 10))).contains("y leave"));
    stage.keys("y");
    assert!(stage.state().over.is_some());
}

#[test]
fn without_colour_no_cell_has_any_and_without_utf8_all_is_ascii() {
    let mut stage = Stage::of(failed().state().clone(), Theme { colour: false, unicode: false });
    let buffer = stage.draw((80, 24));
    assert!(buffer.content.iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
    let text = cells::text(&buffer);
    assert!(text.is_ascii(), "{text}");
    hold("ascii", &text);
}
