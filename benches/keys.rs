//! How much CPU time a key takes while the checks of 512 buckets run: the key, the news that arrived with it, and the frame
//! after it: `cargo bench --bench keys`.

use std::time::{Duration, Instant};

use chrono::Local;
use crossterm::event::{Event as Terminal, KeyCode, KeyEvent, KeyModifiers};
use ratatui::{Terminal as Screen, backend::TestBackend};
use rustix::time::{ClockId, clock_gettime};
use score_setup::{
    answers::draft::{Origin, Text},
    forms::Base,
    install::deployment::Deployment,
    score::{Release, Step, provider::provider},
    shell::tui::{Input, Shell, Theme},
    store::checks::{CheckGroup, CheckRow, News, Outcome},
    wizard::{Event, SessionOptions, State},
};

/// The buckets of each kind.
const BUCKETS: usize = 256;
/// The checks of each bucket.
const CHECKS: usize = 5;
/// The news between two keys: a store that answers in 2 ms, and a quick hand.
const NEWS: usize = 20;
/// The limit of the 99th percentile.
const AT_MOST: Duration = Duration::from_millis(16);

fn answered(key: &'static str, text: &str) -> Event {
    Event::Answered { key, text: Text::Plain(text.into()), origin: Origin::Typed }
}

/// Returns the wizard in the middle of the checks of a pool, and the number of their run.
fn checking() -> (Shell, u64) {
    let mut shell =
        Shell::new(State::new(SessionOptions::new("bench")), Theme { colour: true, unicode: true }, Local::now);
    let path = "/opt/score-server-5.11.0/conf/application.properties";
    let base = Base { path: path.into(), bytes: Some(b"# Score".to_vec()), notes: Vec::new() };
    let deployment = Deployment::of_file(base).named_after(Release::R5_11);
    let events = [Event::PathChosen(path.into()), Event::Loaded(Ok(deployment))]
        .into_iter()
        .chain(provider("minio").map(Event::ProviderChosen))
        .chain([
            answered("s3.endpoint", "http://minio.lab.example:9000"),
            answered("s3.accessKey", "scoreuser"),
            answered("s3.secretKey", "a-secret-of-the-bench"),
            answered("bucket.name.object", "score-object"),
            answered("bucket.name.state", "score-state"),
            answered("bucket.size.pool", "256"),
            answered("metadata.url", "https://song.lab.example"),
            Event::StepChosen(Step::Checks),
            Event::CheckAsked,
        ]);
    for event in events {
        shell.take(Input::Happened(event), Instant::now());
    }
    let run = shell.state().run.as_ref().map_or(0, |run| run.number);
    let rows = (0..2 * BUCKETS * CHECKS).map(|at| {
        let (bucket, check) = (at / CHECKS, at % CHECKS);
        let kind = if bucket < BUCKETS { "object" } else { "state" };
        CheckRow::new(format!("{at}"), CheckGroup::Buckets, format!("score-{kind}.{bucket} {check}"))
    });
    let news = News::Planned(rows.collect());
    shell.take(Input::Happened(Event::CheckNews { run, news }), Instant::now());
    (shell, run)
}

/// Returns the CPU time that this thread has taken. What else the machine does is not in it.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let (seconds, nanoseconds) = (u64::try_from(time.tv_sec), u32::try_from(time.tv_nsec));
    Duration::new(seconds.unwrap_or_default(), nanoseconds.unwrap_or_default())
}

#[expect(clippy::print_stdout, reason = "the figures are what the bench is for")]
fn main() {
    let (mut shell, run) = checking();
    let mut screen = match Screen::new(TestBackend::new(120, 36)) {
        Ok(screen) => screen,
        Err(never) => match never {},
    };
    let keys = [KeyCode::Down, KeyCode::Up, KeyCode::Char('e'), KeyCode::Esc, KeyCode::F(1), KeyCode::Enter];
    let (mut times, mut begun) = (Vec::new(), cpu_time());
    for at in 0..2 * BUCKETS * CHECKS {
        let now = Instant::now();
        let outcome = Outcome::Pass("GET: 200".into());
        let news = News::Done { id: at.to_string(), outcome, elapsed: Duration::from_millis(2) };
        shell.take(Input::Happened(Event::CheckNews { run, news }), now);
        if at % NEWS != 0 {
            continue;
        }
        let key = keys[at / NEWS % keys.len()];
        shell.take(Input::Terminal(Terminal::Key(KeyEvent::new(key, KeyModifiers::NONE))), now);
        match screen.draw(|frame| _ = shell.draw(frame, now)) {
            Ok(_) => times.push(cpu_time().saturating_sub(begun)),
            Err(never) => match never {},
        }
        begun = cpu_time();
    }
    times.sort_unstable();
    let percent = |part: usize| times[(times.len() - 1) * part / 100];
    println!("{} keys while {} buckets are checked, with the frame after each:", times.len(), 2 * BUCKETS);
    println!("  median {:?}, p99 {:?}, most {:?}", percent(50), percent(99), percent(100));
    assert!(percent(99) <= AT_MOST, "the limit is {AT_MOST:?}");
}
