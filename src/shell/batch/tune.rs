//! `tune [CONF]`: measures transfers on the store of an existing configuration, and advises a part size. Changes no file.

use std::{io, path::Path};

use serde::Serialize;

use super::{
    json::{FailureEntry, SCHEMA},
    session::{Session, StepResult, Surroundings, trouble},
    text::Style,
};
use crate::{
    effects::{Performer, find},
    score::{Api, Setting, key, setting},
    shell::{
        cli::{Code, Common, TuneArgs},
        measured::{advice as advice_lines, calculator, cost, settings, throughput, usual_connections},
    },
    store::{
        checks::Leftover,
        tune::{
            Direction, Measurements, Seen, TuneNews,
            advice::{AdvisedWaits, NoAdvice, Reason, advise, waits},
            sampler::MOST_REQUESTS,
        },
    },
    text::values::number::size,
    wizard::{Event, Tuning},
};

/// Measures, and prints what the measurements mean.
pub(super) fn tune<'a>(asked: &'a TuneArgs, common: &'a Common, surroundings: Surroundings<'a>) -> io::Result<Code> {
    let mut session = Session::new(common, surroundings, false, true);
    session.report.judged = true;
    let done = session.measure(asked);
    let tuning = session.state.tuning.clone();
    let (style, api) = (session.surroundings.style, tuning.as_ref().map_or(Api::S3, Tuning::api));
    let mut measured = tuning.map(|tuning| tuning.measured).unwrap_or_default();
    // A run that was stopped reports its end after the session has.
    session.performer = Performer::new(|_| ());
    for event in session.events.try_iter() {
        if let Event::TuneNews { news, .. } = event {
            measured.apply(news);
        }
    }
    let code = match done {
        Err(code) => code,
        Ok(()) if measured.finished.as_ref().is_none_or(|finished| finished.failure.is_some()) => Code::CheckFailed,
        Ok(()) => Code::Done,
    };
    let part_size = session.state.draft.value(key::UPLOAD_PARTSIZE).and_then(|value| value.parse().ok());
    let page = TunePage { measured: &measured, api, file: asked.file, present: part_size };
    let text = if asked.json {
        let error = session.report.trouble.as_ref().map(FailureEntry::from);
        let document = super::json::text(&page.document(error, code))?;
        format!("{document}\n")
    } else if measured.samples.is_empty() {
        String::new()
    } else {
        page.text(style)
    };
    for leftover in measured.finished.iter().flat_map(|finished| &finished.leftovers) {
        session.say(&format!("left over: {} in {}", leftover.key, leftover.bucket));
    }
    session.end(code, Some(text), "Stopped.")
}

