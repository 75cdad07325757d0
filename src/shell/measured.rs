//! Formats measurements as lines of text: tables of throughput and of part sizes, and the advice. Knows nothing of
//! terminals.

use crate::{
    score::{Api, key, part_sizes},
    store::tune::{
        Direction, Measurements, Sample,
        advice::{Advice, AdvisedWaits, MUCH_MEMORY, NoAdvice, Reason},
        calculator::{Candidate, candidates},
        model::whole,
        words::{connections, seconds, speed},
    },
    text::values::number::size,
};

/// Returns the number of parts that clients transfer at the same time.
#[must_use]
pub fn usual_connections() -> u32 {
    u32::try_from(part_sizes::CLIENT_THREADS).unwrap_or(1)
}

/// Returns the table of one direction: a row for each part size, a column for each number of connections. `fitted` adds
/// the throughput of the model.
#[must_use]
pub fn throughput(measured: &Measurements, direction: Direction) -> Vec<String> {
    let columns = measured.connections(direction);
    if columns.is_empty() {
        return Vec::new();
    }
    let in_columns = |cell: &dyn Fn(u32) -> String| {
        columns.iter().fold(String::new(), |line, number| line + &format!("{:>16}", cell(*number)))
    };
    let titles = in_columns(&connections);
    let mut lines = vec![format!("{:<12}{titles}{:>18}", direction.words(), "time of a part")];
    for part in measured.parts(direction) {
        let cells = in_columns(&|number| measured.throughput(direction, part, number).map_or("-".to_owned(), speed));
        lines.push(format!("  {:<10}{cells}{:>18}", size(part), spread(measured, direction, part)));
    }
    let best = |number| measured.fit(direction, number).map_or("-".to_owned(), |fit| speed(fit.best(number)));
    lines.push(format!("  {:<10}{}", "at most", in_columns(&best)));
    lines
}

/// Returns the shortest and the longest time of a part with the usual number of connections.
fn spread(measured: &Measurements, direction: Direction, part: u64) -> String {
    let point = (direction, part, usual_connections());
    let those = measured.samples.iter().filter(|one| (one.direction, one.part, one.connections) == point);
    let spreads: Vec<[f64; 3]> = those.map(Sample::spread).collect();
    if spreads.is_empty() {
        return String::new();
    }
    let shortest = spreads.iter().map(|[shortest, ..]| *shortest).fold(f64::INFINITY, f64::min);
    let longest = spreads.iter().map(|[.., longest]| *longest).fold(0.0, f64::max);
    format!("{} to {}", seconds(shortest), seconds(longest))
}

/// Returns the advice, its model and its reasons, one paragraph each.
#[must_use]
pub fn advice(advice: &Result<Advice, NoAdvice>, waits: Option<&AdvisedWaits>) -> Vec<String> {
    let mut lines = match advice {
        Ok(advice) => {
            let sure =
                if advice.settled { "" } else { " The figures are uncertain: a longer run may advise another size." };
            let mut lines = vec![format!("{}{sure}", advice.summary()), advice.model()];
            lines.extend(advice.reasons.iter().map(Reason::words));
            lines
        }
        Err(why) => vec![why.words()],
    };
    lines.extend(waits.map(AdvisedWaits::words));
    lines
}

/// Returns the lines for the file.
#[must_use]
pub fn settings(advice: &Advice, day: &str) -> [String; 2] {
    [advice.comment(day), format!("{}={}", key::UPLOAD_PARTSIZE, advice.part)]
}

/// Returns the table of part sizes for a file. `chosen` is the advised size or the present one.
#[must_use]
pub fn calculator(api: Api, file: u64, chosen: &[u64], advice: Option<&Advice>) -> (String, Vec<(Candidate, String)>) {
    let direction = advice.map_or("", |advice| match advice.direction {
        Direction::Up => "upload",
        Direction::Down => "download",
    });
    let row = |cells: [&str; 5]| {
        let [given, parts, memory, again, time] = cells;
        format!("{given:>10}{parts:>10}{memory:>14}{again:>14}{time:>12}")
    };
    let title = row(["part size", "parts", "memory", "part again", direction]);
    let rows = candidates(api, file, chosen, usual_connections(), advice.map(|advice| &advice.fit));
    let rows = rows.into_iter().map(|one| {
        let time = |time: Option<f64>| time.map_or("-".to_owned(), seconds);
        let much = if one.memory > MUCH_MEMORY { "!" } else { "" };
        let memory = format!("{much} {}", size(one.memory));
        let text = row([&size(one.given), &one.parts.to_string(), &memory, &time(one.again), &time(one.whole)]);
        (one, text)
    });
    (title, rows.collect())
}

/// Returns the cost of a run in a few words.
#[must_use]
pub fn cost(measured: &Measurements) -> String {
    let spent = measured.finished.as_ref().map(|finished| finished.spent).unwrap_or_default();
    let samples = measured.samples.len();
    format!(
        "{samples} samples, {}, {}, {} requests",
        seconds(spent.time.as_secs_f64()),
        size(whole(crate::store::tune::model::float(spent.bytes))),
        spent.requests
    )
}
