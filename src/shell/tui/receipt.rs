//! Lists what a session leaves behind: the written files, the next steps, and the commands. The last page shows the list,
//! and the program prints it when the wizard is left.

pub mod old_keys;

use std::path::{Path, PathBuf};

use super::{text, view::finding};
use crate::{
    forms::EnvironmentOrigin,
    install::deployment::{Launcher, Running},
    store::checks::{Leftover, engine::Verdict},
    text::{shell_word, values::counted, visible_lines},
    wizard::{
        AfterRotation, Exit, KeptRules, LACKS_AUTHORIZATION, Lesson, NextStep, Purpose, Standing, State,
        lacks_authorization, next_steps,
        proposal::Written,
        restart,
        verdicts::{self, Certainty},
    },
};

/// A row of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReceiptRow {
    File(Written),
    /// Lines for a file, without which Score does not start or serve.
    Todo(NextStep),
    Command {
        label: &'static str,
        line: String,
    },
    /// A note in the place of a command.
    Note {
        label: &'static str,
        words: String,
    },
}

impl ReceiptRow {
    /// Returns the text to copy.
    #[must_use]
    pub fn copy(&self) -> Option<String> {
        match self {
            Self::File(file) => Some(file.path.display().to_string()),
            Self::Todo(step) => Some(step.lines.join("\n")),
            Self::Command { line, .. } => Some(line.clone()),
            Self::Note { .. } => None,
        }
    }
}

/// Returns the rows of the page after a write, in the order of the screen.
#[must_use]
pub fn rows(state: &State) -> Vec<ReceiptRow> {
    let files = state.receipt.as_ref().map_or(&[][..], |receipt| &receipt.files);
    let mut rows = after_write(state, files);
    rows.extend(state.kept_rules.iter().map(|kept| command("Undo rule", undo_rules(state, kept))));
    // The missing lines come first, to be seen without scrolling.
    rows.sort_by_key(|row| !matches!(row, ReceiptRow::Todo(_)));
    if state.draft.target().is_ok_and(|target| target.store.s3().is_some()) {
        rows.push(note("Client", "o makes a URL to try from the machine of a client"));
    }
    if state.saved.is_none() {
        rows.push(note("Record", "A saves the answers for score-setup apply, without the secrets"));
    }
    rows
}

fn command(label: &'static str, line: String) -> ReceiptRow {
    ReceiptRow::Command { label, line }
}

fn note(label: &'static str, words: impl Into<String>) -> ReceiptRow {
    ReceiptRow::Note { label, words: words.into() }
}

/// Returns the rows that follow from written files.
fn after_write(state: &State, files: &[Written]) -> Vec<ReceiptRow> {
    // The main file is written last.
    let Some(main) = files.last() else { return Vec::new() };
    let mut rows: Vec<_> = files.iter().cloned().map(ReceiptRow::File).collect();
    if !state.replaces_keys() {
        // Score ran before with everything else.
        rows.extend(next_steps(state).into_iter().map(ReceiptRow::Todo));
    }
    let started = start(state, main);
    // A command that is a next step is not repeated.
    let known = |row: &ReceiptRow| {
        let mut steps = rows.iter().filter_map(|row| if let ReceiptRow::Todo(step) = row { Some(step) } else { None });
        matches!(row, ReceiptRow::Command { line, .. } if steps.any(|step| step.lines.contains(line)))
    };
    let started: Vec<_> = started.into_iter().filter(|row| !known(row)).collect();
    rows.extend(started);
    rows.extend(state.after_rotations().iter().flat_map(after_new_keys));
    rows.push(command("Check", check_score(state)));
    rows.extend(recorded(state));
    if files.iter().any(|file| file.backup.is_some()) {
        let described = state.deployment.as_ref().and_then(|read| read.sources.first()).map(|base| base.path.as_path());
        let folder = described.or(main.path.parent()).unwrap_or_else(|| Path::new("."));
        rows.push(command("Undo", format!("score-setup restore {}", quoted_path(folder))));
    }
    rows
}

