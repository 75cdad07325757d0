//! Says the task of the sandbox, each time it changes.

use super::conversation::Conversation;
use super::printer;
use crate::{
    score::Scope,
    shell::tui::view,
    wizard::{Lesson, Run},
};

const WELCOME: &str = "\
This is a sandbox: an S3 store in this program, and a Score in a temporary folder. Nothing else on this machine is read \
or changed. Score cannot use its store, for three reasons. Find them and fix them. It takes five minutes. Begin with a \
check of the Score in the list.";

impl Conversation {
    /// Says what to do in the sandbox, if it has not been said yet.
    pub(super) fn teach(&mut self) {
        let state = &self.state;
        let going = state.run.as_ref().is_some_and(Run::going) || state.repairing.is_some() || state.stale();
        let Some(lessons) = state.sandbox.as_ref().filter(|_| !going) else { return };
        let said = match state.lesson() {
            Some(_) if state.run.is_none() => WELCOME.to_owned(),
            Some(lesson) => {
                let task = match lesson {
                    Lesson::WrongSecret | Lesson::OwnAddress => lesson.task(lessons),
                    Lesson::MissingBucket => "create the bucket score-state".to_owned(),
                };
                let page = view::finding(lesson);
                format!(
                    "Sandbox, fault {} of {}: {task}. In another terminal, score-setup explain {page} says more.",
                    lesson.number(),
                    Lesson::ALL.len()
                )
            }
            None if state.scope() == Scope::ReadOnly => "Sandbox: all faults are fixed. Try uploads too.".to_owned(),
            None => "Sandbox: all faults are fixed. Continue to the review, and write the file.".to_owned(),
        };
        if self.taught.as_ref() != Some(&said) {
            printer::gap();
            self.printer.say(0, &said);
            self.taught = Some(said);
        }
    }
}
