//! Parses Spring's cron expressions: six fields, seconds first, in the server's local time. Does not read the clock.
//!
//! Compared with `CronSequenceGenerator` of Spring 5.1.8 and `CronExpression` of 5.3.18 on 3000 random expressions.

use chrono::{DateTime, TimeZone, Utc};
use croner::{
    Cron,
    parser::{CronParser, Seconds, Year},
};

use crate::score::Release;

/// The expression that switches the task off (`ScheduledAnnotationBeanPostProcessor`, Spring 5.1 and newer).
const OFF: &str = "-";

/// The reason why Spring does not run a task by an expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CronError {
    /// Spring 5.1 does not start with it. Spring 5.3 starts, and never runs the task.
    #[error("names a date that never occurs, such as 31 February")]
    NeverFires,
    #[error("is not an expression that Spring can parse; an example is 0 0 0 * * ?")]
    Unreadable,
    #[error("must be six fields: Score {release} does not know {text}")]
    NewerMacro { release: Release, text: String },
    #[error("must be six fields, such as 0 0 0 * * ?")]
    UnknownMacro,
    #[error("must have six fields: the first is seconds")]
    NoSeconds,
    #[error("must have six fields, not {0}")]
    Fields(usize),
    #[error("accepts ? only for the day and the weekday")]
    QuestionMark,
    #[error("must not contain {0:?}")]
    Character(char),
    #[error("uses L, W or #, which Score {0} does not know")]
    NewerForm(Release),
}

/// The macros of Spring 5.3 (`CronExpression.MACROS`).
const MACROS: &[(&str, &str)] = &[
    ("@yearly", "0 0 0 1 1 *"),
    ("@annually", "0 0 0 1 1 *"),
    ("@monthly", "0 0 0 1 * *"),
    ("@weekly", "0 0 0 * * 0"),
    ("@daily", "0 0 0 * * *"),
    ("@midnight", "0 0 0 * * *"),
    ("@hourly", "0 0 * * * *"),
];

pub(crate) fn parse(text: &str, release: Release) -> Result<String, CronError> {
    if text == OFF {
        return Ok(OFF.into());
    }
    let cron = read(text, release)?;
    // The start does not matter: an expression without a match in the following centuries never fires.
    if cron.is_some_and(|cron| cron.find_next_occurrence(&DateTime::<Utc>::UNIX_EPOCH, false).is_err()) {
        return Err(CronError::NeverFires);
    }
    Ok(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Returns the fields that a macro such as `@daily` stands for.
pub(crate) fn macro_fields(text: &str) -> Option<&'static str> {
    MACROS.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, fields)| *fields)
}

/// Returns the next three times after `now`, in its zone; fewer if there are none, or if they cannot be computed.
#[must_use]
pub fn next_runs<Z: TimeZone>(text: &str, release: Release, now: &DateTime<Z>) -> Vec<DateTime<Z>> {
    match read(text, release) {
        Ok(Some(cron)) if text != OFF => cron.iter_after(now.clone()).take(3).collect(),
        _ => Vec::new(),
    }
}

/// Parses an expression. `None` means that it is valid, but its times are not computed here.
fn read(text: &str, release: Release) -> Result<Option<Cron>, CronError> {
    // Up to 5.10, Score uses `CronSequenceGenerator` of Spring 5.1; later `CronExpression` of Spring 5.3.
    let old = release <= Release::R5_10;
    if text.starts_with('@') {
        let known = MACROS.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
        return match known {
            Some((_, fields)) if !old => read(fields, release),
            Some(_) => Err(CronError::NewerMacro { release, text: text.to_owned() }),
            None => Err(CronError::UnknownMacro),
        };
    }
    let fields: Vec<&str> = text.split_whitespace().collect();
    // `CronSequenceGenerator.setDays` of Spring 5.1 reads a field with `?` as `?`, whatever else it contains.
    let any = |at: usize, field: &'_ str| old && matches!(at, 3 | 5) && field.contains('?');
    let fields: Vec<&str> =
        fields.into_iter().enumerate().map(|(at, field)| if any(at, field) { "?" } else { field }).collect();
    let [second, minute, hour, day, month, weekday] = fields[..] else {
        return Err(match fields.len() {
            5 => CronError::NoSeconds,
            other => CronError::Fields(other),
        });
    };
    if [second, minute, hour, month].iter().any(|field| field.contains('?')) {
        return Err(CronError::QuestionMark);
    }
    if let Some(odd) = fields
        .iter()
        .flat_map(|field| field.chars())
        .find(|odd| !(odd.is_ascii_alphanumeric() || "*?,-/# \t".contains(*odd)))
    {
        return Err(CronError::Character(odd));
    }
    let newer = |field: &str| field.split(['-', ',', '/']).any(|part| part.contains('#') || ends_in_letter(part));
    if old && (newer(day) || newer(weekday)) {
        return Err(CronError::NewerForm(release));
    }
    // An empty part of a list is not a number for Spring, and L needs a weekday before it
    // (`QuartzCronField.parseDaysOfWeek`, Spring 5.3). croner searches centuries for a time that they allow.
    let empty = fields.iter().any(|field| field.split(',').any(str::is_empty));
    if empty || weekday.split(',').any(|part| part.eq_ignore_ascii_case("L")) {
        return Err(CronError::Unreadable);
    }
    let stepped = |field: &&str| field.split(',').any(|part| part.starts_with('/'));
    // Spring 5.1 reads SUN as 0; Spring 5.3 reads it as 7 at the end of a range.
    if fields.iter().any(stepped) || (old && weekday.to_ascii_uppercase().contains("-SUN")) {
        return Err(CronError::Unreadable);
    }
    // With a step, Spring 5.3 counts weekdays from Monday, croner from Sunday.
    let weekdays = match weekday.strip_prefix("*/") {
        Some(step) if !old => format!("1-7/{step}"),
        _ => weekday.to_owned(),
    };
    let (day, third_last) = match day.to_ascii_uppercase().strip_prefix("L-").map(str::parse::<u32>) {
        // A day before the last one, such as L-3: Spring 5.3 accepts it, croner does not.
        Some(Ok(1..=30)) => ("L", true),
        Some(_) => return Err(CronError::Unreadable),
        None => (day, false),
    };
    // With a step, Spring 5.1 counts days from 0, so */10 means 10, 20 and 30.
    let days = match day.strip_prefix("*/") {
        Some(step) if old => format!("{step}-31/{step}"),
        _ => day.to_owned(),
    };
    // If a month has no fifth Monday, Spring and croner choose different days.
    let computed = !third_last && !weekday.contains('#');
    let fields = format!("{second} {minute} {hour} {days} {month} {weekdays}");
    let parser = CronParser::builder()
        .seconds(Seconds::Required)
        .year(Year::Disallowed)
        .dom_and_dow(true)
        .sloppy_ranges(true)
        .build();
    let cron = parser.parse(&fields).map_err(|_| CronError::Unreadable)?;
    Ok(computed.then_some(cron))
}

