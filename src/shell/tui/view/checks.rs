//! Draws the page of the checks. While they run: how far they are, and every check. Afterwards: three verdicts, the
//! findings, and the checks by their stages.

use ratatui::text::{Line, Span};

use super::{
    body::PageBody,
    findings::{self, Way},
    form::duration,
    reach,
    scene::{Question, Scene},
};
use crate::{
    score::{Api, Scope, Severity},
    shell::tui::{
        keys::Action,
        text,
        theme::{CellRole, CellSymbol},
        ui::Jump,
    },
    store::checks::{
        CheckGroup, Finding, Leftover, Outcome, Policy, Repair,
        engine::{BoardEntry, Progress, Verdict},
    },
    text::{shown, values::counted},
    wizard::{
        Run, Standing,
        verdicts::{Certainty, Subject},
    },
};

/// The column at which the checks of a stage begin.
const ROWS: usize = 14;
/// The columns for the time of a stage.
const TIME: usize = 10;
/// The columns of the bar of progress, on a usual and on a narrow screen.
const BAR: [usize; 2] = [15, 6];
/// The largest stage that is shown in full. Larger ones are shown as numbers, with the checks that did not pass.
const CROWD: usize = 8;

pub(super) fn body(scene: &Scene<'_>) -> PageBody {
    let state = scene.state;
    let mut body = PageBody::new(summary(scene));
    let jumps = scene.ui.jumps(state);
    body.rows = jumps.len();
    if let Some(run) = state.run.as_ref().filter(|run| run.going()) {
        progress(scene, &mut body, run);
        matrix(scene, &mut body, run);
        let pinned = body.lines.len();
        changes(scene, &mut body);
        push_findings(scene, &mut body, jumps);
        // Rows of running checks never scroll away.
        body.keep = Some(0..pinned);
        return body;
    }
    push_verdicts(scene, &mut body);
    body.pinned = body.lines.len();
    changes(scene, &mut body);
    let failed = state.run.as_ref().is_some_and(|run| run.board.failed());
    let stops = |jump: &Jump| match jump {
        Jump::Problem(_) => true,
        Jump::File(finding) => finding.severity > Severity::Note,
        Jump::Finding(_) | Jump::Continue(_) => false,
    };
    if failed || jumps.iter().any(stops) {
        push_findings(scene, &mut body, jumps);
        if let Some(run) = &state.run {
            body.gap();
            folded_matrix(scene, &mut body, run);
        }
    } else {
        if let Some(run) = &state.run {
            body.gap();
            matrix(scene, &mut body, run);
        }
        push_findings(scene, &mut body, jumps);
    }
    if let Some(end) = state.run.as_ref().and_then(|run| run.board.end.as_ref()) {
        leftovers(scene, &mut body, &end.leftovers);
    }
    // The verdicts come first, and stay in view if that is possible.
    body.tighten(scene.height);
    body
}

fn push_findings(scene: &Scene<'_>, body: &mut PageBody, jumps: &[Jump]) {
    if jumps.iter().any(|jump| matches!(jump, Jump::Problem(_))) {
        body.gap();
        let tried = scene.state.store(Scope::All).is_some();
        let before = if tried { "   Before the file can be written:" } else { "   Before the checks can run:" };
        body.push(scene.line(CellRole::Title, before));
    }
    findings::push(scene, body, jumps);
}

/// Draws the verdict about the store, the clients and Score, each in one sentence.
fn push_verdicts(scene: &Scene<'_>, body: &mut PageBody) {
    for verdict in scene.ui.cache.verdicts() {
        let mark = reach::symbol(verdict.certainty);
        let role = if verdict.certainty == Certainty::Open { CellRole::Text } else { CellRole::Title };
        for (at, line) in text::wrap(&verdict.said, scene.width.saturating_sub(ROWS + 3)).into_iter().enumerate() {
            let (name, symbol) = if at == 0 { (verdict.about.name(), mark.symbol()) } else { ("", " ") };
            let mut spans = vec![
                scene.span(CellRole::Text, format!("   {}", text::pad(name, ROWS - 3))),
                scene.span(mark.role(), format!("{symbol} ")),
                scene.span(role, line),
            ];
            let used: usize = spans.iter().map(Span::width).sum();
            if verdict.about == Subject::Clients && at == 0 && scene.ui.offers(Action::Link, scene.state) {
                let (key, words) = ("   o", "  a command to try there");
                if used + key.len() + words.len() < scene.width {
                    spans.push(scene.span(CellRole::Focus, key));
                    spans.push(scene.span(CellRole::Title, words));
                }
            }
            body.push(Line::from(spans));
        }
    }
}

