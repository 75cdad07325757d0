//! Draws the question about continuing an interrupted session.

use std::time::Duration;

use ratatui::text::Line;

use super::scene::{Question, Scene};
use crate::{
    shell::tui::{text, theme::CellRole},
    text::values::counted,
};

/// Returns the question, if there is a session to continue.
pub(super) fn question(scene: &Scene<'_>, columns: usize) -> Option<Question> {
    let unfinished = scene.state.offered()?;
    let (_, age) = scene.state.recalled.as_ref()?;
    let answers = match unfinished.count() {
        _ if unfinished.replaces_keys => "New keys. Type the secret again: it is not kept.".to_owned(),
        0 => "The provider is kept.".to_owned(),
        1 => "1 answer is kept. Secrets are not kept.".to_owned(),
        count => format!("{count} answers are kept. Secrets are not kept."),
    };
    let wrapped = |role, said: &str| {
        text::wrap(said, columns).into_iter().map(|line| scene.line(role, line)).collect::<Vec<Line<'static>>>()
    };
    let mut lines = wrapped(CellRole::Title, &format!("Continue where you stopped {}?", ago(*age)));
    lines.push(Line::default());
    lines.extend(wrapped(CellRole::Text, &unfinished.path.display().to_string()));
    lines.extend(wrapped(CellRole::Text, &answers));
    Some(Question { title: "Continue".into(), role: CellRole::Focus, lines })
}

/// Formats an age: `3 minutes ago`.
pub(in crate::shell) fn ago(age: Duration) -> String {
    let seconds = usize::try_from(age.as_secs()).unwrap_or(usize::MAX);
    match seconds {
        0..60 => "just now".to_owned(),
        60..3600 => format!("{} ago", counted(seconds / 60, "minute")),
        3600..86400 => format!("{} ago", counted(seconds / 3600, "hour")),
        _ => format!("{} ago", counted(seconds / 86400, "day")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_has_one_unit() {
        for (seconds, words) in [
            (59, "just now"),
            (60, "1 minute ago"),
            (7200, "2 hours ago"),
            (90_000, "1 day ago"),
            (172_800, "2 days ago"),
        ] {
            assert_eq!(ago(Duration::from_secs(seconds)), words);
        }
    }
}