impl Session<'_> {
    fn measure(&mut self, asked: &TuneArgs) -> StepResult {
        self.quiet = true;
        self.open(asked.conf.as_deref())?;
        self.ask(asked)?;
        // The checks show why a store cannot be used, better than a transfer that fails.
        self.try_all()?;
        self.quiet = false;
        if !self.state.signed_in() {
            self.report_findings();
            return Err(Code::CheckFailed);
        }
        self.report.verdict = None;
        self.send(Event::TuneAsked(asked.budget));
        if self.state.tuning.is_none() {
            let cause = "a value of the store is missing, or is a placeholder";
            return self.stop(Code::CouldNot, trouble("the store cannot be measured from here", cause, ""));
        }
        self.watch();
        self.stay()?;
        let finished = self.state.tuning.as_ref().and_then(|tuning| tuning.measured.finished.as_ref());
        match finished.and_then(|finished| finished.failure.clone()) {
            None => Ok(()),
            Some(failure) => self.stop(
                Code::CheckFailed,
                trouble("nothing was measured", &failure.to_string(), "run score-setup check CONF"),
            ),
        }
    }

    /// Waits until the measurement has ended, and reports each sample and each setback.
    fn watch(&mut self) {
        while self.state.busy() && self.state.over.is_none() {
            let Ok(event) = self.events.recv() else { return };
            match &event {
                Event::TuneNews { news: TuneNews::Seen(Seen::Sample(sample)), .. } => self.say(&sample.words()),
                Event::TuneNews { news: TuneNews::Seen(Seen::Setback { setback, .. }), .. } => {
                    self.say(&format!("note: {}", setback.words()));
                }
                other => self.report_news(other),
            }
            self.send(event);
        }
    }

    /// Asks before a store in use is loaded.
    fn ask(&mut self, asked: &TuneArgs) -> StepResult {
        let (time, bytes) = (asked.budget.time.as_secs_f64(), size(asked.budget.bytes));
        let plan = format!(
            "This takes at most {time:.0} s, {bytes} and {MOST_REQUESTS} requests. Everything is removed afterwards."
        );
        self.quiet = false;
        self.say(&plan);
        let file = self.state.deployment.as_ref().map(|deployment| deployment.application.path.clone());
        let folder = file.as_deref().and_then(Path::parent).unwrap_or(Path::new("."));
        let runs = || {
            find(folder)
                .iter()
                .any(|one| one.running.is_some() && Some(&one.deployment.application.path) == file.as_ref())
        };
        if asked.yes || !runs() {
            self.quiet = true;
            return Ok(());
        }
        self.say("A Score runs with this configuration, and its transfers will be slower meanwhile. Measure? [y/N]");
        match self.surroundings.answer {
            Some(answer) if answer().trim().eq_ignore_ascii_case("y") => {
                self.quiet = true;
                Ok(())
            }
            Some(_) => Err(Code::Left),
            None => self.stop(
                Code::Wrong,
                trouble(
                    "a Score runs with this configuration",
                    "there is no terminal to ask",
                    "add --yes to measure anyway",
                ),
            ),
        }
    }
}

/// The results of a run.
struct TunePage<'a> {
    measured: &'a Measurements,
    api: Api,
    file: u64,
    /// The present part size.
    present: Option<u64>,
}

/// The document of `tune --json`.
#[derive(Debug, Serialize)]
struct TuneDocument {
    schema: u32,
    day: String,
    samples: Vec<SampleEntry>,
    models: Vec<ModelEntry>,
    advice: Option<AdviceEntry>,
    timeouts: Option<TimeoutsEntry>,
    /// One sentence each: what was met on the way, and why there is no advice.
    notes: Vec<String>,
    leftovers: Vec<Leftover>,
    seconds: f64,
    bytes: u64,
    requests: u64,
    error: Option<FailureEntry>,
    exit: u8,
}

#[derive(Debug, Serialize)]
struct SampleEntry {
    direction: Direction,
    part: u64,
    connections: u32,
    bytes_per_second: f64,
    seconds: Vec<f64>,
}

#[derive(Debug, Serialize)]
struct ModelEntry {
    direction: Direction,
    connections: u32,
    request_seconds: f64,
    /// The bytes per second of one connection.
    connection_bytes_per_second: f64,
    best_bytes_per_second: f64,
    scatter: f64,
}

#[derive(Debug, Serialize)]
struct AdviceEntry {
    setting: &'static str,
    value: u64,
    settled: bool,
    direction: Direction,
    bytes_per_second: f64,
    /// The share of the best throughput.
    share: f64,
    reasons: Vec<String>,
    comment: String,
}

#[derive(Debug, Serialize)]
struct TimeoutsEntry {
    slowest_connection_ms: f64,
    connection_timeout_ms: u128,
    retries: u32,
    dead_endpoint_seconds: f64,
}

