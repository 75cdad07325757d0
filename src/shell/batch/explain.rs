//! `explain WHAT`: prints the explanation. Uses no network and reads no file.

use std::{io, path::Path};

use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::session::Surroundings;
use crate::{
    shell::{
        cli::{self, Code},
        explain::explain as known,
    },
    store::files::read_at_most,
    text::cause,
};

/// The size limit of the input. A log may be longer.
const MOST: u64 = 1024 * 1024;

pub(super) fn explain(asked: &cli::ExplainArgs, surroundings: Surroundings<'_>) -> io::Result<Code> {
    let Surroundings { out, messages, .. } = surroundings;
    let text = match asked.what.as_slice() {
        [dash] if dash == "-" => match piped() {
            Ok(text) => text,
            Err(error) => {
                let _ = writeln!(messages, "error: cannot read from the pipe\n  caused by: {}", cause(&error));
                return Ok(Code::CouldNot);
            }
        },
        // A line without quotes arrives as several words.
        words => Zeroizing::new(words.join(" ")),
    };
    match known(&text, OffsetDateTime::now_utc()) {
        Ok(told) => {
            out.write_all(told.as_bytes())?;
            Ok(Code::Done)
        }
        Err(why) => {
            let _ = writeln!(messages, "{why}");
            Ok(Code::Wrong)
        }
    }
}

fn piped() -> io::Result<Zeroizing<String>> {
    let bytes = Zeroizing::new(read_at_most(Path::new("-"), MOST)?);
    Ok(Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned()))
}
