//! Puts measurements and advice into words. Decides nothing.

use std::time::Duration;

use super::{
    Direction, Ending, Sample, Setback,
    advice::{Advice, AdvisedWaits, NoAdvice, Reason},
    model::whole,
    sampler::ENOUGH,
};
use crate::text::values::number::size;

/// The beginning of the comment above an advised setting.
pub const MARK: &str = "# Measured by score-setup";

/// Formats a throughput: `88.4 MiB/s`.
#[must_use]
pub fn speed(bytes_per_second: f64) -> String {
    let mib = bytes_per_second / 1_048_576.0;
    if mib >= 100.0 {
        format!("{mib:.0} MiB/s")
    } else if mib >= 1.0 {
        format!("{mib:.1} MiB/s")
    } else {
        format!("{:.0} KiB/s", mib * 1024.0)
    }
}

/// Formats seconds: `0.4 ms`, `12 ms`, `1.2 s`, `3 min`, `2.5 h`.
#[must_use]
pub fn seconds(seconds: f64) -> String {
    match seconds {
        s if s < 0.0095 => format!("{:.1} ms", s * 1000.0),
        s if s < 0.9995 => format!("{:.0} ms", s * 1000.0),
        s if s < 99.5 => format!("{s:.1} s"),
        s if s < 5970.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

fn of(direction: Direction) -> &'static str {
    match direction {
        Direction::Up => "uploads",
        Direction::Down => "downloads",
    }
}

/// Formats a number of connections.
#[must_use]
pub fn connections(number: u32) -> String {
    if number == 1 { "1 connection".to_owned() } else { format!("{number} connections") }
}

impl Advice {
    /// Returns the advice in one sentence.
    #[must_use]
    pub fn summary(&self) -> String {
        let (share, best) = (self.fit.share(self.part), self.fit.throughput(self.part, self.connections));
        format!(
            "Parts of {} reach {} with {}, {} of what larger parts reach.",
            size(self.part),
            speed(best),
            connections(self.connections),
            percent(share)
        )
    }

    /// Returns the model in one sentence.
    #[must_use]
    pub fn model(&self) -> String {
        let (overhead, per_byte) = self.fit.uncertainty();
        let within =
            |relative: f64| if relative < 1.0 { format!(" (within {})", percent(relative)) } else { String::new() };
        format!(
            "A request costs {}{}, and each of {} carries {}{}.",
            seconds(self.fit.overhead),
            within(overhead),
            connections(self.connections),
            speed(1.0 / self.fit.per_byte),
            within(per_byte),
        )
    }

    /// Returns the comment for the file, above the setting: one line of ASCII.
    #[must_use]
    pub fn comment(&self, day: &str) -> String {
        let line = format!(
            "{MARK} on {day}: {} for {} with {}; {} reach {} of the best. A request costs {}, one connection carries {}.",
            speed(self.fit.throughput(self.part, self.connections)),
            of(self.direction),
            connections(self.connections),
            size(self.part),
            percent(self.fit.share(self.part)).replace(" %", "%"),
            seconds(self.fit.overhead),
            speed(1.0 / self.fit.per_byte),
        );
        line.chars().filter(char::is_ascii).collect()
    }
}

impl Reason {
    /// Returns the reason as a sentence.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Enough { direction, wanted, interval: (low, high) } => format!(
                "{} of the best throughput of {} needs parts of {} ({} to {}).",
                percent(ENOUGH),
                of(*direction),
                size(whole(*wanted)),
                size(whole(*low)),
                size(whole(*high))
            ),
            Self::Raised { wanted } => format!(
                "Parts of {} would be enough for {} of the best throughput. Score makes no part smaller than 20 MiB.",
                size(whole(*wanted)),
                percent(ENOUGH)
            ),
            Self::LongestInt { wanted } => format!(
                "Parts of {} would be needed for {} of the best throughput. Score cannot read a number above 2147483647 bytes.",
                size(whole(*wanted)),
                percent(ENOUGH)
            ),
            Self::BodyLimit { refused, by, fits } => {
                let by = by.as_ref().map_or(String::new(), |by| format!(" The answer came from {by}."));
                let then = if *fits {
                    "Larger parts need a higher limit there."
                } else {
                    "No part size helps, because Score makes no part smaller than 20 MiB. Raise the limit there; in nginx, set client_max_body_size 0."
                };
                format!("A body of {} is refused (413).{by} {then}", size(*refused))
            }
            Self::LargestFile { bytes } => format!(
                "Files from {} on are refused too: an upload has at most 10 000 parts, so Score makes their parts larger.",
                size(*bytes)
            ),
            Self::Grows { bytes } => format!(
                "Files up to {} get parts of this size. Score makes the parts of larger files larger, because an upload has at most 10 000.",
                size(*bytes)
            ),
            Self::Memory { bytes, connections } => {
                format!("A client needs {} of memory for {connections} parts at a time.", size(*bytes))
            }
            Self::Again { seconds: cost } => format!("A part that fails costs {} when it is sent again.", seconds(*cost)),
            Self::Connections { number, times } => format!(
                "{} would be {times:.1} times as fast. Clients set them with transport.parallel.",
                connections(*number)
            ),
            Self::OneIsEnough => "One connection alone is as fast as several: the line or the store is the limit.".to_owned(),
            Self::Drift { factor } if *factor > 1.0 => {
                format!("The store became slower during the run: requests took {factor:.1} times as long at the end. Measure again.")
            }
            Self::Drift { factor } => {
                format!("The store became faster during the run: requests took {} of the time at the end. Measure again.", percent(*factor))
            }
            Self::Scatter { relative } => format!("Requests of one size differ by {}, so the figures are rough.", percent(*relative)),
            Self::DownloadsOnly => {
                "On Azure, upload.partsize is the part size of downloads. Uploads use the block size of the client (azure.blockSize).".to_owned()
            }
            Self::NoDownloads(why) => format!("Downloads were not measured: {why}."),
            Self::Throttled { connections: number, status } => {
                format!("The store asked to slow down with {} ({status}).", connections(*number))
            }
        }
    }
}