/// Draws how far the checks are, how long they have run, and the check that they wait for.
fn progress(scene: &Scene<'_>, body: &mut PageBody, run: &Run) {
    let entries = &run.board.entries;
    let done = entries.iter().filter(|entry| matches!(entry.state, Progress::Done { .. })).count();
    let [wide, narrow] = BAR;
    let columns = if scene.width < 76 { narrow } else { wide };
    let filled = (done * columns).checked_div(entries.len()).unwrap_or(0);
    let mut parts = vec![format!(" {done} of {}", entries.len())];
    parts.extend(scene.ui.running_for(run.number, scene.now).map(|elapsed| format!("{:.1} s", elapsed.as_secs_f64())));
    if let Some(entry) = run.board.waited_for() {
        let named = entry.row.bucket.is_empty() || entry.row.title.contains(&entry.row.bucket);
        let bucket = if named { String::new() } else { format!(" ({})", entry.row.bucket) };
        let left = match entry.state {
            Progress::Slow(left) => {
                format!(", {} s left", scene.ui.left(run.number, &entry.row.id, left, scene.now).as_secs())
            }
            _ => String::new(),
        };
        parts.push(format!("waiting for: {}{bucket}{left}", entry.row.title));
    }
    let said = parts.join(" · ");
    body.push(Line::from(vec![
        scene.span(CellRole::Focus, format!("   {}", "█".repeat(filled))),
        scene.span(CellRole::Dim, "░".repeat(columns - filled)),
        scene.span(CellRole::Text, text::fit(&said, scene.width.saturating_sub(columns + 4))),
    ]));
}

/// A stage of the checks, with its checks in order.
type Stage<'a> = (CheckGroup, Vec<&'a BoardEntry>);

fn stages(run: &Run) -> Vec<Stage<'_>> {
    let mut stages: Vec<Stage<'_>> = Vec::new();
    for entry in &run.board.entries {
        match stages.iter_mut().find(|(group, _)| *group == entry.row.group) {
            Some((_, entries)) => entries.push(entry),
            None => stages.push((entry.row.group, vec![entry])),
        }
    }
    stages
}

/// Draws every stage with its checks. If there is not enough room, each stage has one line.
fn matrix(scene: &Scene<'_>, body: &mut PageBody, run: &Run) {
    let full: Vec<Line<'static>> =
        stages(run).iter().flat_map(|(group, entries)| stage(scene, run, group.name(), entries)).collect();
    if body.lines.len() + full.len() <= scene.height {
        body.lines.extend(full);
        return;
    }
    for (group, entries) in stages(run) {
        body.lines.extend(stage(scene, run, group.name(), &entries).into_iter().next().filter(|_| entries.len() == 1));
        if entries.len() > 1 {
            let counts = crowd(scene, run, &entries);
            body.push(row(scene, group.name(), counts, &time(&entries)));
        }
    }
}

/// Draws the stages after a failure: those that passed in one line, those that wait in one, the others in full.
fn folded_matrix(scene: &Scene<'_>, body: &mut PageBody, run: &Run) {
    let mut waiting = Vec::new();
    let mut passed_stages = Vec::new();
    let mut rest = Vec::new();
    for (group, entries) in stages(run) {
        // Without TLS, the way to the store is tried anyway.
        let passes = |entry: &&BoardEntry| passed(entry) || group == CheckGroup::Reach && not_tried(entry);
        if entries.iter().all(|entry| not_tried(entry)) {
            waiting.push(group.name());
        } else if entries.iter().all(passes) {
            passed_stages.push(group.name());
        } else {
            rest.extend(stage(scene, run, group.name(), &entries));
        }
    }
    let mut name_all = |mark: CellSymbol, word: &str, names: &[&str]| {
        if !names.is_empty() {
            let said = text::fit(&names.join(" · "), scene.width.saturating_sub(ROWS + 3));
            let spans = vec![scene.span(mark.role(), format!("{} ", mark.symbol())), scene.span(CellRole::Dim, said)];
            body.push(row(scene, word, spans, ""));
        }
    };
    name_all(CellSymbol::Ok, "Passed", &passed_stages);
    name_all(CellSymbol::Waiting, "Not tried", &waiting);
    body.lines.extend(rest);
}

