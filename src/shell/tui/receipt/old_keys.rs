//! Says what is to be done with old keys, once new ones are written.

use time::macros::format_description;

use crate::{
    text::{shell_word, values::counted},
    wizard::AfterRotation,
};

/// The words before the commands that delete backups.
pub const BACKUPS: &str = "These backups contain the old secret. Delete them with it:";

/// Says how long the old key must stay. `None` if it has ended with its secret.
#[must_use]
pub fn keep(after: &AfterRotation) -> Option<String> {
    if !after.overlap {
        return None;
    }
    let named = after.old.as_ref().map_or(String::new(), |key| format!(" {key}"));
    let days = counted(usize::try_from(after.valid.as_secs() / (24 * 60 * 60)).unwrap_or(usize::MAX), "day");
    Some(match after.until {
        Some(until) => {
            let stamp = until.format(format_description!("[year]-[month]-[day] [hour]:[minute] UTC"));
            let stamp = stamp.unwrap_or_default();
            format!("Keep the old key{named} until {stamp}. URLs that were signed with it stay in use for {days}.")
        }
        None => format!(
            "Keep the old key{named} for {days} after the last Score with it has ended. URLs that were signed with it \
             stay in use for so long."
        ),
    })
}

/// Returns the commands that delete the backups with the old secret.
#[must_use]
pub fn delete(after: &AfterRotation) -> Vec<String> {
    after.backups.iter().map(|path| format!("rm {}", shell_word(&path.display().to_string()))).collect()
}