/// Returns the rows about the old keys.
fn after_new_keys(after: &AfterRotation) -> Vec<ReceiptRow> {
    let mut rows = Vec::new();
    rows.extend(old_keys::keep(after).map(|words| note("Old key", words)));
    rows.extend(after.end.iter().map(|line| command("End it", line.clone())));
    rows.extend((!after.backups.is_empty()).then(|| note("Backups", old_keys::BACKUPS)));
    rows.extend(old_keys::delete(after).into_iter().map(|line| command("Delete", line)));
    rows
}

/// Returns the command that puts the former lifecycle rules of a bucket back.
#[must_use]
pub fn undo_rules(state: &State, kept: &KeptRules) -> String {
    let (conf, file, bucket) = (quoted_path(&conf(state)), quoted_path(&kept.path), shell_word(&kept.bucket));
    format!("score-setup restore {conf} {file} --lifecycle {bucket}")
}

/// Returns the rows about the answers file: its path, and the command that uses it.
fn recorded(state: &State) -> Vec<ReceiptRow> {
    match &state.saved {
        Some(Ok(path)) => {
            let secrets = match state.secret_variables() {
                none if none.is_empty() => String::new(),
                names => format!("   (no secrets: set {})", names.join(" and ")),
            };
            let (answers, conf) = (quoted_path(path), quoted_path(&conf(state)));
            let mut rows = vec![note("Saved", format!("{}{secrets}", path.display()))];
            rows.extend(
                to_add(state).map(|keys| note("First", format!("add {keys} to this file: score-setup apply needs it"))),
            );
            rows.push(command("Repeat", format!("score-setup apply --answers {answers} --conf {conf}")));
            rows
        }
        Some(Err(why)) => vec![note("Saved", why.to_string())],
        None => Vec::new(),
    }
}

/// Returns the keys that must be added to a saved answers file before it can be used.
#[must_use]
pub fn to_add(state: &State) -> Option<String> {
    let keys: Vec<_> = state.draft.later().map(|setting| setting.key).collect();
    (!keys.is_empty()).then(|| keys.join(" and "))
}

/// Returns the running Score of the open deployment, if the search has found one.
fn running(state: &State) -> Option<&Running> {
    let application = &state.deployment.as_ref()?.application.path;
    let mut of_this =
        state.sightings.iter().flatten().filter(|found| found.deployment.application.path == *application);
    of_this.find_map(|found| found.running.as_ref())
}

/// Returns true if Score ran with this deployment before, so that it is restarted.
#[must_use]
pub fn starts_again(state: &State) -> bool {
    let configured = state.purpose() != Purpose::Install && state.setup.taken_from.is_none();
    running(state).is_some() || configured
}

/// Returns the command that starts this deployment, or starts it again.
#[must_use]
pub fn start(state: &State, file: &Written) -> Vec<ReceiptRow> {
    let running = running(state);
    if state.new_form().is_some() {
        // The next steps have the commands.
        return Vec::new();
    }
    let (label, verb) = if starts_again(state) { ("Restart", "restart") } else { ("Start", "start") };
    if let Some(unit) = running.and_then(|running| running.unit.as_ref()) {
        return vec![command(label, format!("sudo systemctl restart {unit}"))];
    }
    let deployment = state.deployment.as_ref();
    if let Some((_, lines)) = deployment.filter(|deployment| deployment.form().is_some()).and_then(restart) {
        return lines.into_iter().map(|line| command("Restart", line)).collect();
    }
    let line = match state.launcher() {
        Launcher::Wrapper => script(&file.path).map(|script| as_owner(&file.owner, &format!("{script} {verb}"))),
        Launcher::Jar => {
            deployment.and_then(|deployment| deployment.jar.as_ref()).zip(file.path.parent()).map(|(jar, folder)| {
                let (jar, folder) = (quoted_path(&jar.path), quoted_path(folder));
                let line = format!("java -jar {jar} --spring.config.additional-location={folder}/");
                as_owner(&file.owner, &line)
            })
        }
        Launcher::Docker => {
            match deployment.and_then(|deployment| deployment.environment.as_ref()).map(|known| &known.origin) {
                Some(EnvironmentOrigin::Compose { path, service }) => {
                    Some(format!("docker compose -f {} up -d {service}", quoted_path(path)))
                }
                Some(EnvironmentOrigin::Inspect(container)) => Some(format!("docker restart {container}")),
                _ => None,
            }
        }
    };
    let Some(line) = line else {
        return vec![note(label, "Score, as it is started where it runs")];
    };
    match running.filter(|_| state.launcher() == Launcher::Jar) {
        Some(running) => vec![
            note("Stop", format!("process {} is Score with the old settings", running.process)),
            command("Start", line),
        ],
        None => vec![command(label, line)],
    }
}

