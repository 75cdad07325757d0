//! The shell without a terminal. Sends the same events to the same core as the screens do, and prints the results: the
//! requested output to standard output, progress and errors of this program to standard error.

mod apply;
mod check;
mod explain;
pub mod json;
mod lint;
mod pages;
mod prometheus;
mod report;
mod restore;
mod rotate;
mod rules;
mod session;
pub mod show;
mod summary;
mod targets;
pub mod text;
mod tune;
mod write_to;

use std::io;

use crate::shell::cli::{Code, Common, Unattended};

pub use session::Surroundings;

/// Runs a command.
///
/// # Errors
/// Returns an error if the requested output cannot be printed.
pub fn run<'a>(asked: &'a Unattended, common: &'a Common, surroundings: Surroundings<'a>) -> io::Result<Code> {
    match asked {
        Unattended::Apply(asked) => apply::apply(asked, common, surroundings),
        Unattended::Check(asked) => targets::check(asked, common, surroundings),
        Unattended::Completions(asked) => pages::completions(asked, surroundings.out),
        Unattended::Man(asked) => pages::man(asked, surroundings.out),
        Unattended::Explain(asked) => explain::explain(asked, surroundings),
        Unattended::Lint(asked) => lint::lint(asked, common.release, surroundings),
        Unattended::Report(asked) => report::report(asked, common, surroundings),
        Unattended::Restore(asked) => match &asked.lifecycle {
            Some(bucket) => rules::restore(asked, bucket, common, surroundings),
            None => restore::restore(asked, surroundings.style, surroundings.out, surroundings.messages),
        },
        Unattended::Rotate(asked) => rotate::rotate(asked, common, surroundings),
        Unattended::Write(asked) => write_to::write(asked, common.release, surroundings),
        Unattended::Tune(asked) => tune::tune(asked, common, surroundings),
        Unattended::Show(asked) => {
            show::show(asked, common.release, surroundings.style, surroundings.out, surroundings.messages)
        }
    }
}
