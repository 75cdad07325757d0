//! Plays a session: keys act on the wizard, its effects act on files in memory and on a store in this process, and what
//! came of them acts on the wizard again. The names of the stores lead to this process; nothing else does.

use std::{
    collections::{BTreeMap, VecDeque},
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, channel},
    time::Duration,
};

use crossterm::event::Event as Terminal;
use score_setup::{
    effects::Performer,
    forms::{Base, Sourced},
    install::deployment::{Deployment, Exposure, Launcher, Reader, Sighting},
    score::Release,
    shell::tui::Input,
    store::checks::{CheckGroup, CheckRow, News, Outcome},
    wizard::{
        ANSWERS_IN_A_ROW, Effect, Event, Run, SessionOptions, State, Unfinished,
        proposal::{Proposal, Receipt, Written},
    },
};
use time::macros::datetime;
use tokio::runtime::Runtime;

use super::super::{
    cells, keys,
    stage::{COLOUR, Stage},
    world::plan,
};
use crate::{azure_store::Azure, checks::SHORT, store::Store};

/// The longest wait for what comes of an effect.
const DEADLINE: Duration = Duration::from_secs(20);

/// The store behind every endpoint of a session.
pub(super) enum Behind {
    S3(Store),
    Azure(Azure),
    /// Checks that always pass, for a store that cannot be in this process.
    Good,
}

pub(super) struct Play {
    pub(super) stage: Stage,
    pub(super) behind: Behind,
    files: BTreeMap<PathBuf, Vec<u8>>,
    unfinished: Option<Unfinished>,
    /// The files that every user of the machine can read.
    exposed: Vec<Exposure>,
    /// True if a running Score takes the written keys at once.
    pub(super) score_takes: bool,
    /// The text that `<Paste>` pastes.
    pub(super) clipboard: String,
    performer: Performer,
    inbox: Receiver<Event>,
    /// The number of repairs and links that have not ended.
    asked: usize,
    // The runtime is dropped after the store that it serves.
    _serving: Runtime,
}

impl Play {
    /// Begins a session without an argument. `files` are those of the installations on the machine.
    pub(super) fn begin(files: &[(&str, String)], behind: impl FnOnce(&Runtime) -> Behind) -> Self {
        let serving = Runtime::new().unwrap();
        let (sender, inbox) = channel();
        let performer = Performer::new(move |event| _ = sender.send(event));
        let files = files.iter().map(|(path, text)| (path.into(), text.clone().into_bytes())).collect();
        let mut play = Self {
            stage: session(),
            behind: behind(&serving),
            files,
            unfinished: None,
            exposed: Vec::new(),
            clipboard: String::new(),
            score_takes: false,
            performer,
            inbox,
            asked: 0,
            _serving: serving,
        };
        play.start();
        play
    }

    /// Starts the program, as after an interruption too.
    fn start(&mut self) {
        self.stage = session();
        for event in [Event::RecallAsked, Event::LookAsked] {
            let effects = self.stage.happens(event);
            self.perform(effects);
        }
    }

    /// Changes a file while the program does not run.
    pub(super) fn edit(&mut self, path: &str, change: fn(&mut String)) {
        let mut text = self.text(path);
        change(&mut text);
        self.add(path, &text);
    }

    /// Returns the text of a file.
    pub(super) fn text(&self, path: &str) -> String {
        String::from_utf8(self.files[Path::new(path)].clone()).unwrap()
    }

    /// Adds a file.
    pub(super) fn add(&mut self, path: &str, text: &str) {
        self.files.insert(path.into(), text.as_bytes().to_vec());
    }

    /// Lets every user read a file, which this user of the machine reads for Score.
    pub(super) fn expose(&mut self, path: &str, reader: Option<&str>) {
        let known = |name: &str| Reader { name: name.into(), by: "process 77".into(), keeps: true };
        self.exposed.push(Exposure {
            path: path.into(),
            mode: 0o644,
            owner: "score".into(),
            group: "score".into(),
            readers: reader.map(known).into_iter().collect(),
            ours: true,
        });
    }

    /// Presses the keys of a line, each after everything has come to rest.
    pub(super) fn press(&mut self, line: &str) {
        for word in line.split_whitespace() {
            if self.stage.state().over.is_some() {
                self.start();
            }
            let inputs = match word {
                "<Paste>" => vec![Input::Terminal(Terminal::Paste(self.clipboard.clone()))],
                word => keys::inputs(word),
            };
            for input in inputs {
                let effects = self.stage.input(input);
                self.perform(effects);
            }
        }
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        let mut effects = VecDeque::from(effects);
        loop {
            while let Some(effect) = effects.pop_front() {
                for event in self.happens_at_once(effect) {
                    effects.extend(self.stage.happens(event));
                }
            }
            if !self.waits() {
                return;
            }
            let event = self.inbox.recv_timeout(DEADLINE).expect("an effect comes to an end");
            self.asked -=
                usize::from(matches!(event, Event::Repaired { .. } | Event::Linked(_) | Event::Counted { .. }));
            let port = address_of(&self.behind).rsplit(':').next().unwrap_or_default().to_owned();
            effects.extend(timeless(event, &port).into_iter().flat_map(|event| self.stage.happens(event)));
        }
    }

