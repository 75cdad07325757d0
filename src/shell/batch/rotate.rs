//! `rotate [CONF]`: tests new keys while the old ones are in use, writes them, and waits until the running Score uses them.
//! Never ends a key.

use std::{
    io::{self, IsTerminal, stdin},
    path::Path,
    sync::mpsc::RecvTimeoutError,
    time::{Duration, Instant},
};

use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use zeroize::Zeroizing;

use super::{
    apply::{MOST, answers},
    json::RotationEntry,
    session::{Session, StepResult, Surroundings, trouble},
    targets::time_of_day,
    text,
};
use crate::{
    answers::{draft::Text, pasted, target::Store},
    effects::write::backups::backups_with,
    install::deployment::Deployment,
    score::{Api, Severity, key},
    shell::{
        cli::{Code, Common, RotateArgs},
        tui::receipt::{ReceiptRow, old_keys, start},
    },
    store::{
        checks::{engine::Board, score::Score},
        files::read_at_most,
        probe::Route,
    },
    text::{cause, mask::contains, secret::Secret, values::counted},
    wizard::{ANSWERS_IN_A_ROW, Event, NewKeys, ScoreAnswer, Takeover, proposal::Written},
};

/// The variables of the new keys, with their settings. Their names differ from those of Score, whose values are old.
const VARIABLES: [(&str, &str); 3] = [
    ("NEW_ACCESS_KEY", key::S3_ACCESS_KEY),
    ("NEW_SECRET_KEY", key::S3_SECRET_KEY),
    ("NEW_ACCOUNT_KEY", key::AZURE_ACCOUNT_KEY),
];

/// The fewest characters of a word alone that is taken as a secret. `MinIO` has the shortest secrets
/// (`secretKeyMinLen` in minio/pkg, `auth/credentials.go`); other stores make 40 or more.
const SHORTEST: usize = 8;

/// Replaces the keys, and prints what follows from it.
pub(super) fn rotate<'a>(
    asked: &'a RotateArgs,
    common: &'a Common,
    surroundings: Surroundings<'a>,
) -> io::Result<Code> {
    let mut session = Session::new(common, surroundings, false, true);
    session.report.judged = true;
    let mut run = RotateRun { asked, session, change: NewKeys::Nothing, after: None, taken_at: None };
    let code = run.go();
    let page = run.page();
    let RotateRun { mut session, .. } = run;
    session.quiet = false;
    let left = if session.state.written.is_empty() {
        "Left. No file was written."
    } else {
        "Left. The new keys are written, and it is not known whether Score uses them."
    };
    session.end(code, (!asked.json).then_some(page), left)
}

struct RotateRun<'a> {
    asked: &'a RotateArgs,
    session: Session<'a>,
    change: NewKeys,
    /// The store with the new keys, once they are written.
    after: Option<Store>,
    /// The time when the running Score was seen to use the new keys.
    taken_at: Option<OffsetDateTime>,
}

