//! Draws the wizard's state. One frame for every page:
//!
//! ```text
//!  title   what is done · release · provider · address
//!  steps   ✓ Where  [Provider]  Connection …           from 110 columns on a rail at the left, help at the right
//! ────────────────────────────────────────────────
//!  body    of the step
//! ────────────────────────────────────────────────
//!  help    one line for what has the focus, two where there is room
//!  keys    ⏎ next  ^G help  Esc back        step 3 of 7
//! ```
//!
//! Reads the state. Changes only scroll positions.

mod body;
mod changes;
mod checks;
mod deployment;
mod deployments;
mod files;
mod findings;
mod form;
mod help;
mod lesson;
mod measure;
mod paste;
mod provider;
mod reach;
mod resume;
mod review;
mod scene;
mod sheet;
mod timeline;
mod written;

use std::time::Instant;

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Position, Rect},
    text::{Line, Span},
    widgets::Paragraph,
};

use self::body::PageBody;
pub(in crate::shell) use self::lesson::finding;
pub use self::scene::{Calendar, LEAST, Scene};
use self::scene::{Question, clip};
pub(in crate::shell) use self::{
    checks::{rule_question, terms},
    findings::words,
    form::{UNSECURED, source},
    resume::ago,
    review::{why_ask, why_not},
    written::uses_files,
};
use super::{
    keys::{self, Focus},
    text,
    theme::{CellRole, Theme},
    ui::{Existing, Popup, StartView, Ui},
};
use crate::{
    score::{Severity, Step},
    store::checks::engine::Verdict,
    wizard::{Purpose, Standing, State, field::step_of},
};

/// The width from which the steps are on a rail and the help in a pane.
pub const WIDE: u16 = 110;
/// The height from which there is a second line of help.
const TALL: u16 = 22;
const RAIL: u16 = 16;
const PANE: u16 = 35;

/// The areas of a drawn screen, without the rules between them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PageParts {
    pub title: Rect,
    /// The line of steps, or the rail.
    pub steps: Rect,
    /// The page inside the frame with its pane, and the popup on top of them.
    pub body: Rect,
    pub help: Rect,
    pub keys: Rect,
}

/// Draws the whole screen and returns the areas of its parts.
pub fn draw(
    frame: &mut Frame<'_>,
    state: &State,
    ui: &mut Ui,
    theme: Theme,
    (now, calendar): (Instant, Calendar),
) -> PageParts {
    let area = frame.area();
    let parts = if area.width < LEAST.0 || area.height < LEAST.1 {
        too_small(frame, ui);
        PageParts { body: area, ..PageParts::default() }
    } else {
        page(frame, state, ui, theme, (now, calendar))
    };
    theme.finish(frame.buffer_mut());
    parts
}

fn too_small(frame: &mut Frame<'_>, ui: &Ui) {
    let area = frame.area();
    let said = match ui.popup {
        Some(Popup::Leave) => "Leave without writing? y leave, Esc stay".to_owned(),
        _ => format!(
            "This terminal has {} by {} characters. The wizard needs {} by {}. Enlarge it, or leave with Ctrl-C.",
            area.width, area.height, LEAST.0, LEAST.1
        ),
    };
    let lines: Vec<_> = text::wrap(&said, area.width.into()).into_iter().map(Line::from).collect();
    frame.render_widget(Paragraph::new(lines), area);
}