    fn waits(&self) -> bool {
        let state = self.stage.state();
        state.over.is_none() && (self.asked > 0 || state.run.iter().chain(&state.background).any(Run::going))
    }

    /// Performs an effect. Returns what comes of it, if that takes no time here.
    fn happens_at_once(&mut self, effect: Effect) -> Vec<Event> {
        let address = address_of(&self.behind);
        match effect {
            Effect::Load(path) => vec![Event::Loaded(Ok(self.load(&path)))],
            Effect::Look(_) => vec![Event::Sighted(self.sightings())],
            Effect::Write(proposal) => vec![Event::Written(Ok(self.write(proposal)))],
            Effect::Remember(unfinished) => {
                self.unfinished = Some(unfinished);
                Vec::new()
            }
            Effect::ForgetAnswers => {
                self.unfinished = None;
                Vec::new()
            }
            Effect::Recall => {
                vec![Event::Recalled(self.unfinished.clone().map(|unfinished| (unfinished, Duration::from_mins(3))))]
            }
            Effect::Check { run, .. } if matches!(self.behind, Behind::Good) => passes(run),
            Effect::Check { run, store, mut route, scope, keys, settings } => {
                (route.connect_to, route.waits) = (Some(address), SHORT);
                self.performer.perform(Effect::Check { run, store, route, scope, keys, settings }).unwrap();
                Vec::new()
            }
            Effect::Repair { repair, store, mut route, keys } => {
                self.asked += 1;
                (route.connect_to, route.waits) = (Some(address), SHORT);
                self.performer.perform(Effect::Repair { repair, store, route, keys }).unwrap();
                Vec::new()
            }
            Effect::Count { run, store, mut route, places } => {
                self.asked += 1;
                (route.connect_to, route.waits) = (Some(address), SHORT);
                self.performer.perform(Effect::Count { run, store, route, places }).unwrap();
                Vec::new()
            }
            effect @ Effect::Link(_) => {
                self.asked += 1;
                self.performer.perform(effect).unwrap();
                Vec::new()
            }
            effect @ Effect::Stop { .. } => {
                self.performer.perform(effect).unwrap();
                Vec::new()
            }
            Effect::FindInBackups { secret, .. } => {
                let has = |bytes: &[u8]| secret.shape(|secret| String::from_utf8_lossy(bytes).contains(secret));
                let backups =
                    self.files.iter().filter(|(path, bytes)| path.extension() == Some("bak".as_ref()) && has(bytes));
                vec![Event::FoundInBackups(backups.map(|(path, _)| path.clone()).collect())]
            }
            Effect::Watch { run, .. } if self.score_takes => {
                let round = || score_answers(run).into_iter();
                std::iter::repeat_n(round, usize::try_from(ANSWERS_IN_A_ROW).unwrap())
                    .flat_map(|round| round())
                    .collect()
            }
            // No Score runs here, and no other tool has keys.
            _ => Vec::new(),
        }
    }

    fn load(&self, path: &Path) -> Deployment {
        let file = match path {
            path if path.ends_with("application.properties") => path.to_owned(),
            path => path.join("application.properties"),
        };
        let base = |name: &str| {
            let path = file.with_file_name(name);
            Base { bytes: self.files.get(&path).cloned(), path, notes: Vec::new() }
        };
        let folder = file.display().to_string();
        let release = Release::ALL.into_iter().find(|release| folder.contains(&format!("score-server-{release}")));
        let wrapper = base("wrapper.conf");
        let start = wrapper.bytes.is_some().then(|| Sourced { what: Launcher::Wrapper, by: "wrapper.conf".to_owned() });
        let bootstrap = base("bootstrap.properties");
        Deployment {
            wrapper,
            bootstrap,
            start,
            exposed: self.exposed.clone(),
            ..Deployment::of_file(base("application.properties")).named_after(release)
        }
    }

    fn sightings(&self) -> Vec<Sighting> {
        let found = self.files.keys().filter(|path| path.ends_with("application.properties"));
        found
            .filter_map(|path| path.parent())
            .map(|conf| Sighting { path: conf.to_owned(), deployment: self.load(conf), running: None, checked: None })
            .collect()
    }