impl RotateRun<'_> {
    fn go(&mut self) -> Code {
        let steps = [Self::open, Self::ask, Self::check, Self::write, Self::wait];
        steps.into_iter().try_for_each(|step| step(self)).err().unwrap_or(Code::Done)
    }

    /// Reads the configuration and the new keys.
    fn open(&mut self) -> StepResult {
        self.session.read(self.asked.conf.as_deref())?;
        // Shows how Score is started.
        self.session.send(Event::LookAsked);
        let assumed = self.session.assume();
        let keys = self.keys()?;
        self.session.send(Event::KeysReplaced(keys));
        if let Some(trouble) = self.session.state.trouble.clone() {
            self.session.send(Event::TroubleDismissed);
            return self.session.stop(Code::Wrong, trouble);
        }
        self.session.judge(assumed)?;
        let stopping = self.session.state.problems();
        let problems = &self.session.report.problems;
        if !stopping.is_empty() {
            let unsaid: Vec<_> = stopping.iter().filter(|problem| !problems.contains(problem)).cloned().collect();
            let starts = stopping.iter().all(|problem| problem.severity != Severity::Start);
            for problem in unsaid {
                let line = self.session.style().problem(&problem, &self.session.shown.0, &self.session.shown.1);
                self.session.result(&line);
                self.session.report.problems.push(problem);
            }
            self.session.say(if starts {
                "Nothing was written. Score could not use the new keys with this configuration."
            } else {
                "Nothing was written. Score would not start again with this configuration."
            });
            return Err(Code::Wrong);
        }
        if !problems.is_empty() {
            self.session.say("The new keys do not change this. Score starts with it, so the keys are replaced.");
        }
        self.change = self.session.state.new_keys();
        Ok(())
    }

    /// Reads the new keys from the answers file, else from the environment, else from standard input.
    fn keys(&mut self) -> Result<Vec<(&'static str, Text)>, Code> {
        let api = self.session.state.draft.api();
        let wanted: &[&'static str] = match api {
            Api::S3 => &[key::S3_ACCESS_KEY, key::S3_SECRET_KEY],
            Api::Azure => &[key::AZURE_ACCOUNT_KEY],
        };
        let mut keys = match &self.asked.answers {
            Some(path) => self.of_answers(path)?,
            None => match self.of_environment() {
                found if found.is_empty() => self.of_input(api)?,
                found => found,
            },
        };
        keys.retain(|(name, _)| wanted.contains(name));
        let needed = if api == Api::S3 { key::S3_SECRET_KEY } else { key::AZURE_ACCOUNT_KEY };
        if keys.iter().all(|(name, _)| *name != needed) {
            let cause = format!("nothing gives {needed}");
            return self.no_keys(&cause);
        }
        Ok(keys)
    }

    fn no_keys<T>(&mut self, cause: &str) -> Result<T, Code> {
        let create = self.session.state.key_rotation().and_then(|known| known.create.clone());
        let create = create.map_or(String::new(), |line| format!(", such as: {line} | score-setup rotate"));
        let hint = format!(
            "give them in an answers file, in NEW_ACCESS_KEY and NEW_SECRET_KEY (Azure: NEW_ACCOUNT_KEY), or on standard \
             input{create}"
        );
        Err(self.session.stop(Code::Wrong, trouble("there are no new keys", cause, &hint)).err().unwrap_or(Code::Wrong))
    }

    fn of_answers(&mut self, path: &Path) -> Result<Vec<(&'static str, Text)>, Code> {
        self.session.shown.0 = path.display().to_string();
        // The deployment shows its provider.
        let provider = self.session.state.draft.provider.map(|provider| format!("provider={}", provider.id));
        let provider: Vec<String> = provider.into_iter().collect();
        let read = answers(path, &provider, self.session.surroundings.variable);
        let (answers, problems) = match read {
            Ok(read) => read,
            Err(trouble) => {
                self.session.stop(Code::Wrong, trouble)?;
                return Err(Code::Wrong);
            }
        };
        let Some(answers) = answers.filter(|_| problems.is_empty()) else {
            self.session.report_problems(problems);
            return Err(Code::Wrong);
        };
        self.session.report_remarks(answers.warnings);
        Ok(answers.settings.into_iter().map(|given| (given.setting.key, given.text)).collect())
    }

    fn of_environment(&self) -> Vec<(&'static str, Text)> {
        let given = |name: &str| (self.session.surroundings.variable)(name).filter(|value| !value.is_empty());
        let found = VARIABLES.iter().filter_map(|(name, key)| Some((*key, Text::Secret(Secret::new(given(name)?)))));
        found.collect()
    }

    /// Reads keys as another tool prints them. One line alone is the secret.
    fn of_input(&mut self, api: Api) -> Result<Vec<(&'static str, Text)>, Code> {
        if stdin().is_terminal() {
            return self.no_keys("standard input is a terminal, which would show them");
        }
        let bytes = match read_at_most(Path::new("-"), MOST) {
            Ok(bytes) => Zeroizing::new(bytes),
            Err(error) => return self.no_keys(&format!("standard input cannot be read: {}", cause(&error))),
        };
        let Ok(text) = str::from_utf8(&bytes).map(|text| Secret::new(text.trim())) else {
            return self.no_keys("standard input is not text in UTF-8");
        };
        if text.is_empty() {
            return self.no_keys("standard input is empty");
        }
        if text.shape(|text| !text.contains(char::is_whitespace)) && pasted::read(&text).is_err() {
            let length = text.shape(|text| text.chars().count());
            if length < SHORTEST {
                let cause = format!("standard input is one word of {length} characters, too short for a secret key");
                return self.no_keys(&cause);
            }
            let name = if api == Api::S3 { key::S3_SECRET_KEY } else { key::AZURE_ACCOUNT_KEY };
            return Ok(vec![(name, Text::Secret(text))]);
        }
        let found = match pasted::read(&text) {
            Ok(found) => found,
            Err(error) => return self.no_keys(&format!("{error} {}", error.hint())),
        };
        match found.as_slice() {
            [pasted::PasteCandidate { result: Ok(pasted), .. }] => Ok(pasted.answers.clone()),
            [pasted::PasteCandidate { result: Err(error), .. }] => self.no_keys(&format!("{error} {}", error.hint())),
            several => {
                let cause = format!("standard input has {} of them", counted(several.len(), "pair"));
                self.no_keys(&cause)
            }
        }
    }

    /// Says which keys are replaced and whether both work at the same time. Asks if they do not.
    fn ask(&mut self) -> StepResult {
        let announced = self.session.state.announced_keys();
        self.session.say(announced.as_deref().unwrap_or("The configuration already has these keys."));
        if self.change != NewKeys::Secret || self.asked.yes {
            return Ok(());
        }
        let Some(answer) = self.session.surroundings.answer else {
            let hint = "add --yes, or use a second access key";
            let why =
                trouble("the old and the new secret do not work at the same time", "there is no terminal to ask", hint);
            return self.session.stop(Code::Wrong, why);
        };
        self.session.say("Continue? [y/N]");
        if matches!(answer().trim(), "y" | "Y" | "yes") { Ok(()) } else { Err(Code::Left) }
    }

    /// Runs all checks with the new keys.
    fn check(&mut self) -> StepResult {
        self.session.try_all()?;
        self.session.report_verdict();
        if self.session.code() != Code::CheckFailed && self.session.state.may_write() {
            return Ok(());
        }
        self.session.say("Nothing was written, because checks failed with the new keys. Score keeps its keys.");
        Err(Code::CheckFailed)
    }

    /// Writes the new keys, and prints how to restart Score.
    fn write(&mut self) -> StepResult {
        let after = self.session.state.run.as_ref().map(|run| run.store.clone());
        let Some(proposal) = self.session.state.proposal().ok() else {
            // Cannot happen: the files were read.
            return Err(Code::CouldNot);
        };
        if !proposal.changed() && self.change != NewKeys::Nothing {
            let why = trouble("the new keys were not written", "no file takes them", "change them where they are set");
            return self.session.stop(Code::CouldNot, why);
        }
        if proposal.changed() {
            let difference = self.session.surroundings.message_style.words(&proposal.to_text());
            self.session.say(difference.trim_end());
            let receipt = self.session.write(&proposal, self.change == NewKeys::Secret)?;
            for file in &receipt.files {
                self.session.say(&text::written(file));
                file.notes.iter().for_each(|note| self.session.say(&format!("note: {note}")));
            }
            let read = self.session.state.draft.found().store;
            if self.session.state.over.is_none() && Some(&read) != after.as_ref() {
                let what = format!("{} is wrong", self.session.shown.1);
                let why = trouble(&what, "it does not have the written keys", "run score-setup restore CONF");
                return self.session.stop(Code::CouldNot, why);
            }
        }
        self.after = after;
        for line in self.restart() {
            self.session.say(&line);
        }
        self.session.stay()
    }

    /// Returns the lines that restart Score.
    fn restart(&self) -> Vec<String> {
        let state = &self.session.state;
        let path = state.deployment.as_ref().map(|deployment| deployment.application.path.clone()).unwrap_or_default();
        let main = state.written.last().cloned().unwrap_or(Written {
            path,
            changed: false,
            backup: None,
            mode: 0,
            owner: String::new(),
            keys: 0,
            notes: Vec::new(),
        });
        let line = |row: ReceiptRow| match row {
            ReceiptRow::Command { label, line } => Some(format!("{label}: {line}")),
            ReceiptRow::Note { label, words } => Some(format!("{label}: {words}")),
            ReceiptRow::File(_) | ReceiptRow::Todo(_) => None,
        };
        start(state, &main).into_iter().filter_map(line).collect()
    }

    /// Waits until every Score behind the address uses the new keys.
    fn wait(&mut self) -> StepResult {
        if self.asked.wait.is_zero() {
            return Ok(());
        }
        let Some(store) = self.after.clone() else { return Err(Code::CouldNot) };
        let url = self.url();
        // Another place for the store is not the place of Score.
        let route = Route { connect_to: None, ..self.session.state.route.clone() };
        let seconds = self.asked.wait.as_secs();
        let limit = if seconds < 120 { format!("{seconds} s") } else { format!("{} min", seconds / 60) };
        self.session.say(&format!("Waiting at most {limit} until {url} uses the new keys. Ctrl-C stops waiting."));
        let deadline = Instant::now() + self.asked.wait;
        let mut takeover = Takeover::default();
        let mut said = String::new();
        let mut run = self.session.state.runs;
        loop {
            run += 1;
            let question = Score { url: url.clone(), store: Some(store.clone()), brief: true };
            self.session.unperformed = self.session.performer.ask(run, question, route.clone()).err();
            self.session.stay()?;
            let board = self.round(run)?;
            let answer = ScoreAnswer::of(&board);
            let pause = answer.pause();
            let line = answer.words(takeover.mixed);
            takeover.note(answer);
            if line != said {
                self.session.say(&format!("{} {line}", time_of_day()));
                said = line;
            }
            if takeover.done() {
                self.taken_at = Some(OffsetDateTime::now_utc());
                return Ok(());
            }
            if Instant::now() + pause > deadline {
                return self.not_taken(&url, &takeover);
            }
            self.pause(pause)?;
        }
    }

    fn not_taken(&mut self, url: &str, takeover: &Takeover) -> StepResult {
        let cause = if takeover.mixed {
            "some of its answers use the new keys, and others do not: several Scores answer there".to_owned()
        } else {
            takeover.last.as_ref().map_or(String::new(), |answer| answer.words(false))
        };
        let what = format!("{url} did not take the new keys in time; the files have them");
        let hint = "restart every Score that uses them, and run this again; or go back: score-setup restore CONF";
        self.session.stop(Code::CheckFailed, trouble(&what, &cause, hint))
    }

    /// Waits for the end of one round of questions.
    fn round(&mut self, run: u64) -> Result<Board, Code> {
        let mut board = Board::default();
        while board.end.is_none() {
            let Ok(event) = self.session.events.recv() else { return Err(Code::CouldNot) };
            self.take(event, run, &mut board)?;
        }
        Ok(board)
    }

    fn pause(&mut self, time: Duration) -> StepResult {
        let end = Instant::now() + time;
        loop {
            match self.session.events.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(event) => self.take(event, u64::MAX, &mut Board::default())?,
                Err(RecvTimeoutError::Timeout) => return Ok(()),
                Err(RecvTimeoutError::Disconnected) => return Err(Code::CouldNot),
            }
        }
    }

    fn take(&mut self, event: Event, run: u64, board: &mut Board) -> StepResult {
        match event {
            Event::CheckNews { run: of, news } if of == run => board.apply(news),
            Event::LeaveAsked => return Err(Code::Left),
            event => self.session.send(event),
        }
        Ok(())
    }

    fn url(&self) -> String {
        self.asked.score.clone().unwrap_or_else(|| self.session.state.own_url())
    }

    /// Describes what follows, for the operator and for the JSON document. Empty if nothing was written.
    fn page(&mut self) -> String {
        let state = &self.session.state;
        let after = state.after_rotations().pop().or_else(|| state.without_rotation());
        let Some(mut after) = after.filter(|_| self.after.is_some()) else { return String::new() };
        if let Some(keys) = state.replaced.last() {
            let files = state.deployment.as_ref().map(Deployment::written_files).unwrap_or_default();
            after.backups = backups_with(&files, |bytes| contains(bytes, keys.old_secret()));
        }
        let after = after.taken(self.taken_at);
        let mut lines = Vec::new();
        if self.taken_at.is_some() {
            lines.push(format!("{} uses the new keys: {ANSWERS_IN_A_ROW} answers in a row.", self.url()));
        }
        lines.extend(old_keys::keep(&after));
        lines.extend(after.end.iter().map(|line| format!("Then end it: {line}")));
        if !after.backups.is_empty() {
            lines.push(old_keys::BACKUPS.to_owned());
            lines.extend(old_keys::delete(&after).iter().map(|line| format!("  {line}")));
        }
        let until = after.until.filter(|_| after.overlap);
        self.session.report.rotation = Some(RotationEntry {
            old_access_key: after.old,
            new_access_key: after.new,
            overlap: after.overlap,
            score: (!self.asked.wait.is_zero()).then(|| self.url()),
            in_use: self.taken_at.is_some(),
            keep_old_until: until.and_then(|until| until.format(&Rfc3339).ok()),
            backups: after.backups.iter().map(|path| path.display().to_string()).collect(),
        });
        lines.push(String::new());
        self.session.surroundings.style.words(&lines.join("\n"))
    }
}
