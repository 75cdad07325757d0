//! Draws the tour of the sandbox: the task above every page, and a popup with the page that explains each fault.

use ratatui::text::Line;
use time::OffsetDateTime;

use super::scene::{Question, Scene};
use crate::{
    score::{Id, Scope},
    shell::{
        explain::explain,
        tui::{text, theme::CellRole},
    },
    wizard::Lesson,
};

const WELCOME: &str = "\
This is a sandbox: an S3 store in this program, and a Score in a temporary folder. Nothing else on this machine is read \
or changed.

Score cannot use its store, for three reasons. Find them and fix them. It takes five minutes.

Press Enter on the Score in the list. score-setup then reads its files and tries its store.";

/// The end of the tour if uploads were not tried.
const ONLY_READ: &str = "\
All three faults are fixed. The checks only read so far, because this Score was opened to find a fault.

Press p: score-setup tries uploads too, with small objects that it removes.

Then go on to Review.";

/// The end of the tour if uploads were tried.
const TRIED: &str = "All three faults are fixed, and uploads were tried. Go on to Review.";

const REVIEW: &str = "Review shows what changes in the file, with the secret masked. w writes it.";

/// Returns the finding that the fault leads to. `score-setup explain` has its page.
pub(crate) fn finding(lesson: Lesson) -> Id {
    match lesson {
        Lesson::WrongSecret => Id::P34,
        Lesson::MissingBucket => Id::P43,
        Lesson::OwnAddress => Id::P31,
    }
}

/// Returns the task above the page. `None` outside of the sandbox.
pub(super) fn task(scene: &Scene<'_>) -> Option<String> {
    let lessons = scene.state.sandbox.as_ref()?;
    Some(match scene.state.lesson() {
        Some(_) if scene.state.run.is_none() => {
            "Sandbox: three faults to find. Press Enter on the Score in the list".to_owned()
        }
        Some(lesson) => {
            format!("Sandbox, fault {} of {}: {}", lesson.number(), Lesson::ALL.len(), lesson.task(lessons))
        }
        None if scene.state.scope() == Scope::ReadOnly => {
            "Sandbox: all faults are fixed. Press p to try uploads too".to_owned()
        }
        None => "Sandbox: all faults are fixed. Go on to Review, and press w there".to_owned(),
    })
}

/// Returns the popup about the current fault.
pub(super) fn popup(scene: &Scene<'_>, columns: usize) -> Option<Question> {
    let lessons = scene.state.sandbox.as_ref()?;
    let mut lines = Vec::new();
    let mut add = |role, said: &str| {
        lines.extend(text::wrap(said, columns).into_iter().map(|line| scene.line(role, line)));
    };
    let title = match scene.state.lesson() {
        Some(_) if scene.state.run.is_none() => {
            add(CellRole::Text, WELCOME);
            "The sandbox".to_owned()
        }
        None => {
            add(CellRole::Text, if scene.state.scope() == Scope::ReadOnly { ONLY_READ } else { TRIED });
            add(CellRole::Text, "");
            add(CellRole::Text, REVIEW);
            "All faults are fixed".to_owned()
        }
        Some(lesson) => {
            add(CellRole::Title, &format!("Your task: {}.", lesson.task(lessons)));
            add(CellRole::Text, "On a finding, Enter opens its field, and f fixes it where possible.");
            add(CellRole::Text, "");
            // A page of a finding does not depend on the time.
            let page = explain(finding(lesson).as_str(), OffsetDateTime::UNIX_EPOCH).unwrap_or_default();
            add(CellRole::Text, &page);
            add(CellRole::Dim, &format!("score-setup explain {} prints this page.", finding(lesson)));
            format!("Fault {} of {}: {}", lesson.number(), Lesson::ALL.len(), lesson.title())
        }
    };
    lines.push(Line::default());
    lines.push(scene.line(CellRole::Dim, "Enter closes this page."));
    Some(Question { title, role: CellRole::Focus, lines })
}