    fn write(&mut self, proposal: Proposal) -> Receipt {
        let write = |file: score_setup::wizard::proposal::FileChange| {
            let (changed, rewritten) = (file.changed(), file.rewrites());
            self.exposed.retain(|one| one.path != file.path || file.mode.is_none());
            let open = self.exposed.iter().any(|one| one.path == file.path);
            let backup = file.before.filter(|_| rewritten).map(|before| {
                let path = PathBuf::from(format!("{}.20261123T101500Z.bak", file.path.display()));
                self.files.insert(path.clone(), before);
                path
            });
            self.files.insert(file.path.clone(), file.after);
            Written {
                backup,
                changed,
                mode: if open { 0o644 } else { 0o640 },
                owner: "score".into(),
                keys: if file.path.ends_with("application.properties") { 27 } else { 1 },
                path: file.path,
                notes: Vec::new(),
            }
        };
        Receipt { files: proposal.files.into_iter().map(write).collect() }
    }

    /// Returns the page, its focused line, and the line of keys; then the parts of the frame.
    pub(super) fn shown(&mut self) -> (String, String) {
        if self.stage.state().over.is_some() {
            let receipt = score_setup::shell::tui::receipt::receipt(self.stage.state(), &[], true);
            return (receipt, String::new());
        }
        let (buffer, parts) = self.stage.draw((80, 24));
        let text = |area| cells::text(&cells::cut(&buffer, area)).trim_end().to_owned();
        let body = text(parts.body);
        let focused = body.lines().find(|line| line.contains('▸')).unwrap_or("-").trim();
        let page = format!("{}\nfocus: {focused}\nkeys:  {}\n", body.trim_start_matches('\n'), text(parts.keys).trim());
        let frame = format!("{}\n{}\n{}\n", text(parts.title), text(parts.steps), text(parts.help));
        (page, frame)
    }
}

fn address_of(behind: &Behind) -> String {
    match behind {
        Behind::S3(store) => store.address().to_string(),
        Behind::Azure(azure) => azure.address().to_string(),
        Behind::Good => String::new(),
    }
}

fn session() -> Stage {
    let options = SessionOptions { here: "/home/op".into(), remembers: true, ..SessionOptions::new("score-host") };
    Stage::of(State::new(options), COLOUR)
}

/// Returns the event with times and a port that are the same in every session. Requests are left out: they are only
/// times.
fn timeless(event: Event, port: &str) -> Option<Event> {
    match event {
        Event::CheckNews { news: News::Request { .. }, .. } => None,
        Event::CheckNews { run, news: News::Done { id, outcome, .. } } => {
            let outcome = match outcome {
                Outcome::Pass(seen) => Outcome::Pass(seen.replace(port, "9000")),
                outcome => outcome,
            };
            Some(Event::CheckNews { run, news: News::Done { id, outcome, elapsed: Duration::from_millis(3) } })
        }
        Event::CheckNews { run, news: News::Finished { leftovers, stopped, .. } } => {
            let news = News::Finished { leftovers, stopped, elapsed: Duration::from_millis(210) };
            Some(Event::CheckNews { run, news })
        }
        event => Some(event),
    }
}

/// Returns the news of a round of questions to a Score that uses the written keys.
fn score_answers(run: u64) -> Vec<Event> {
    let rows = ["score-answers", "score-ping", "configuration", "signed-sentinel"];
    let rows = rows.map(|id| CheckRow::new(id, CheckGroup::Download, id));
    let done = |row: &CheckRow| News::Done {
        id: row.id.clone(),
        outcome: Outcome::Pass(String::new()),
        elapsed: Duration::ZERO,
    };
    let done: Vec<_> = rows.iter().map(done).collect();
    let end = News::Finished { leftovers: Vec::new(), stopped: false, elapsed: Duration::ZERO };
    let news = [News::Planned(rows.into())].into_iter().chain(done).chain([end]);
    news.map(|news| Event::WatchNews { run, news, at: datetime!(2026-11-23 10:15 UTC) }).collect()
}

/// Returns the news of checks that pass.
fn passes(run: u64) -> Vec<Event> {
    let done = |id: &String| News::Done {
        id: id.clone(),
        outcome: Outcome::Pass(String::new()),
        elapsed: Duration::from_millis(3),
    };
    let rows = plan();
    let done: Vec<_> = rows.iter().map(|row| done(&row.id)).collect();
    let end = News::Finished { leftovers: Vec::new(), stopped: false, elapsed: Duration::from_millis(210) };
    let news = [News::Planned(rows)].into_iter().chain(done).chain([end]);
    news.map(|news| Event::CheckNews { run, news }).collect()
}