fn passed(entry: &BoardEntry) -> bool {
    matches!(entry.state, Progress::Done { outcome: Outcome::Pass(_), .. })
}

fn waits(entry: &BoardEntry) -> bool {
    matches!(entry.state, Progress::Waiting | Progress::Done { outcome: Outcome::Waiting(_), .. })
}

fn not_tried(entry: &BoardEntry) -> bool {
    waits(entry) || matches!(entry.state, Progress::Done { outcome: Outcome::NotProbed(_), .. })
}

/// Draws one stage, in as many lines as its checks need.
fn stage(scene: &Scene<'_>, run: &Run, name: &str, entries: &[&BoardEntry]) -> Vec<Line<'static>> {
    let room = scene.width.saturating_sub(ROWS + TIME);
    let mut rows: Vec<Vec<Span<'static>>> = Vec::new();
    let mut used = room;
    let shown: Vec<&BoardEntry> = if entries.len() > CROWD {
        rows.push(crowd(scene, run, entries));
        entries.iter().filter(|entry| !passed(entry) && entry.state != Progress::Waiting).take(CROWD).copied().collect()
    } else {
        entries.to_vec()
    };
    for entry in shown {
        let cell = cell(scene, run, entry, room);
        let columns: usize = cell.iter().map(Span::width).sum();
        if used + columns > room {
            rows.push(Vec::new());
            used = 0;
        }
        used += columns + 2;
        if let Some(row) = rows.last_mut() {
            row.extend(cell);
            row.push(Span::raw("  "));
        }
    }
    let time = time(entries);
    rows.into_iter()
        .enumerate()
        .map(|(at, spans)| if at == 0 { row(scene, name, spans, &time) } else { row(scene, "", spans, "") })
        .collect()
}

/// Returns the time that the checks of a stage took together.
fn time(entries: &[&BoardEntry]) -> String {
    let spent = entries.iter().filter_map(|entry| match &entry.state {
        Progress::Done { outcome: Outcome::Pass(_) | Outcome::Warn(_) | Outcome::Fail(_), elapsed } => Some(*elapsed),
        _ => None,
    });
    let spent: Vec<_> = spent.collect();
    if spent.is_empty() { String::new() } else { duration(spent.iter().sum()) }
}

/// Draws the name of a stage, its checks, and its time at the right margin.
fn row(scene: &Scene<'_>, name: &str, spans: Vec<Span<'static>>, time: &str) -> Line<'static> {
    let mut line = vec![scene.span(CellRole::Text, format!("   {}", text::pad(name, ROWS - 3)))];
    line.extend(spans);
    let used: usize = line.iter().map(Span::width).sum();
    let room = scene.width.saturating_sub(used + 1);
    if !time.is_empty() && time.len() < room {
        line.push(scene.span(CellRole::Dim, format!("{time:>room$}")));
    }
    Line::from(line)
}