/// Prefixes the command with `sudo` for the owner. Score writes its log and its lock next to its configuration; files
/// of a different user would stop the next start.
fn as_owner(owner: &str, line: &str) -> String {
    if owner == "root" || owner.is_empty() { line.to_owned() } else { format!("sudo -u {owner} {line}") }
}

/// Returns the folder of an unpacked distribution, if the file is in its `conf`.
fn distribution(file: &Path) -> Option<&Path> {
    let folder = file.parent().filter(|folder| folder.ends_with("conf")).and_then(Path::parent)?;
    let named = folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with("score-server"));
    named.then_some(folder)
}

/// Returns the distribution's own script (score-server 5.11.0, src/main/bin/score-server).
fn script(file: &Path) -> Option<String> {
    distribution(file).map(|folder| quoted_path(&folder.join("bin/score-server")))
}

/// Returns the argument that opens this deployment again.
fn conf(state: &State) -> PathBuf {
    let origin = state.deployment.as_ref().and_then(|read| read.environment.as_ref()).map(|known| &known.origin);
    if let Some(EnvironmentOrigin::Compose { path, .. }) = origin {
        return path.clone();
    }
    let file = &state.path;
    match (distribution(file), file.parent()) {
        (Some(folder), _) => folder.to_owned(),
        (None, Some(folder)) if file.ends_with("application.properties") => folder.to_owned(),
        _ => file.clone(),
    }
}

/// Returns the command that does the same without questions.
#[must_use]
pub fn apply_line(state: &State) -> String {
    let conf = if state.path.as_os_str().is_empty() { state.here.clone() } else { conf(state) };
    format!("score-setup apply --answers FILE --conf {}", quoted_path(&conf))
}

/// Returns the command that asks the running Score as its clients do, and shows whether it uses these files.
fn check_score(state: &State) -> String {
    format!("score-setup check --score {}", state.own_url())
}

fn quoted_path(path: &Path) -> String {
    shell_word(&path.display().to_string())
}

/// Formats the path of a backup: only its name if it is in the folder of the file.
#[must_use]
pub fn beside(backup: &Path, file: &Path) -> String {
    match backup.file_name().filter(|_| backup.parent() == file.parent()) {
        Some(name) => format!("{} in the same folder", PathBuf::from(name).display()),
        None => backup.display().to_string(),
    }
}

/// Formats what is known about a written file.
#[must_use]
pub fn file_facts(file: &Written) -> String {
    if !file.changed {
        return "already had these values, so nothing was changed".to_owned();
    }
    format!("{}, mode {:04o}, owner {}", counted(file.keys, "key"), file.mode & 0o7777, file.owner)
}

/// Formats the receipt of a session that has ended. Paths and commands are never wrapped, so they can be copied whole.
#[must_use]
pub fn receipt(state: &State, leftovers: &[Leftover], unicode: bool) -> String {
    let mut paper = Paper { unicode, ..Paper::default() };
    if state.sandbox.is_some() {
        return tour(state, paper);
    }
    for earlier in &state.earlier {
        session(earlier, &[], &mut paper);
        paper.next();
    }
    // A deployment that was only looked at needs no lines beside those that were written.
    let idle =
        state.written.is_empty() && state.created.is_empty() && state.kept_rules.is_empty() && leftovers.is_empty();
    let known = idle && state.unfinished().is_none();
    // Leaving for the sandbox at once needs no receipt.
    let silent = known && (!state.earlier.is_empty() || state.over == Some(Exit::ForSandbox));
    if !silent {
        session(state, leftovers, &mut paper);
    }
    visible_lines(&paper.text)
}