fn page(
    frame: &mut Frame<'_>,
    state: &State,
    ui: &mut Ui,
    theme: Theme,
    (now, calendar): (Instant, Calendar),
) -> PageParts {
    let area = frame.area();
    let wide = area.width >= WIDE;
    let [title, steps, upper, middle, lower, help, keys] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(u16::from(!wide)),
        Constraint::Length(1),
        Constraint::Min(0),
        Constraint::Length(1),
        Constraint::Length(help_lines(state, area)),
        Constraint::Length(1),
    ])
    .areas(area);
    // The difference of a file needs the whole width.
    let pane = match state.step {
        Step::Review => 0,
        _ if !wide || state.receipt.is_some() => 0,
        // A timeline is more exact if it is longer.
        Step::Checks => area.width.saturating_sub(RAIL + LEAST.0 + PANE / 2).clamp(PANE, 2 * PANE),
        _ => PANE,
    };
    let rail = if wide { RAIL } else { 0 };
    let [left, centre, right] =
        Layout::horizontal([Constraint::Length(rail), Constraint::Min(0), Constraint::Length(pane)]).areas(middle);

    let scene = Scene {
        state,
        ui,
        theme,
        now,
        calendar,
        columns: area.width.into(),
        width: centre.width.into(),
        height: centre.height.into(),
    };
    let mut body = body(&scene);
    if scene.ui.popup == Some(Popup::Measure) {
        body.help = measure::help(&scene);
    }
    let question = popup(&scene);
    let focus = ui.focus(state);

    frame.render_widget(title_line(&scene), title);
    if wide {
        draw_rail(frame, &scene, left);
        draw_pane(frame, &scene, right);
    } else {
        frame.render_widget(step_line(&scene), steps);
    }
    for rule in [upper, lower] {
        frame.render_widget(scene.line(CellRole::Dim, "─".repeat(rule.width.into())), rule);
    }
    if let Some(task) = lesson::task(&scene) {
        let task = text::fit(&format!("── {task} "), upper.width.into());
        frame.render_widget(scene.span(CellRole::Focus, task), upper);
    }
    frame.render_widget(Paragraph::new(help_text(&scene, &body, help)), help);
    frame.render_widget(key_line(&scene, focus, area.width.into()), keys);

    let inside = centre.union(right);
    let pinned = body.take_pinned(centre.height.into());
    let [top, centre] = Layout::vertical([Constraint::Length(clip(pinned.len())), Constraint::Min(0)]).areas(centre);
    frame.render_widget(Paragraph::new(pinned), top);
    let hidden = body.lines.len().saturating_sub(centre.height.into());
    let scroll = body.scroll(ui.scroll, centre.height.into());
    let rows = body.rows;
    let cursor = body.cursor.filter(|_| question.is_none() && scene.ui.popup.is_none());
    frame.render_widget(Paragraph::new(body.lines).scroll((clip(scroll), 0)), centre);
    if hidden > 0 {
        draw_thumb(frame, theme, centre, scroll, hidden);
    }
    if let Some((column, row)) = cursor
        && (scroll..scroll + usize::from(centre.height)).contains(&row)
        && column < usize::from(centre.width)
    {
        frame.set_cursor_position(Position::new(centre.x + clip(column), centre.y + clip(row - scroll)));
    }
    let (body, over) =
        if let Some(over) = sheet::draw(frame, &scene, middle).or_else(|| measure::draw(frame, &scene, middle)) {
            (middle, over)
        } else if let Some(question) = question {
            let (spot, over) = question.draw(frame, theme, ui.popup_scroll);
            (inside.union(spot), over)
        } else {
            (inside, 0)
        };
    ui.clamp(rows, hidden, over);
    PageParts { title, steps: if wide { left } else { steps }, body, help, keys }
}

/// Returns the number of help lines. Fields need more than other pages; on a wide screen the pane shows all of it.
fn help_lines(state: &State, area: Rect) -> u16 {
    let fields = state.step.asks_settings() && state.receipt.is_none();
    if fields && area.width < WIDE && area.height >= TALL { 2 } else { 1 }
}

fn body(scene: &Scene<'_>) -> PageBody {
    if scene.state.receipt.is_some() {
        return written::body(scene);
    }
    match scene.state.step {
        Step::Where => match scene.ui.start_view {
            StartView::Deployments => deployments::body(scene),
            StartView::Opened => deployment::body(scene),
            StartView::Changes => changes::body(scene),
            StartView::Files => files::body(scene),
            StartView::Paste => paste::body(scene),
        },
        Step::Provider => provider::body(scene),
        Step::Connection | Step::Buckets | Step::Upload | Step::Server => form::body(scene),
        Step::Checks => checks::body(scene),
        Step::Review => review::body(scene),
    }
}