/// Draws the checks of a stage as numbers.
fn crowd(scene: &Scene<'_>, run: &Run, entries: &[&BoardEntry]) -> Vec<Span<'static>> {
    let kinds = [
        (CellSymbol::Ok, "passed"),
        (CellSymbol::Warn, "with a note"),
        (CellSymbol::Fail, "failed"),
        (CellSymbol::NotProbed, "not tried"),
        (CellSymbol::Running, "running"),
        (CellSymbol::Waiting, "waiting"),
    ];
    let marks: Vec<_> = entries.iter().map(|entry| mark(run, entry)).collect();
    let mut spans = Vec::new();
    for (symbol, word) in kinds {
        let count = marks.iter().filter(|mark| **mark == symbol).count();
        if count > 0 {
            spans.push(scene.span(symbol.role(), format!("{} ", symbol.symbol())));
            spans.push(scene.span(CellRole::Text, format!("{count} {word}   ")));
        }
    }
    spans
}

/// Returns the symbol of a check.
fn mark(run: &Run, entry: &BoardEntry) -> CellSymbol {
    match &entry.state {
        Progress::Waiting => CellSymbol::Waiting,
        Progress::Running | Progress::Slow(_) if run.going() => CellSymbol::Running,
        Progress::Running | Progress::Slow(_) => CellSymbol::NotProbed,
        Progress::Done { outcome, .. } => match outcome {
            Outcome::Pass(_) => CellSymbol::Ok,
            Outcome::Warn(_) => CellSymbol::Warn,
            Outcome::Fail(_) => CellSymbol::Fail,
            Outcome::Waiting(_) => CellSymbol::Waiting,
            Outcome::NotProbed(_) => CellSymbol::NotProbed,
        },
    }
}

/// Draws the symbol and the title of a check, in at most this many columns.
fn cell(scene: &Scene<'_>, run: &Run, entry: &BoardEntry, columns: usize) -> Vec<Span<'static>> {
    let mark = mark(run, entry);
    let title = match mark {
        CellSymbol::Waiting | CellSymbol::NotProbed => CellRole::Dim,
        CellSymbol::Fail => CellRole::Fail,
        _ => CellRole::Text,
    };
    vec![
        scene.span(mark.role(), format!("{} ", mark.symbol())),
        scene.span(title, text::fit(&entry.row.title, columns.saturating_sub(2))),
    ]
}

/// Draws what changed or is going to change, and a note if the results of the checks are about other values.
fn changes(scene: &Scene<'_>, body: &mut PageBody) {
    let state = scene.state;
    if let Some(repair) = &state.repairing {
        body.gap();
        marked(scene, body, CellSymbol::Running, &format!("{} …", doing(repair)));
    }
    repaired(scene, body);
    for (path, mode) in state.closed() {
        body.gap();
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        marked(scene, body, CellSymbol::Ok, &format!("{name} gets the mode {mode:04o} when it is written."));
    }
    if state.asks_for_creator() && state.repaired.iter().any(|(_, result)| result.is_err()) {
        findings::push_ways(
            scene,
            body,
            &[Way::new("i", "create with other keys"), Way::new("a", "commands for the store's administrator")],
        );
    }
    if state.stale() {
        body.gap();
        body.push(
            scene.line(CellRole::Warn, "   ! These results are for previous values. Press r to check the new ones."),
        );
    }
}

/// Draws the results of the last repairs.
fn repaired(scene: &Scene<'_>, body: &mut PageBody) {
    let state = scene.state;
    if state.repaired.is_empty() {
        return;
    }
    body.gap();
    // When all is well, the verdicts need the lines.
    if state.repaired.len() > 2 && state.may_write() && state.repaired.iter().all(|(_, result)| result.is_ok()) {
        let together = format!("{} changes were made in the store. The receipt lists them.", state.repaired.len());
        return marked(scene, body, CellSymbol::Ok, &together);
    }
    for (_, result) in &state.repaired {
        match result {
            Ok(done) => marked(scene, body, CellSymbol::Ok, done),
            Err(error) => marked(scene, body, CellSymbol::Fail, &error.to_string()),
        }
    }
}

/// Draws a sentence behind a symbol.
fn marked(scene: &Scene<'_>, body: &mut PageBody, mark: CellSymbol, sentence: &str) {
    for (at, line) in text::wrap(sentence, scene.width.saturating_sub(7)).into_iter().enumerate() {
        let symbol = if at == 0 { mark.symbol() } else { " " };
        body.push(Line::from(vec![scene.span(mark.role(), format!("   {symbol} ")), scene.span(CellRole::Text, line)]));
    }
}

fn doing(repair: &Repair) -> String {
    match repair {
        Repair::CreateBucket { bucket } => format!("creating the bucket {bucket}"),
        Repair::PutSentinel { bucket, key } => format!("creating {key} in {bucket}"),
        Repair::CreateContainer { container } => format!("creating the container {container}"),
        Repair::SetPolicy { name, .. } => format!("setting the policy {name}"),
        Repair::AbortUploads { bucket, .. } => format!("adding a lifecycle rule to {bucket}"),
        Repair::Answer { key, value } => format!("setting {key} to {value}"),
        Repair::Trim { key } => format!("removing the spaces around {key}"),
        Repair::Swap { one, other } => format!("exchanging {one} and {other}"),
    }
}

fn leftovers(scene: &Scene<'_>, body: &mut PageBody, leftovers: &[Leftover]) {
    if leftovers.is_empty() {
        return;
    }
    body.gap();
    body.push(scene.line(CellRole::Warn, "   ! Left in the store. Remove it by hand:"));
    for leftover in leftovers {
        let kind = leftover.upload.as_ref().map_or(String::new(), |id| format!(" (unfinished upload {id})"));
        let said = format!("{}/{}{kind}", leftover.bucket, leftover.key);
        body.lines.extend(
            text::wrap(&said, scene.width.saturating_sub(7))
                .into_iter()
                .map(|line| scene.line(CellRole::Text, format!("     {line}"))),
        );
    }
}

/// Returns the summary in one line: the number of checks, what was not passed, and what was left and written.
fn summary(scene: &Scene<'_>) -> (CellRole, String) {
    let state = scene.state;
    let Some(run) = &state.run else {
        let said = if state.draft.store(Scope::All).is_some() {
            "Press r to test the store."
        } else {
            "Some answers are wrong or missing."
        };
        return (CellRole::Dim, said.into());
    };
    let Some(end) = &run.board.end else {
        return (CellRole::Text, "x stops the checks and removes their scratch objects.".to_owned());
    };
    let count = |counted: fn(&BoardEntry) -> bool| run.board.entries.iter().filter(|entry| counted(entry)).count();
    let mut parts = vec![format!("{} checks in {:.2} s", run.board.entries.len(), end.elapsed.as_secs_f64())];
    if end.stopped {
        parts.push("stopped".into());
    }
    parts.push(match end.leftovers.len() {
        0 => "nothing left in the store".into(),
        left => format!("{left} left in the store"),
    });
    let counts = [
        (count(|entry| matches!(entry.state, Progress::Done { outcome: Outcome::Fail(_), .. })), "failed"),
        (count(not_tried), "not tried"),
    ];
    if !run.board.failed() {
        parts.push(if state.written.is_empty() { "no file written yet" } else { "files written" }.into());
    }
    parts.extend(counts.into_iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")));
    // The last parts are left out first. The verdicts say them too.
    while parts.len() > 1 && text::width(&parts.join(" · ")) > scene.columns.saturating_sub(2) {
        parts.pop();
    }
    let role = match state.standing() {
        Standing::Ended(Verdict::Pass) => CellRole::Ok,
        Standing::Ended(Verdict::Fail) => CellRole::Fail,
        Standing::Ended(_) | Standing::Stale => CellRole::Warn,
        Standing::Running | Standing::NotRun => CellRole::Text,
    };
    (role, parts.join(" · "))
}

/// Draws a repair that changes something existing: the state before and after, and its effects.
pub(super) fn change(scene: &Scene<'_>, columns: usize) -> Option<Question> {
    let Some(Jump::Finding(Finding { repair: Some(repair), .. })) = scene.ui.focused_jump(scene.state) else {
        return None;
    };
    if let Some(words) = rule_question(repair) {
        let title = words.first()?.clone();
        let texts = words.iter().skip(1).flat_map(|text| text::wrap(text, columns));
        let lines = texts.map(|line| scene.line(CellRole::Text, line)).collect();
        return Some(Question { title, role: CellRole::Warn, lines });
    }
    let Repair::SetPolicy { name, before, after } = repair else { return None };
    let title = format!("Change the policy {name}");
    let mut lines = Vec::new();
    for (word, role, policy) in [("now", CellRole::Text, before.as_deref()), ("then", CellRole::Focus, Some(after))] {
        for (at, (what, said)) in policy.map(terms).into_iter().flatten().enumerate() {
            let word = if at == 0 { word } else { "" };
            lines.push(scene.line(role, format!("{word:<6}{what:<13}{said}")));
        }
        lines.push(Line::default());
    }
    let who = "Every shared access signature that names this policy changes immediately, for all its users. The other \
               policies and the public access of the container do not change. Azure may take 30 s.";
    lines.extend(text::wrap(who, columns).into_iter().map(|line| scene.line(CellRole::Warn, line)));
    Some(Question { title, role: CellRole::Warn, lines })
}

/// Returns the question about a new lifecycle rule, and the sentences about its effects. `None` for other repairs.
pub(in crate::shell) fn rule_question(repair: &Repair) -> Option<[String; 3]> {
    let Repair::AbortUploads { bucket, prefix, days } = repair else { return None };
    let place = if prefix.is_empty() { "all objects".to_owned() } else { shown(prefix.as_bytes(), 60) };
    let days = counted(usize::try_from(*days).unwrap_or(usize::MAX), "day");
    Some([
        format!("Add a lifecycle rule to {bucket}"),
        format!("The store then aborts unfinished uploads of {place} after {days}, also those of other programs."),
        "S3 replaces all rules of a bucket together. The other rules go back unchanged. They are kept in a file, and the \
         receipt has the command that puts them back."
            .to_owned(),
    ])
}

/// Draws the question about creating everything that is missing.
pub(super) fn creation(scene: &Scene<'_>, columns: usize) -> Question {
    let state = scene.state;
    let mut lines = Vec::new();
    let missing = state.missing();
    for repair in &missing {
        let said = text::wrap(&findings::words(repair), columns.saturating_sub(2));
        lines.extend(said.into_iter().map(|line| scene.line(CellRole::Text, format!("  {line}"))));
    }
    let then = match state.draft.api() {
        Api::S3 => "Then the sentinel (a small test object), if it is missing.",
        Api::Azure => "Then the access policies and the sentinel (a small test object), if they are missing.",
    };
    // With a bucket, what it shall contain is not looked for yet.
    if missing.iter().all(|repair| matches!(repair, Repair::CreateBucket { .. } | Repair::CreateContainer { .. })) {
        lines.extend(text::wrap(then, columns).into_iter().map(|line| scene.line(CellRole::Dim, line)));
    }
    let with = match state.creator() {
        Some(keys) => {
            format!("With the access key {}, which is not written anywhere.", shown(keys.access_key.as_bytes(), 40))
        }
        None => "With the keys of Score.".to_owned(),
    };
    lines.push(Line::default());
    lines.extend(text::wrap(&with, columns).into_iter().map(|line| scene.line(CellRole::Text, line)));
    Question { title: "Create in the store".into(), role: CellRole::Focus, lines }
}

/// Draws the question for other credentials. The secret key is not shown.
pub(super) fn creator(scene: &Scene<'_>, columns: usize) -> Question {
    let ui = scene.ui;
    let room = columns.saturating_sub(14);
    let dots = "•".repeat(ui.input.value().chars().count().min(room));
    let (access, secret) = match &ui.creator {
        None => (format!("{}▏", text::fit_end(ui.input.value(), room)), String::new()),
        Some(access) => (text::fit(access, room), format!("{dots}▏")),
    };
    let row = |label: &str, value: String, focused: bool| {
        Line::from(vec![
            scene.span(if focused { CellRole::Focus } else { CellRole::Text }, format!("{label:<13}")),
            scene.span(if focused { CellRole::Focus } else { CellRole::Text }, value),
        ])
    };
    let mut lines =
        vec![row("Access key", access, ui.creator.is_none()), row("Secret key", secret, ui.creator.is_some())];
    lines.push(Line::default());
    let why = "They are used to create buckets and the sentinel, to read and change the settings of buckets, and to remove scratch objects. They are never written \
               to a file.";
    lines.extend(text::wrap(why, columns).into_iter().map(|line| scene.line(CellRole::Text, line)));
    Question { title: "Keys of an administrator".into(), role: CellRole::Focus, lines }
}

/// Returns the terms of a policy, as the store gave them.
pub(in crate::shell) fn terms(policy: &Policy) -> [(&'static str, String); 3] {
    let or_none = |text: &str| if text.is_empty() { "none".to_owned() } else { shown(text.as_bytes(), 36) };
    [
        ("permissions", or_none(&policy.permissions)),
        ("start", or_none(&policy.start)),
        ("expiry", or_none(&policy.expiry)),
    ]
}
