//! Performs effects. The first effect that needs the network starts its runtime, so the first frame does not pay for it.
//! Files are read and written on one thread, in the order of the effects.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
    time::{Duration, SystemTime},
};

use time::OffsetDateTime;
use tokio::{runtime::Runtime, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use super::{
    StateFolder, find, find_credentials, load, save,
    signals::{SignalWatch, Signalled},
    write,
};
use crate::{
    answers::{
        Keys,
        target::{S3Store, Store},
    },
    score::Scope,
    store::{
        checks::{self, News, engine::Board, s3::settings::SettingsReader, score::Score},
        probe::Route,
        provision::{self, lifecycle::RulesKeeper},
        tune,
    },
    text::mask,
    wizard::{Effect, Event, KeptRules, proposal::Proposal},
};

/// The time that leaving waits for runs: a little more than they need to remove their scratch objects.
const FAREWELL: Duration = Duration::from_secs(6);

type Tell = Arc<dyn Fn(Event) + Send + Sync>;

/// Owns all running work. Dropping it stops the runs, and waits for their clean-up and for a file being written. It does not
/// wait for anything else, such as a name look-up that hangs, or standard input that is being read.
pub struct Performer {
    tell: Tell,
    network: Option<Runtime>,
    runs: Vec<Underway>,
    files: Option<mpsc::Sender<(FileWork, mpsc::Sender<()>)>>,
    /// One receiver for each file to write. It ends when the file is written.
    writes: Vec<mpsc::Receiver<()>>,
    signals: Option<SignalWatch>,
}

struct Underway {
    run: u64,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

enum FileWork {
    Load(PathBuf),
    Look(PathBuf),
    FindCredentials(PathBuf),
    Write(Proposal),
    Search(Effect),
    Save { folder: PathBuf, text: String },
    Recall,
    Memory(Effect),
}

impl Performer {
    /// Creates a performer; `tell` takes the results of the effects, from any thread.
    pub fn new(tell: impl Fn(Event) + Send + Sync + 'static) -> Self {
        let tell = move |event: Event| {
            tracing::info!(?event);
            tell(event);
        };
        Self { tell: Arc::new(tell), network: None, runs: Vec::new(), files: None, writes: Vec::new(), signals: None }
    }

    /// Starts the work of an effect.
    ///
    /// # Errors
    /// Returns an error if the system has no thread or no file descriptor left for it.
    pub fn perform(&mut self, effect: Effect) -> io::Result<()> {
        tracing::info!(?effect);
        match effect {
            Effect::Load(path) => self.on_files(FileWork::Load(path)),
            Effect::FindCredentials(home) => self.on_files(FileWork::FindCredentials(home)),
            Effect::Look(from) => self.on_files(FileWork::Look(from)),
            Effect::SaveAnswers { folder, text } => self.on_files(FileWork::Save { folder, text }),
            Effect::Write(proposal) => self.on_files(FileWork::Write(proposal)),
            effect @ Effect::FindInBackups { .. } => self.on_files(FileWork::Search(effect)),
            Effect::Recall => self.on_files(FileWork::Recall),
            effect @ (Effect::Remember(_) | Effect::ForgetAnswers | Effect::KeepResult { .. }) => {
                self.on_files(FileWork::Memory(effect))
            }
            Effect::Check { run, store, route, scope, keys, settings } => {
                self.runs.retain(|underway| !underway.task.is_finished());
                let stop = CancellationToken::new();
                let work = check(run, (store, settings), route, scope, keys, stop.clone(), Arc::clone(&self.tell));
                let task = self.network()?.spawn(work);
                self.runs.push(Underway { run, stop, task });
                Ok(())
            }
            Effect::Tune { run, store, route, budget } => {
                let (stop, tell) = (CancellationToken::new(), Arc::clone(&self.tell));
                let news = move |news| tell(Event::TuneNews { run, news });
                let task = self.network()?.spawn(tune::run::tune(store, route, budget, stop.clone(), news));
                self.runs.push(Underway { run, stop, task });
                Ok(())
            }
            Effect::Watch { run, score, route, pause } => {
                let (stop, tell) = (CancellationToken::new(), Arc::clone(&self.tell));
                let news = move |news| tell(Event::WatchNews { run, news, at: OffsetDateTime::now_utc() });
                let task = self.network()?.spawn(watch((score, pause), route, stop.clone(), news));
                self.runs.push(Underway { run, stop, task });
                Ok(())
            }
            Effect::Count { run, store, route, places } => {
                let tell = Arc::clone(&self.tell);
                self.network()?.spawn(async move {
                    let result = provision::count(&store, &route, &places).await;
                    tell(Event::Counted { run, result });
                });
                Ok(())
            }
            Effect::Link(store) => {
                let link = checks::s3::link::sentinel(&store, OffsetDateTime::now_utc());
                (self.tell)(Event::Linked(link));
                Ok(())
            }
            Effect::Stop { run } => {
                self.runs.iter().filter(|underway| underway.run == run).for_each(|underway| underway.stop.cancel());
                Ok(())
            }
            Effect::Repair { repair, store, route, keys } => {
                let tell = Arc::clone(&self.tell);
                self.network()?.spawn(async move {
                    let keeper = Keeper(Arc::clone(&tell));
                    let result = provision::repair(&store, &route, keys.as_ref(), &repair, &keeper).await;
                    tell(Event::Repaired { repair, result });
                });
                Ok(())
            }
        }
    }

    /// Asks a running Score; its news has the number of this run.
    ///
    /// # Errors
    /// Returns an error if the system has no thread or no file descriptor left for it.
    pub fn ask(&mut self, run: u64, score: Score, route: Route) -> io::Result<()> {
        let (stop, tell) = (CancellationToken::new(), Arc::clone(&self.tell));
        let work =
            checks::run::check_score(score, route, stop.clone(), move |news| tell(Event::CheckNews { run, news }));
        let task = self.network()?.spawn(work);
        self.runs.push(Underway { run, stop, task });
        Ok(())
    }

    /// Puts the former lifecycle rules of a bucket back, and reports the end of this work.
    ///
    /// # Errors
    /// Returns an error if the system has no thread or no file descriptor left for it.
    pub fn put_rules_back(
        &mut self,
        (store, route, keys): (S3Store, Route, Option<Keys>),
        bucket: String,
        former: Vec<u8>,
    ) -> io::Result<()> {
        let tell = Arc::clone(&self.tell);
        self.network()?.spawn(async move {
            let put = provision::lifecycle::put_back(&store, &route, keys.as_ref(), &bucket, &former).await;
            tell(Event::RulesPutBack(put));
        });
        Ok(())
    }

    /// Treats the signals that mean leaving as the operator leaving.
    ///
    /// # Errors
    /// Returns an error if the system does not allow it.
    pub fn watch_signals(&mut self) -> io::Result<()> {
        let tell = Arc::clone(&self.tell);
        self.signals = Some(SignalWatch::leaving(move |_: Signalled| tell(Event::LeaveAsked))?);
        Ok(())
    }

    fn network(&mut self) -> io::Result<&Runtime> {
        match &mut self.network {
            Some(network) => Ok(network),
            none => {
                let mut runtime = tokio::runtime::Builder::new_multi_thread();
                Ok(none.insert(runtime.worker_threads(2).thread_name("network").enable_all().build()?))
            }
        }
    }

    fn on_files(&mut self, work: FileWork) -> io::Result<()> {
        let orders = match &mut self.files {
            Some(orders) => orders,
            none => {
                let (orders, todo) = mpsc::channel::<(FileWork, mpsc::Sender<()>)>();
                let tell = Arc::clone(&self.tell);
                let perform = move || {
                    for (work, done) in todo {
                        if let Some(event) = perform_on_files(work) {
                            tell(event);
                        }
                        drop(done);
                    }
                };
                thread::Builder::new().name("files".into()).spawn(perform)?;
                none.insert(orders)
            }
        };
        let (done, end) = mpsc::channel();
        let reads = matches!(
            work,
            FileWork::Load(_)
                | FileWork::Look(_)
                | FileWork::FindCredentials(_)
                | FileWork::Search(_)
                | FileWork::Recall
        );
        if !reads {
            self.writes.push(end);
        }
        // The thread ends only after `orders` is dropped.
        let _ = orders.send((work, done));
        Ok(())
    }
}

/// Keeps lifecycle rules in the state folder, and reports where they are.
struct Keeper(Tell);

impl RulesKeeper for Keeper {
    fn keep(&self, bucket: &str, rules: &[u8]) -> io::Result<PathBuf> {
        let Some(memory) = StateFolder::of_operator(|name| std::env::var_os(name)) else {
            return Err(io::Error::other("there is no folder for them; set XDG_STATE_HOME to a folder of this user"));
        };
        memory.keep_rules(bucket, rules, OffsetDateTime::now_utc())
    }

    fn settle(&self, bucket: &str, file: &Path, replaced: bool) {
        if replaced {
            (self.0)(Event::RulesKept(KeptRules { bucket: bucket.to_owned(), path: file.to_owned() }));
        } else if let Err(error) = fs::remove_file(file) {
            tracing::warn!("{} cannot be removed: {error}", file.display());
        }
    }
}

fn perform_on_files(work: FileWork) -> Option<Event> {
    let memory = || StateFolder::of_operator(|name| std::env::var_os(name));
    match work {
        FileWork::Load(path) => Some(Event::Loaded(load(&path))),
        FileWork::Look(from) => {
            let mut sightings = find(&from);
            if let Some(memory) = memory() {
                memory.add_results(&mut sightings);
            }
            Some(Event::Sighted(sightings))
        }
        FileWork::FindCredentials(home) => Some(Event::CredentialsFound(find_credentials(&home))),
        FileWork::Save { folder, text } => Some(Event::Saved(save(&folder, &text))),
        FileWork::Write(proposal) => Some(Event::Written(write::write(&proposal, SystemTime::now()))),
        FileWork::Search(Effect::FindInBackups { files, secret }) => {
            let found = write::backups::backups_with(&files, |bytes| mask::contains(bytes, &secret));
            Some(Event::FoundInBackups(found))
        }
        FileWork::Search(_) => None,
        FileWork::Recall => Some(Event::Recalled(memory().and_then(|memory| memory.recall()))),
        FileWork::Memory(effect) => {
            memory()?.perform(effect);
            None
        }
    }
}

/// Runs the checks. Removes leftovers with the keys for creating if the keys of Score could not.
async fn check(
    run: u64,
    (store, settings): (Store, Option<SettingsReader>),
    route: Route,
    scope: Scope,
    keys: Option<Keys>,
    stop: CancellationToken,
    tell: Tell,
) {
    let end = Arc::new(Mutex::new(None));
    let news = {
        let (tell, end) = (Arc::clone(&tell), Arc::clone(&end));
        move |news| match news {
            News::Finished { .. } => *end.lock().unwrap_or_else(PoisonError::into_inner) = Some(news),
            news => tell(Event::CheckNews { run, news }),
        }
    };
    match settings {
        Some(settings) => {
            checks::run::check_with_settings(store.clone(), route.clone(), scope, settings, stop, news).await;
        }
        None => checks::run::check_store(store.clone(), route.clone(), scope, stop, news).await,
    }
    let end = end.lock().unwrap_or_else(PoisonError::into_inner).take();
    let (mut leftovers, stopped, elapsed) = match end {
        Some(News::Finished { leftovers, stopped, elapsed }) => (leftovers, stopped, elapsed),
        _ => (Vec::new(), true, Duration::ZERO),
    };
    if !leftovers.is_empty() && keys.is_some() {
        leftovers = provision::remove(&store, &route, keys.as_ref(), &leftovers).await;
    }
    tell(Event::CheckNews { run, news: News::Finished { leftovers, stopped, elapsed } });
}

/// Asks a running Score again and again, until it is stopped.
async fn watch(
    (score, pause): (Score, fn(&Board) -> Duration),
    route: Route,
    stop: CancellationToken,
    news: impl Fn(News) + Clone + Send + Sync + 'static,
) {
    while !stop.is_cancelled() {
        let board = Arc::new(Mutex::new(Board::default()));
        let noted = {
            let (board, news) = (Arc::clone(&board), news.clone());
            move |one: News| {
                board.lock().unwrap_or_else(PoisonError::into_inner).apply(one.clone());
                news(one);
            }
        };
        checks::run::check_score(score.clone(), route.clone(), stop.clone(), noted).await;
        let pause = pause(&board.lock().unwrap_or_else(PoisonError::into_inner));
        let _ = tokio::time::timeout(pause, stop.cancelled()).await;
    }
}

impl Performer {
    /// Stops the runs, and waits for their clean-up and for a file being written.
    pub fn finish(&mut self) {
        for written in self.writes.drain(..) {
            // Ends with an error, because nothing is sent.
            let _ = written.recv();
        }
        self.runs.iter().for_each(|underway| underway.stop.cancel());
        if let Some(network) = self.network.take() {
            let runs = std::mem::take(&mut self.runs);
            network.block_on(async {
                let all = async {
                    for underway in runs {
                        let _ = underway.task.await;
                    }
                };
                let _ = tokio::time::timeout(FAREWELL, all).await;
            });
            // A name look-up blocks a thread until the resolver gives up.
            network.shutdown_background();
        }
    }
}

impl Drop for Performer {
    fn drop(&mut self) {
        self.finish();
    }
}

impl fmt::Debug for Performer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Performer").field("runs", &self.runs.len()).finish_non_exhaustive()
    }
}