/// Adds what was done with one deployment.
fn session(state: &State, leftovers: &[Leftover], paper: &mut Paper) {
    if state.written.is_empty() {
        let place = if paper.text.is_empty() { String::new() } else { format!(" for {}", conf(state).display()) };
        paper.title(&format!("Left. No file was written{place}."));
    } else {
        paper.title(&headline(state));
    }
    checks(state, paper);
    paper.entry("Store", &state.created);
    let undo: Vec<_> = state.kept_rules.iter().map(|kept| undo_rules(state, kept)).collect();
    paper.entry("Undo rule", &undo);
    let left: Vec<_> = leftovers.iter().map(|left| format!("{} in {}", left.key, left.bucket)).collect();
    paper.entry("Left over", &left);
    for row in after_write(state, &state.written) {
        match row {
            ReceiptRow::File(file) => {
                let backup = file.backup.as_ref().map(|backup| format!("backup {}", beside(backup, &file.path)));
                let facts = [file.path.display().to_string(), file_facts(&file)];
                let notes = file.notes.iter().map(|note| format!("! {note}"));
                paper.entry("Written", &facts.into_iter().chain(backup).chain(notes).collect::<Vec<_>>());
            }
            ReceiptRow::Todo(step) => {
                let lines = step.lines.iter().map(|line| format!("  {line}"));
                let why = text::wrap(step.why, WORDS).into_iter();
                let said = why.chain([format!("In {}:", step.file)]).chain(lines);
                paper.entry("To do", &said.collect::<Vec<_>>());
            }
            ReceiptRow::Command { label, line } => paper.entry(label, &[line]),
            ReceiptRow::Note { label, words } => paper.entry(label, &text::wrap(&words, WORDS)),
        }
    }
    if state.written.is_empty() {
        for row in recorded(state) {
            match row {
                ReceiptRow::Command { label, line } => paper.entry(label, &[line]),
                ReceiptRow::Note { label, words } => paper.entry(label, &[words]),
                ReceiptRow::File(_) | ReceiptRow::Todo(_) => {}
            }
        }
        again(state, paper);
    }
}

/// The symbols of states, each with its spelling in ASCII.
const SYMBOLS: [(&str, &str); 3] = [("✓", "ok:"), ("✗", "failed:"), ("–", "-")];

/// The width of sentences in a receipt. Paths and commands are never wrapped.
const WORDS: usize = 66;

/// The lines of a receipt, under labels of one width.
#[derive(Default)]
struct Paper {
    text: String,
    label: &'static str,
    unicode: bool,
}

impl Paper {
    /// Begins the lines about another deployment.
    fn next(&mut self) {
        self.text.push('\n');
        self.label = "";
    }

    fn title(&mut self, text: &str) {
        for line in text::wrap(text, 79) {
            self.line(&line);
        }
    }

    /// Adds a line. Spells the symbols of states in ASCII if the terminal has no others. Paths stay unchanged.
    fn line(&mut self, line: &str) {
        let symbol = SYMBOLS.iter().filter(|_| !self.unicode).find(|(symbol, _)| line.contains(&format!("{symbol} ")));
        let line = symbol.map_or_else(|| line.to_owned(), |(symbol, plain)| line.replacen(symbol, plain, 1));
        self.text.push_str(&line);
        self.text.push('\n');
    }

    /// Adds lines under a label. A label that is the same as before is not repeated.
    fn entry(&mut self, label: &'static str, lines: &[String]) {
        if self.label.is_empty() && !lines.is_empty() {
            self.text.push('\n');
        }
        for (at, line) in lines.iter().enumerate() {
            let label = if at == 0 && label != self.label { label } else { "" };
            self.line(&format!("   {label:<9} {line}"));
        }
        if !lines.is_empty() {
            self.label = label;
        }
    }
}

