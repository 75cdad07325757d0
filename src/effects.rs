//! The only place that touches the world: performs effects and sends what came of them as events on one channel.

mod credentials;
mod facts;
mod find;
mod load;
mod paths;
pub mod perform;
mod save;
pub mod signals;
mod users;
pub mod write;

use std::path::Path;

use crate::{
    forms::{Base, EnvironmentOrigin},
    install::deployment::{Deployment, LoadError},
};

pub use credentials::find_credentials;
pub use facts::{Facts, facts, system};
pub use find::{StateFolder, find};
pub use load::would_track;
pub use perform::Performer;
pub use save::{make_folder, save, save_as};

/// Reads the deployment at this path, and notes which of its files may be incomplete or open to every user.
///
/// # Errors
/// Returns an error if the path cannot be read. A missing properties file is not an error.
pub fn load(path: &Path) -> Result<Deployment, LoadError> {
    let mut deployment = load::load(path)?;
    deployment.exposed = load::exposures(&deployment);
    let Deployment { application, bootstrap, wrapper, variables, profile_files, environment, .. } = &mut deployment;
    [application, bootstrap, wrapper, variables].into_iter().for_each(note_interruption);
    for file in profile_files {
        note_interruption(&mut file.base);
    }
    if let Some(EnvironmentOrigin::File(base)) = environment.as_mut().map(|environment| &mut environment.origin) {
        note_interruption(base);
    }
    Ok(deployment)
}

fn note_interruption(base: &mut Base) {
    base.notes.extend(write::interrupted(&base.path).map(|backup| {
        format!(
            "Writing {} was interrupted, so the file may be incomplete. The previous version is in {}. To restore it, run: score-setup restore",
            base.path.display(),
            backup.display()
        )
    }));
}