impl TunePage<'_> {
    fn text(&self, style: Style) -> String {
        let measured = self.measured;
        let waits = self.waits();
        let advice = advise(measured, self.api, usual_connections());
        let mut lines = vec![format!("Measured on {}: {}.", measured.day, cost(measured)), String::new()];
        for direction in [Direction::Up, Direction::Down] {
            let table = throughput(measured, direction);
            if !table.is_empty() {
                lines.extend(table);
                let ending = measured.endings.iter().find(|(other, _)| *other == direction);
                lines.extend(ending.map(|(_, ending)| format!("  ended: {}", ending.words())));
                lines.push(String::new());
            }
        }
        lines.extend(advice_lines(&advice, waits.as_ref()));
        lines.push(String::new());
        if let Ok(advice) = &advice {
            let present: Vec<u64> = self.present.into_iter().chain([advice.part]).collect();
            let (title, rows) = calculator(self.api, self.file, &present, Some(advice));
            lines.push(format!("A file of {}:", size(self.file)));
            lines.push(format!("  {title}"));
            for (candidate, row) in rows {
                let advised = if candidate.given == advice.part { "  advised" } else { "" };
                let now = if Some(candidate.given) == self.present { "  now" } else { "" };
                lines.push(format!("  {row}{advised}{now}"));
            }
            lines.push(String::new());
            lines.push("For application.properties:".to_owned());
            lines.extend(settings(advice, &measured.day));
        }
        style.words(&(lines.join("\n") + "\n"))
    }

    /// Returns the advice for Score's own connections. Azure has no such settings.
    fn waits(&self) -> Option<AdvisedWaits> {
        let serves = setting(key::UPLOAD_CONNECTION_TIMEOUT).is_some_and(|setting: &Setting| setting.serves(self.api));
        waits(self.measured).filter(|_| serves)
    }

    fn document(&self, error: Option<FailureEntry>, code: Code) -> TuneDocument {
        let measured = self.measured;
        let advice = advise(measured, self.api, usual_connections());
        let mut notes: Vec<String> = measured.setbacks.iter().map(|(_, setback)| setback.words()).collect();
        notes.extend(advice.as_ref().err().map(NoAdvice::words));
        let samples = measured.samples.iter().map(|sample| SampleEntry {
            direction: sample.direction,
            part: sample.part,
            connections: sample.connections,
            bytes_per_second: sample.throughput(),
            seconds: sample.seconds.clone(),
        });
        let both = [Direction::Up, Direction::Down].into_iter();
        let points =
            both.flat_map(|direction| measured.connections(direction).into_iter().map(move |n| (direction, n)));
        let models = points.filter_map(|(direction, connections)| {
            let fit = measured.fit(direction, connections)?;
            Some(ModelEntry {
                direction,
                connections,
                request_seconds: fit.overhead,
                connection_bytes_per_second: 1.0 / fit.per_byte,
                best_bytes_per_second: fit.best(connections),
                scatter: fit.scatter,
            })
        });
        let finished = measured.finished.clone();
        let spent = finished.as_ref().map(|finished| finished.spent).unwrap_or_default();
        TuneDocument {
            schema: SCHEMA,
            day: measured.day.clone(),
            samples: samples.collect(),
            models: models.collect(),
            advice: advice.ok().map(|advice| AdviceEntry {
                setting: key::UPLOAD_PARTSIZE,
                value: advice.part,
                settled: advice.settled,
                direction: advice.direction,
                bytes_per_second: advice.fit.throughput(advice.part, advice.connections),
                share: advice.fit.share(advice.part),
                reasons: advice.reasons.iter().map(Reason::words).collect(),
                comment: advice.comment(&measured.day),
            }),
            timeouts: self.waits().map(|waits| TimeoutsEntry {
                slowest_connection_ms: waits.slowest.as_secs_f64() * 1000.0,
                connection_timeout_ms: waits.connect.as_millis(),
                retries: waits.retries,
                dead_endpoint_seconds: waits.dead,
            }),
            notes,
            leftovers: finished.map(|finished| finished.leftovers).unwrap_or_default(),
            seconds: spent.time.as_secs_f64(),
            bytes: spent.bytes,
            requests: spent.requests,
            error,
            exit: code as u8,
        }
    }
}