/// Formats the receipt of the sandbox: its faults, and the command that explains each.
fn tour(state: &State, mut paper: Paper) -> String {
    let solved = Lesson::ALL.into_iter().filter(|lesson| state.is_solved(*lesson)).count();
    paper.title(&format!("You fixed {solved} of {} faults in the sandbox.", Lesson::ALL.len()));
    for lesson in Lesson::ALL {
        let mark = if state.is_solved(lesson) { "✓" } else { "✗" };
        let explain = format!("score-setup explain {}", finding(lesson));
        let label = ["Fault 1", "Fault 2", "Fault 3"].get(lesson.number() - 1).copied().unwrap_or("Fault");
        paper.entry(label, &[format!("{mark} {}", lesson.title()), explain]);
    }
    let next = if state.written.is_empty() { "score-setup sandbox" } else { "score-setup" };
    paper.entry("Next", &[next.to_owned()]);
    visible_lines(&paper.text)
}

fn headline(state: &State) -> String {
    let release = state.draft.release.map_or_else(|| "Score".to_owned(), |release| format!("Score {release}"));
    let place = conf(state).display().to_string();
    let store = state.draft.provider.map_or_else(|| "its store".to_owned(), |provider| provider.name.clone());
    match state.standing() {
        Standing::Ended(Verdict::Pass | Verdict::Warn) if state.replaces_keys() => {
            format!("✓ {release} in {place} has new keys for {store}.")
        }
        _ if state.draft.later().next().is_some() => {
            format!("! {release} in {place} is written for {store}. It does not start before every setting is set.")
        }
        _ if lacks_authorization(state) => {
            format!("! {release} in {place} is written for {store}. {LACKS_AUTHORIZATION}")
        }
        Standing::Ended(Verdict::Pass | Verdict::Warn) => format!("✓ {release} in {place} is set up for {store}."),
        Standing::Running => format!("! {release} in {place} is written for {store}. The checks were stopped."),
        Standing::Ended(_) => format!("! {release} in {place} is written for {store}. The checks did not pass."),
        _ => format!("! {release} in {place} is written for {store}. The checks did not run on these values."),
    }
}

/// Adds the result of the checks, if nothing was written on them.
fn checks(state: &State, paper: &mut Paper) {
    let (Standing::Ended(verdict), Some(run)) = (state.standing(), &state.run) else { return };
    if !state.written.is_empty() {
        return;
    }
    let findings: Vec<_> = run.board.findings().iter().map(|(_, finding)| finding.summary.clone()).collect();
    let place = state.draft.address().unwrap_or_else(|| "the store".to_owned());
    let (certainty, said) = verdicts::store(state);
    let symbol = match certainty {
        Certainty::Good | Certainty::Warned => "✓",
        Certainty::Bad => "✗",
        Certainty::Unknown | Certainty::Open => "–",
    };
    let mut lines = vec![place, format!("{symbol} {said}")];
    if verdict == Verdict::Fail {
        lines.extend(findings.into_iter().take(MOST_FINDINGS).map(|summary| format!("  {summary}")));
    }
    paper.entry("Store", &lines);
}

/// The number of findings in a receipt. The command that it names shows all of them.
const MOST_FINDINGS: usize = 5;

/// Adds what to do next if nothing was written.
fn again(state: &State, paper: &mut Paper) {
    if state.path.as_os_str().is_empty() {
        return;
    }
    let place = quoted_path(&conf(state));
    if let Some(unfinished) = state.unfinished().filter(|unfinished| unfinished.count() > 0) {
        let answers = counted(unfinished.count(), "answer");
        let forget = "To remove them: score-setup --forget".to_owned();
        paper.entry("Kept", &[format!("{answers} for one day, without the secrets."), forget]);
    }
    let configured = !matches!(state.purpose, None | Some(Purpose::Install));
    if configured && state.deployment.is_some() {
        paper.entry("Check", &[format!("score-setup check {place}")]);
    }
    paper.entry("Continue", &[format!("score-setup {place}")]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_is_named_where_the_file_lies_in_a_distribution() {
        for (file, command) in [
            ("/opt/score-server-5.11.0/conf/application.properties", Some("/opt/score-server-5.11.0/bin/score-server")),
            ("/srv/my score/score-server/conf/a.properties", Some("'/srv/my score/score-server/bin/score-server'")),
            ("/etc/score/application.properties", None),
        ] {
            assert_eq!(script(Path::new(file)).as_deref(), command);
        }
        assert_eq!(shell_word("it's"), r"'it'\''s'");
    }
}
