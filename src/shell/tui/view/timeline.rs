//! Draws the requests of a run as a timeline: a bar for each on a common axis. Knows nothing of the checks that sent
//! them.

use std::time::Duration;

use ratatui::text::Line;

use super::{form::duration, scene::Scene};
use crate::{
    shell::tui::{text, theme::CellRole},
    store::checks::engine::{Board, RequestEntry},
};

/// The shortest axis. Longer ones double, so that a running timeline is seldom drawn again as a whole.
const SHORTEST: Duration = Duration::from_millis(50);

/// Draws the timeline in this many columns and lines. While a request has no end, only its beginning is drawn.
pub(super) fn lines(scene: &Scene<'_>, board: &Board, columns: usize, height: usize) -> Vec<Line<'static>> {
    let label = (columns / 2).clamp(12, 36);
    let bar = columns.saturating_sub(label + 1).max(1);
    let axis = axis(board);
    let shown = longest(&board.requests, height.saturating_sub(4));
    let left_out = board.requests.len() - shown.len();
    let end = duration(axis);
    let title = text::pad("Requests", label + 1);
    let mut lines = vec![
        scene.line(CellRole::Title, format!("{title}0{end:>room$}", room = bar.saturating_sub(1))),
        scene.line(CellRole::Dim, format!("{}├{}┤", " ".repeat(label + 1), "─".repeat(bar.saturating_sub(2)))),
    ];
    for request in shown {
        let (idle, waiting, answering) = bars(request, axis, bar);
        let role = if request.failed { CellRole::Fail } else { CellRole::Focus };
        lines.push(Line::from(vec![
            scene.span(CellRole::Text, format!("{} ", text::pad(&name(&request.line), label))),
            scene.span(CellRole::Dim, format!("{}{}", " ".repeat(idle), "░".repeat(waiting))),
            scene.span(role, "█".repeat(answering)),
        ]));
    }
    if left_out > 0 {
        lines.push(scene.line(
            CellRole::Dim,
            if left_out == 1 {
                "1 shorter request is not shown.".to_owned()
            } else {
                format!("{left_out} shorter requests are not shown.")
            },
        ));
    }
    lines.push(scene.line(CellRole::Dim, text::fit("░ connecting   █ waiting for the reply", columns)));
    lines
}

/// Returns the length of the axis: that of the run, or while it runs the next step that has room for it.
fn axis(board: &Board) -> Duration {
    let latest = board.requests.iter().filter_map(|request| request.ended.or(Some(request.begun))).max();
    let latest = latest.unwrap_or_default().max(Duration::from_millis(1));
    if board.end.is_some() {
        return latest;
    }
    let mut axis = SHORTEST;
    while axis < latest {
        axis *= 2;
    }
    axis
}

/// Returns the requests that took longest, in the order of their beginning.
fn longest(requests: &[RequestEntry], most: usize) -> Vec<&RequestEntry> {
    let mut shown: Vec<_> = requests.iter().enumerate().collect();
    let took =
        |request: &RequestEntry| request.ended.map_or(Duration::MAX, |ended| ended.saturating_sub(request.begun));
    shown.sort_by_key(|(_, request)| std::cmp::Reverse(took(request)));
    shown.truncate(most);
    shown.sort_by_key(|(at, _)| *at);
    shown.into_iter().map(|(_, request)| request).collect()
}

/// Returns the columns before the request, of its connection, and of its reply.
fn bars(request: &RequestEntry, axis: Duration, columns: usize) -> (usize, usize, usize) {
    let place = |at: Duration| {
        let place = at.as_micros() * columns as u128 / axis.as_micros().max(1);
        usize::try_from(place).unwrap_or(columns).min(columns)
    };
    let begun = place(request.begun).min(columns - 1);
    let connected = request.connected.map_or(begun, place).clamp(begun, columns);
    let Some(ended) = request.ended else { return (begun, (connected - begun).max(1), 0) };
    // A bar has at least one column.
    let ended = place(ended).max(begun + 1);
    let connected = connected.min(ended - 1);
    (begun, connected - begun, ended - connected)
}

/// Shortens a request line: the method, and the path without the query's values.
fn name(line: &str) -> String {
    let (method, target) = line.split_once(' ').unwrap_or((line, ""));
    let target = target.trim_start_matches('/');
    let target = if target.is_empty() { "/" } else { target };
    format!("{method} {target}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::checks::{News, RequestEvent};

    fn board(events: &[(u64, u64, RequestEvent)]) -> Board {
        let mut board = Board::default();
        for (number, at, event) in events {
            let at = Duration::from_millis(*at);
            board.apply(News::Request { number: *number, at, event: event.clone() });
        }
        board
    }

    #[test]
    fn a_bar_has_the_place_of_its_request_on_the_axis() {
        let begun = |line: &str| RequestEvent::Begun(line.to_owned());
        let board = board(&[
            (0, 0, begun("GET /a")),
            (1, 20, begun("PUT /b")),
            (0, 10, RequestEvent::Connected),
            (0, 30, RequestEvent::Answered(200)),
            (1, 25, RequestEvent::Connected),
        ]);
        let axis = axis(&board);
        assert_eq!(axis, SHORTEST);
        let bars: Vec<_> = board.requests.iter().map(|request| bars(request, axis, 10)).collect();
        assert_eq!(bars, [(0, 2, 4), (4, 1, 0)]);
    }

    #[test]
    fn the_longest_requests_are_shown_in_the_order_of_their_beginning() {
        let events = (0..5_u64).flat_map(|number| {
            let begun = RequestEvent::Begun(format!("GET /{number}"));
            [(number, number, begun), (number, number + 10 * (number + 1), RequestEvent::Failed)]
        });
        let board = board(&events.collect::<Vec<_>>());
        let shown: Vec<_> = longest(&board.requests, 2).into_iter().map(|request| request.line.as_str()).collect();
        assert_eq!(shown, ["GET /3", "GET /4"]);
    }
}