fn title_line(scene: &Scene<'_>) -> Line<'static> {
    let name = " score-setup ";
    let what = doing(scene);
    let listed = scene.ui.focus(scene.state) == Focus::Deployments;
    let mut parts: Vec<_> = what.into_iter().chain(if listed { Vec::new() } else { scene.state.title() }).collect();
    if parts.is_empty() && !listed {
        parts.push(scene.state.path.display().to_string());
    }
    parts.retain(|part| !part.is_empty());
    let room = scene.columns.saturating_sub(name.len() + 3);
    Line::from(vec![
        scene.span(CellRole::Title, name),
        scene.span(CellRole::Text, format!("  {}", text::fit(&parts.join(" · "), room))),
    ])
}

/// Returns the purpose of opening the deployment. `None` while no deployment is open.
fn doing(scene: &Scene<'_>) -> Option<String> {
    let unread = *scene.ui.cache.existing() == Existing::Unread;
    if unread || scene.ui.focus(scene.state) == Focus::Deployments {
        return None;
    }
    Some(match scene.state.purpose() {
        Purpose::Install => "First installation".to_owned(),
        Purpose::Reconfigure => "Existing configuration".to_owned(),
        Purpose::Troubleshoot => "Troubleshooting".to_owned(),
        Purpose::Upgrade if scene.state.setup.taken_from.is_some() => "Settings of another installation".to_owned(),
        Purpose::Upgrade => match scene.state.deployment.as_ref().and_then(|deployment| deployment.release.as_ref()) {
            Some(told) => format!("Upgrade from {}", told.what),
            None => "Upgrade".to_owned(),
        },
    })
}

/// Returns the mark of a step and its role: the worst that is known of it. A step that was not reached has no mark.
fn step_mark(scene: &Scene<'_>, step: Step) -> Option<(&'static str, CellRole)> {
    const OK: Option<(&str, CellRole)> = Some(("✓", CellRole::Ok));
    const WARN: Option<(&str, CellRole)> = Some(("!", CellRole::Warn));
    const FAIL: Option<(&str, CellRole)> = Some(("✗", CellRole::Fail));
    let state = scene.state;
    let problems = || {
        let all = scene.ui.cache.problems().iter();
        all.filter_map(|problem| problem.settings.first()).any(|key| step_of(key) == Some(step))
    };
    let reached = step < state.step.max(state.reached);
    let later = || state.draft.later().any(|setting| setting.step == Some(step));
    // Without the profile secure, or without its settings, every upload and download fails.
    let open = || step == Step::Server && (!state.draft.secure || scene.ui.cache.lacks_authorization());
    match step {
        Step::Checks => match state.standing() {
            Standing::Ended(Verdict::Fail) => FAIL,
            Standing::Ended(Verdict::Pass) => OK,
            Standing::Ended(Verdict::Warn | Verdict::Unproven) => WARN,
            Standing::NotRun | Standing::Running | Standing::Stale => None,
        },
        _ if failed(state, step) => FAIL,
        _ if later() || reached && open() => FAIL,
        _ if state.receipt.is_some() => OK,
        Step::Where if state.deployment.is_some() && reached => OK,
        Step::Provider if state.draft.provider.is_some() && reached => OK,
        _ if step.asks_settings() && reached => {
            if problems() {
                FAIL
            } else {
                OK
            }
        }
        _ => None,
    }
}

/// Returns true if the checks, or the test of the fields, found a fault that a setting of this step causes.
fn failed(state: &State, step: Step) -> bool {
    let full = state.run.iter().filter(|_| !state.stale());
    let quick = state.background.iter().filter(|_| state.background_is_current());
    full.chain(quick).flat_map(|run| run.board.findings()).any(|(_, finding)| {
        let asks = finding.settings.iter().find_map(|key| step_of(key));
        finding.severity != Severity::Note && asks == Some(step)
    })
}

fn step_line(scene: &Scene<'_>) -> Line<'static> {
    let steps: Vec<_> = Step::ALL.into_iter().map(|step| (step, step_mark(scene, step))).collect();
    let columns = |gap: usize| {
        let taken = |(step, mark): &(Step, Option<_>)| step.title().len() + if mark.is_some() { 2 } else { 0 } + gap;
        steps.iter().map(taken).sum::<usize>() + 3 - gap
    };
    let (long, gap) = (columns(1) <= scene.width, if columns(2) <= scene.width { "  " } else { " " });
    let mut spans = vec![scene.span(CellRole::Text, " ")];
    for (step, mark) in steps {
        let current = step == scene.state.step;
        if current {
            spans.push(scene.span(CellRole::Focus, "["));
        }
        // If there is no room for all names, the current step keeps its name.
        let name = if long || current { step.title() } else { "" };
        let (symbol, role) = mark.unwrap_or((if name.is_empty() { "·" } else { "" }, CellRole::Dim));
        let blank = if symbol.is_empty() || name.is_empty() { "" } else { " " };
        spans.push(scene.span(role, format!("{symbol}{blank}")));
        spans.push(scene.span(if current { CellRole::Focus } else { CellRole::Text }, name));
        if current {
            spans.push(scene.span(CellRole::Focus, "]"));
        }
        spans.push(scene.span(CellRole::Text, gap));
    }
    Line::from(spans)
}

fn draw_rail(frame: &mut Frame<'_>, scene: &Scene<'_>, area: Rect) {
    let mut lines = vec![Line::default()];
    for step in Step::ALL {
        let current = step == scene.state.step;
        let (mark, role) = match step_mark(scene, step) {
            Some((mark, role)) => (mark, role),
            None if current => ("▸", CellRole::Focus),
            None => (" ", CellRole::Dim),
        };
        let name = if current { CellRole::Focus } else { CellRole::Text };
        lines.push(Line::from(vec![scene.span(role, format!(" {mark} ")), scene.span(name, step.title())]));
        lines.push(Line::default());
    }
    frame.render_widget(Paragraph::new(lines), area);
    bar(frame, scene, area.x + area.width.saturating_sub(2), area);
}

fn draw_pane(frame: &mut Frame<'_>, scene: &Scene<'_>, area: Rect) {
    if area.width < 4 {
        return;
    }
    bar(frame, scene, area.x, area);
    let inside = Rect { x: area.x + 2, width: area.width - 3, y: area.y + 1, height: area.height.saturating_sub(1) };
    let board = scene.state.run.as_ref().map(|run| &run.board).filter(|board| !board.requests.is_empty());
    let lines = match board.filter(|_| scene.state.step == Step::Checks) {
        Some(board) => timeline::lines(scene, board, inside.width.into(), inside.height.into()),
        None => help::pane(scene, inside.width.into()),
    };
    frame.render_widget(Paragraph::new(lines), inside);
}

fn bar(frame: &mut Frame<'_>, scene: &Scene<'_>, x: u16, area: Rect) {
    let line = Rect { x, width: 1.min(area.width), ..area };
    let bar = vec![scene.line(CellRole::Dim, "│"); area.height.into()];
    frame.render_widget(Paragraph::new(bar), line);
}

/// Draws the scroll position of a body that does not fit.
fn draw_thumb(frame: &mut Frame<'_>, theme: Theme, area: Rect, scroll: usize, hidden: usize) {
    let height = usize::from(area.height);
    let size = (height * height / (height + hidden)).max(1);
    let start = (height - size) * scroll.min(hidden) / hidden;
    for row in start..(start + size).min(height) {
        let cell = Rect { x: area.right().saturating_sub(1), y: area.y + clip(row), width: 1, height: 1 };
        frame.render_widget(Span::styled("┃", theme.style(CellRole::Dim)), cell);
    }
}

/// Returns the message about the last key, or else the help of the page: as many whole sentences as fit.
fn help_text(scene: &Scene<'_>, body: &PageBody, area: Rect) -> Vec<Line<'static>> {
    let (role, said) = match &scene.ui.notice {
        Some(notice) => (CellRole::Warn, notice.as_str()),
        None => (body.help.0, body.help.1.as_str()),
    };
    let columns = scene.columns.saturating_sub(2);
    let room = usize::from(area.height);
    let ends = said.match_indices(". ").map(|(at, _)| at + 1).chain([said.len()]);
    let wrapped = |end: usize| text::wrap(&said[..end], columns);
    let mut lines = ends.map(wrapped).take_while(|lines| lines.len() <= room).last().unwrap_or_default();
    if lines.is_empty() {
        lines = wrapped(said.len());
        let rest = lines.split_off(room.saturating_sub(1).min(lines.len())).join(" ");
        lines.push(text::fit(&rest, columns));
    }
    lines.into_iter().map(|line| scene.line(role, format!(" {line}"))).collect()
}

/// Returns the line of available keys, with the number of the step if there is room.
fn key_line(scene: &Scene<'_>, focus: Focus, width: usize) -> Line<'static> {
    let place = match (focus, scene.state.receipt.is_some()) {
        (
            Focus::ContinueQuestion
            | Focus::LeaveQuestion
            | Focus::WriteQuestion
            | Focus::ChangeQuestion
            | Focus::CreateQuestion
            | Focus::Page
            | Focus::Measure,
            _,
        )
        | (_, true) => String::new(),
        _ => format!("step {} of {}", scene.state.step.number(), Step::ALL.len()),
    };
    let mut spans = vec![scene.span(CellRole::Text, " ")];
    let mut used = 1;
    let mut words = Vec::new();
    for (action, hint) in keys::hints(focus) {
        let key = if scene.theme.unicode { hint.key } else { hint.ascii };
        let word = scene.ui.word(focus, action, scene.state).unwrap_or(hint.word);
        let columns = text::width(key) + 1 + word.len() + 3;
        // Two keys for one action need only one hint.
        if words.contains(&word) || !scene.ui.offers(action, scene.state) || used + columns > width + 2 {
            continue;
        }
        used += columns;
        words.push(word);
        spans.push(scene.span(CellRole::Title, key));
        spans.push(scene.span(CellRole::Dim, format!(" {word}   ")));
    }
    // The line of steps shows the number too.
    if used + place.len() < width {
        spans.push(scene.span(CellRole::Dim, format!("{place:>room$}", room = width - used - 1)));
    }
    Line::from(spans)
}

fn popup(scene: &Scene<'_>) -> Option<Question> {
    let columns = usize::from(LEAST.0) - 6;
    let said = |role, text: &str| -> Vec<Line<'static>> {
        text::wrap(text, columns).into_iter().map(|line| scene.line(role, line)).collect()
    };
    Some(match scene.ui.popup {
        Some(Popup::Leave) => Question {
            title: "Leave".into(),
            role: CellRole::Warn,
            lines: said(
                CellRole::Text,
                match (
                    scene.state.written.is_empty(),
                    scene.state.unfinished().is_some() && !scene.state.accepted_fixes(),
                ) {
                    (false, _) => "Leave the wizard? The written files stay. Later changes are not written.",
                    (true, true) => {
                        "Leave without writing? The answers are kept for a day, without the secrets. Type the secrets again \
                         then."
                    }
                    (true, false) => "Leave without writing? The answers are lost.",
                },
            ),
        },
        Some(Popup::WriteAnyway) => Question {
            title: "Write anyway".into(),
            role: CellRole::Warn,
            lines: said(CellRole::Text, &review::why_ask(scene.state)),
        },
        Some(Popup::Change) => checks::change(scene, columns)?,
        Some(Popup::Create) => checks::creation(scene, columns),
        Some(Popup::Creator) => checks::creator(scene, columns),
        Some(Popup::Help) => help::popup(scene, columns),
        Some(Popup::Evidence) => findings::evidence(scene, columns)?,
        Some(Popup::Lesson) => lesson::popup(scene, columns)?,
        Some(Popup::Link | Popup::Policy | Popup::Values | Popup::Measure) => return None,
        None if scene.state.trouble.is_none() => resume::question(scene, columns)?,
        None => {
            let trouble = scene.state.trouble.as_ref()?;
            let mut lines = said(CellRole::Fail, &text::sentence(&trouble.what));
            lines.extend(said(CellRole::Text, &text::sentence(&trouble.cause)));
            lines.push(Line::default());
            lines.extend(said(CellRole::Text, &text::sentence(&trouble.hint)));
            Question { title: "Error".into(), role: CellRole::Fail, lines }
        }
    })
}