impl NoAdvice {
    /// Returns the reason as a sentence.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::TooLittle => "The budget is too small to say anything. Allow more time or more bytes.".to_owned(),
            Self::Store(setback) => setback.words(),
        }
    }
}

impl Sample {
    /// Returns the sample in a few words: `6 connections, parts of 20 MiB: 88.4 MiB/s up`.
    #[must_use]
    pub fn words(&self) -> String {
        let direction = match self.direction {
            Direction::Up => "up",
            Direction::Down => "down",
        };
        let number = connections(self.connections);
        format!("{number}, parts of {}: {} {direction}", size(self.part), speed(self.throughput()))
    }
}

impl Setback {
    /// Returns what happened as a sentence.
    #[must_use]
    pub fn words(&self) -> String {
        let refusal = |status: &u16, code: &str| format!("{status} {code}").trim_end().to_owned();
        match self {
            Self::TooLarge { part, by } => {
                let by = by.as_ref().map_or(String::new(), |by| format!(" by {by}"));
                format!("A body of {} is refused{by} (413).", size(*part))
            }
            Self::Throttled { status, code } => format!("The store asks to slow down ({}).", refusal(status, code)),
            Self::Refused { status, code } => format!("The store refuses a part ({}).", refusal(status, code)),
            Self::WrongEtag => "The ETag of a part is not its MD5, so no client can upload.".to_owned(),
            Self::WrongLength { asked, came } => {
                format!("A range of {asked} bytes came with {came} bytes, so no client can download.")
            }
            Self::Broken(how) => format!("A transfer broke off: {how}."),
            Self::OutOfTime => "The time of the budget is over.".to_owned(),
            Self::Stopped => "The run was stopped.".to_owned(),
        }
    }
}

impl Ending {
    /// Returns why the measuring ended, as the end of a sentence.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Settled => "more samples would not change the advice",
            Self::Budget => "the budget is used up",
            Self::Store => "the store refused, or failed several times",
            Self::Stopped => "stopped",
        }
    }
}

impl Direction {
    /// Returns the heading of the direction.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Up => "Uploads",
            Self::Down => "Downloads",
        }
    }
}

impl AdvisedWaits {
    /// Returns the advice as sentences.
    #[must_use]
    pub fn words(&self) -> String {
        format!(
            "Connections took up to {}. A time-out of {} has room for two lost packets. With {} retries, an endpoint that does not answer costs {}.",
            seconds(self.slowest.as_secs_f64()),
            whole_seconds(self.connect),
            self.retries,
            seconds(self.dead)
        )
    }
}

fn whole_seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tune::model::CostFit;

    #[test]
    fn the_comment_is_one_line_of_ascii_with_the_date_and_the_figures() {
        let fit = CostFit::of(&[(1 << 20, 0.2), (16 << 20, 1.7)]).unwrap();
        let (direction, reasons) = (Direction::Up, Vec::new());
        let advice = Advice { part: 64 << 20, direction, connections: 6, fit, settled: true, reasons };
        let comment = advice.comment("2026-11-27");
        assert!(comment.is_ascii() && comment.starts_with(MARK) && comment.lines().count() == 1, "{comment}");
        for figure in ["2026-11-27", "59.1 MiB/s", "6 connections", "64 MiB", "98%", "100 ms", "10.0 MiB/s"] {
            assert!(comment.contains(figure), "{figure}: {comment}");
        }
    }

    #[test]
    fn times_and_speeds_have_a_unit_that_suits() {
        assert_eq!([0.0004, 0.012, 1.24, 240.0, 9000.0].map(seconds), ["0.4 ms", "12 ms", "1.2 s", "4 min", "2.5 h"]);
        assert_eq!([5e5, 2e7, 5e8].map(speed), ["488 KiB/s", "19.1 MiB/s", "477 MiB/s"]);
    }
}
