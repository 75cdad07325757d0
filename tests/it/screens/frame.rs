//! Tests what is around every page and on top of it: the frame, help, questions, trouble, and the smallest terminals.

use ratatui::{buffer::Buffer, layout::Rect, style::Color};
use score_setup::{
    install::deployment::LoadError,
    shell::tui::{theme::Theme, view::PageParts},
    wizard::Event,
};

use super::{
    Page, SIZES, accepts, cells, named, page,
    stage::Stage,
    world::{at_connection, failed, fresh, passed},
};

/// The pages whose frame is kept as drawn. `frames` contains the words of the frame for every page.
const FRAMES: [&str; 5] = ["places", "connection", "troubleshoot", "checks-failed", "written"];

pub(super) const PAGES: &[Page] = &[("help", at_connection, "<F1>"), ("leave", passed, "q"), ("trouble", trouble, "")];

/// Returns the wizard after checks that failed, on a terminal without colours and without UTF-8.
fn ascii() -> Stage {
    Stage::of(failed().state().clone(), Theme { colour: false, unicode: false })
}

#[test]
fn a_terminal_without_utf_8_spells_enter_and_the_ellipsis() {
    let theme = Theme { colour: false, unicode: false };
    let shown = |stage: Stage| -> String { Stage::of(stage.state().clone(), theme).text() };
    let (first, failed) = (shown(page("places")), shown(failed()));
    assert!(first.contains("   Enter  "), "{first}");
    assert!(first.contains("Open a folder or file ..."), "{first}");
    assert!(failed.contains("Enter  change "), "{failed}");
}

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
    let small = cells::text(&stage.draw((40, 10)).0);
    assert!(small.contains("40 by 10"), "{small}");
    stage.keys("<C-c>");
    assert!(stage.state().over.is_some());
}

#[test]
fn without_colour_no_cell_has_any_and_without_utf8_all_is_ascii() {
    let (buffer, parts) = ascii().draw((80, 24));
    assert!(buffer.content.iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
    let text = cells::text(&buffer);
    assert!(text.is_ascii(), "{text}");
    accepts("ascii", &cells::text(&cells::cut(&buffer, parts.body)));
}

#[test]
fn the_frame_is_drawn_as_it_was_accepted() {
    let mut stages: Vec<_> = FRAMES.map(|name| (name, page(name))).into();
    stages.push(("ascii", ascii()));
    for size in SIZES {
        let frames: Vec<_> =
            stages.iter_mut().map(|(name, stage)| format!("{name}\n{}", around(stage, size))).collect();
        accepts(&named("frame", size), &frames.join("\n"));
    }
}

/// Draws the frame without the page inside it.
fn around(stage: &mut Stage, size: (u16, u16)) -> String {
    let (buffer, PageParts { body, .. }) = stage.draw(size);
    let above = Rect { height: body.y, ..buffer.area };
    let rail = Rect { x: 0, width: body.x, ..body };
    let below = Rect { y: body.bottom(), height: buffer.area.height - body.bottom(), ..buffer.area };
    let mut bands = [above, rail, below].map(|band| cells::cut(&buffer, band));
    if rail.is_empty() {
        bands[1] = Buffer::with_lines([format!("({} lines)", body.height)]);
    }
    let print = |cells: fn(&Buffer) -> String| bands.each_ref().map(cells).concat();
    format!("{}\n{}", print(cells::text), print(cells::roles))
}

/// Returns the words of the frame around a page on these terminals, each from the narrowest that shows it.
pub(super) fn words(name: &str, screens: &[(Buffer, PageParts)]) -> String {
    let steps = screens.iter().find_map(|screen| said(screen, |parts| parts.steps));
    let mut table = format!("{name}\n  steps      {}\n", steps.unwrap_or_default());
    let parts: [(_, Part); 3] =
        [("title", |parts| parts.title), ("help ", |parts| parts.help), ("keys ", |parts| parts.keys)];
    for (name, part) in parts {
        let mut narrower = None;
        for screen in screens {
            let said = said(screen, part);
            if let Some(said) = said.as_ref().filter(|_| said != narrower) {
                let _ = std::fmt::Write::write_fmt(
                    &mut table,
                    format_args!("  {name} {:>3}  {said}\n", screen.0.area.width),
                );
            }
            narrower = said;
        }
    }
    table
}

type Part = fn(&PageParts) -> Rect;

/// Returns what a part of the frame says, behind the role of its first word; nothing if something lies on top of it.
fn said((buffer, parts): &(Buffer, PageParts), part: Part) -> Option<String> {
    let area = part(parts);
    let cells = cells::cut(buffer, area);
    let role = cells::roles(&cells).trim_start().chars().next().unwrap_or('-');
    let text = cells::text(&cells).trim_end().replace('\n', " /");
    let words: Vec<_> = text.split("   ").map(str::trim).filter(|word| !word.is_empty()).collect();
    (!area.intersects(parts.body)).then(|| format!("{role} {}", words.join("   ")))
}