/// Returns true for `L`, `W`, `15W` and `5L`, but not for `WED` or `JUL`.
fn ends_in_letter(part: &str) -> bool {
    let name = part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_alphabetic());
    !name && part.ends_with(['L', 'l', 'W', 'w'])
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;

    fn at(year: i32, month: u32, day: u32) -> DateTime<Utc> {
        NaiveDate::from_ymd_opt(year, month, day).and_then(|date| date.and_hms_opt(0, 0, 0)).expect("a date").and_utc()
    }

    #[test]
    fn both_generations_of_spring_take_the_usual_forms() {
        for text in [
            "0 0 0 * * ?",
            "0 0 0 ? * MON",
            "0 0/15 * * JAN *",
            "0 0 0 * * 7",
            "0 0 2-4 1,15 * *",
            "-",
            "*/10 * * * * *",
        ] {
            for release in Release::ALL {
                assert_eq!(parse(text, release), Ok(text.into()));
            }
        }
    }

    #[test]
    fn newer_forms_are_for_newer_releases() {
        for text in
            ["@daily", "@midnight", "0 0 0 L * *", "0 0 0 L-3 * *", "0 0 0 15W * *", "0 0 0 ? * MON#1", "0 0 0 ? * 5L"]
        {
            assert!(parse(text, Release::R5_10).is_err(), "{text} on 5.10");
            assert!(parse(text, Release::R5_11).is_ok(), "{text} on 5.11");
        }
        assert!(parse("0 0 0 ? JUL WED", Release::R5_9).is_ok());
    }

    #[test]
    fn what_stops_score_is_refused() {
        for (text, message) in [
            ("0 0 * * *", "must have six fields: the first is seconds"),
            ("0 0 0 * * ? *", "must have six fields, not 7"),
            ("0 0 0 * * ? # nightly", "must have six fields, not 8"),
            ("? 0 0 * * *", "accepts ? only for the day and the weekday"),
            ("\"0 0 0 * * ?\"", "must not contain '\"'"),
            ("0 0 24 * * *", "is not an expression that Spring can parse; an example is 0 0 0 * * ?"),
            ("0 0 5-2 * * *", "is not an expression that Spring can parse; an example is 0 0 0 * * ?"),
            (", 0 0 * * ?", "is not an expression that Spring can parse; an example is 0 0 0 * * ?"),
            ("0 0, 0 * * ?", "is not an expression that Spring can parse; an example is 0 0 0 * * ?"),
            ("0 0 0 * * L", "is not an expression that Spring can parse; an example is 0 0 0 * * ?"),
            ("/10 0 0 * * *", "is not an expression that Spring can parse; an example is 0 0 0 * * ?"),
            ("0 0 0 31 2 ?", "names a date that never occurs, such as 31 February"),
            ("@reboot", "must be six fields, such as 0 0 0 * * ?"),
        ] {
            assert_eq!(parse(text, Release::R5_11).unwrap_err().to_string(), message, "{text}");
        }
    }

    #[test]
    fn the_next_three_runs_are_told() {
        let now = at(2026, 11, 23);
        let days = [at(2026, 11, 24), at(2026, 11, 25), at(2026, 11, 26)];
        assert_eq!(next_runs("0 0 0 * * ?", Release::R5_9, &now), days);
        assert_eq!(next_runs("@daily", Release::R5_11, &now), days);
        assert_eq!(next_runs("-", Release::R5_11, &now).len(), 0);
        assert_eq!(next_runs("nonsense", Release::R5_11, &now).len(), 0);
    }

    proptest::proptest! {
        /// The limit only shows a search that does not end. It is for a busy machine and a build without optimisation.
        #[test]
        fn no_expression_takes_long(text in "[-0-9,*/?LW# ]{0,24}|([0-9]{1,2}|[*,?/-]|\\*/[0-9]{1,2}|[0-9],[0-9]|L|31)( ([0-9]{1,2}|[*,?/-]|\\*/[0-9]{1,2}|[0-9],[0-9]|L|2|30)){5}") {
            for release in [Release::R5_9, Release::R5_11] {
                let began = std::time::Instant::now();
                let _ = parse(&text, release);
                proptest::prop_assert!(began.elapsed() < std::time::Duration::from_secs(5), "{}: {:?}", text, began.elapsed());
            }
        }
    }
}
