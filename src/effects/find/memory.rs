//! Remembers the last session in the state folder of the operator: the answers of an interrupted session, without secrets
//! and for one day, and the results of the last checks. A session never depends on its memory: what cannot be read is
//! ignored, and what cannot be written is only logged.
//!
//! ```text
//!  $XDG_STATE_HOME/score-setup/      0700
//!    answers.json                    0600, removed by use, by a write, after a day, or by --forget
//!    results.json                    0600, the newest results only
//!    lifecycle/BUCKET.TIME.xml       0600, rules of a bucket before they were replaced; kept until the operator deletes them
//! ```

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs::{self, DirBuilder, File, Permissions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use rustix::process::geteuid;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use time::{OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};

use super::newer;
use crate::{
    install::deployment::{CheckOutcome, LastCheck, Sighting},
    store::files::read_regular,
    wizard::{Effect, Unfinished},
};

/// The life of kept answers.
const LIFE: Duration = Duration::from_hours(24);
/// The size limit of a file, in bytes.
const MOST: u64 = 256 * 1024;
/// The most deployments with a result. The list of deployments shows fewer.
const MOST_RESULTS: usize = 100;

const ANSWERS: &str = "answers.json";
const RESULTS: &str = "results.json";
const RULES: &str = "lifecycle";
const STAMP: &[BorrowedFormatItem] = format_description!("[year][month][day]T[hour][minute][second]Z");
/// The most characters of a bucket in the name of a file. S3 allows 63.
const MOST_OF_NAME: usize = 100;

/// The state folder of this program.
#[derive(Debug, Clone)]
pub struct StateFolder {
    folder: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct AnswersFile {
    /// The time of saving, in seconds since 1970.
    saved: u64,
    unfinished: Unfinished,
}

#[derive(Serialize, Deserialize)]
struct ResultEntry {
    /// The time of the end, in seconds since 1970.
    at: u64,
    outcome: String,
    problems: usize,
}

/// The results, by the path of the properties file.
type Results = BTreeMap<PathBuf, ResultEntry>;

impl StateFolder {
    /// Returns the state folder by the variables of this process (XDG Base Directory Specification 0.8). `None` if there is
    /// none, or if it belongs to a different user: a program that runs by sudo must not write into the home of its caller.
    #[must_use]
    pub fn of_operator(variable: impl Fn(&str) -> Option<OsString>) -> Option<Self> {
        let absolute = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let base = absolute("XDG_STATE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/state")))?;
        let nearest = base.ancestors().find_map(|folder| fs::metadata(folder).ok())?;
        let own = nearest.uid() == geteuid().as_raw();
        own.then(|| Self { folder: base.join("score-setup") })
    }

    /// Returns the answers of an interrupted session, and their age.
    #[must_use]
    pub fn recall(&self) -> Option<(Unfinished, Duration)> {
        let kept: AnswersFile = self.read(ANSWERS)?;
        let age = Duration::from_secs(seconds(SystemTime::now()).checked_sub(kept.saved)?);
        if age > LIFE {
            self.forget_answers();
            return None;
        }
        kept.unfinished.path.is_absolute().then_some((kept.unfinished, age))
    }

    /// Performs an effect on the memory.
    pub fn perform(&self, effect: Effect) {
        match effect {
            Effect::Remember(unfinished) => self.remember(unfinished),
            Effect::ForgetAnswers => self.forget_answers(),
            Effect::KeepResult { path, outcome } => self.keep_result(&path, outcome),
            _ => {}
        }
    }

    /// Keeps the answers of the session, in the place of earlier ones.
    fn remember(&self, unfinished: Unfinished) {
        self.write(ANSWERS, &AnswersFile { saved: seconds(SystemTime::now()), unfinished });
    }

    /// Removes the answers.
    fn forget_answers(&self) {
        if let Err(error) = remove(&self.folder.join(ANSWERS)) {
            tracing::warn!("the kept answers cannot be removed: {error}");
        }
    }

    /// Keeps the result of checks on the files of a deployment.
    fn keep_result(&self, path: &Path, outcome: CheckOutcome) {
        let mut results: Results = self.read(RESULTS).unwrap_or_default();
        let (outcome, problems) = match outcome {
            CheckOutcome::Worked => ("worked", 0),
            CheckOutcome::NothingWrong => ("nothing-wrong", 0),
            CheckOutcome::Problems(count) => ("problems", count),
        };
        let at = seconds(SystemTime::now());
        results.insert(path.to_owned(), ResultEntry { at, outcome: outcome.to_owned(), problems });
        while results.len() > MOST_RESULTS {
            let oldest = results.iter().min_by_key(|(_, entry)| entry.at).map(|(path, _)| path.clone());
            oldest.map(|path| results.remove(&path));
        }
        self.write(RESULTS, &results);
    }

    /// Adds the last results to the deployments that were found.
    pub fn add_results(&self, sightings: &mut [Sighting]) {
        let results: Results = self.read(RESULTS).unwrap_or_default();
        for sighting in sightings {
            let entry = results.get(&sighting.deployment.application.path);
            sighting.checked = entry.and_then(|entry| {
                let at = OffsetDateTime::from_unix_timestamp(entry.at.try_into().ok()?).ok()?;
                let outcome = match entry.outcome.as_str() {
                    "worked" => CheckOutcome::Worked,
                    "nothing-wrong" => CheckOutcome::NothingWrong,
                    "problems" => CheckOutcome::Problems(entry.problems),
                    _ => return None,
                };
                // The result was kept within a second after the file was written.
                let changed = newer(&sighting.deployment, at + time::Duration::SECOND);
                Some(LastCheck { at, outcome, changed })
            });
        }
    }

    /// Keeps the lifecycle rules of a bucket in a new file, on the disk before this returns. Returns its path.
    ///
    /// # Errors
    /// Returns an error if the file cannot be written.
    pub fn keep_rules(&self, bucket: &str, document: &[u8], now: OffsetDateTime) -> io::Result<PathBuf> {
        let folder = self.folder.join(RULES);
        self.create(&folder)?;
        let stamp = now.format(STAMP).map_err(io::Error::other)?;
        // The name of a bucket may come from a file.
        let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '.' { c } else { '_' };
        let bucket: String = bucket.chars().take(MOST_OF_NAME).map(plain).collect();
        let mut file = tempfile::Builder::new()
            .prefix(&format!("{}.{stamp}.", bucket.trim_start_matches('.')))
            .suffix(".xml")
            .permissions(Permissions::from_mode(0o600))
            .tempfile_in(&folder)?;
        file.write_all(document)?;
        file.as_file().sync_all()?;
        let (_, path) = file.keep().map_err(|refused| refused.error)?;
        File::open(&folder)?.sync_all()?;
        Ok(path)
    }

    /// Removes everything that was remembered, except lifecycle rules that were kept to be put back. Returns the folder if there was something.
    ///
    /// # Errors
    /// Returns an error if something cannot be removed.
    pub fn forget(&self) -> io::Result<Option<PathBuf>> {
        let found = [ANSWERS, RESULTS].map(|name| remove(&self.folder.join(name)));
        let mut any = false;
        for removed in found {
            any |= removed?;
        }
        // The folder stays if it contains the file of something else.
        let _ = fs::remove_dir(&self.folder);
        Ok(any.then(|| self.folder.clone()))
    }

    /// Reads a file of this user. What is damaged, too large, or of a different user is ignored.
    fn read<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        let path = self.folder.join(name);
        let own = fs::symlink_metadata(&path).ok()?;
        if !own.is_file() || own.uid() != geteuid().as_raw() {
            return None;
        }
        let bytes = read_regular(&path, MOST).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    fn write(&self, name: &str, content: &impl Serialize) {
        if let Err(error) = self.try_write(name, content) {
            tracing::warn!("{name} cannot be kept: {error}");
        }
    }

    /// Creates this folder below the state folder, if it is missing.
    fn create(&self, folder: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        for folder in [&self.folder, folder] {
            let folder = fs::metadata(folder)?;
            if folder.uid() != geteuid().as_raw() || folder.mode() & 0o022 != 0 {
                return Err(io::Error::other("others can write its folder"));
            }
        }
        Ok(())
    }

    /// Replaces a file. It has its name only when it is complete.
    fn try_write(&self, name: &str, content: &impl Serialize) -> io::Result<()> {
        let bytes = serde_json::to_vec(content)?;
        if bytes.len() as u64 > MOST {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.create(&self.folder)?;
        let mut file = tempfile::Builder::new()
            .prefix(".score-setup.")
            .permissions(Permissions::from_mode(0o600))
            .tempfile_in(&self.folder)?;
        file.write_all(&bytes)?;
        file.persist(self.folder.join(name)).map(drop).map_err(|refused| refused.error)
    }
}

/// Removes a file. Returns true if it existed.
fn remove(path: &Path) -> io::Result<bool> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{score::Step, wizard::Purpose};

    fn memory(root: &Path) -> StateFolder {
        let state = root.to_owned();
        StateFolder::of_operator(move |name| (name == "XDG_STATE_HOME").then(|| state.clone().into())).unwrap()
    }

    fn unfinished() -> Unfinished {
        Unfinished {
            path: "/srv/score/application.properties".into(),
            purpose: Purpose::Reconfigure,
            step: Step::Buckets,
            answers: "provider = \"minio\"\n".into(),
            replaces_keys: false,
        }
    }

    #[test]
    fn answers_are_the_owners_alone_and_kept_for_a_day() {
        let root = tempfile::tempdir().unwrap();
        let memory = memory(root.path());
        assert!(memory.recall().is_none());
        memory.remember(unfinished());
        let (recalled, age) = memory.recall().unwrap();
        assert_eq!(recalled, unfinished());
        assert!(age < Duration::from_mins(1));
        let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
        let file = memory.folder.join(ANSWERS);
        assert_eq!((mode(&memory.folder), mode(&file)), (0o700, 0o600));
        let text = fs::read_to_string(&file).unwrap();
        let saved = seconds(SystemTime::now()) - LIFE.as_secs() - 60;
        let mut old: AnswersFile = serde_json::from_str(&text).unwrap();
        old.saved = saved;
        memory.write(ANSWERS, &old);
        assert!(memory.recall().is_none() && !file.exists());
    }

    #[test]
    fn what_is_damaged_is_ignored_and_replaced() {
        let root = tempfile::tempdir().unwrap();
        let memory = memory(root.path());
        memory.remember(unfinished());
        let file = memory.folder.join(ANSWERS);
        for damaged in ["", "{", "[]", "{\"saved\":1}", &"x".repeat(300_000)] {
            fs::write(&file, damaged).unwrap();
            assert!(memory.recall().is_none());
        }
        fs::remove_file(&file).unwrap();
        std::os::unix::fs::symlink("/dev/zero", &file).unwrap();
        assert!(memory.recall().is_none());
        memory.remember(unfinished());
        assert!(memory.recall().is_some());
    }

    #[test]
    fn only_the_newest_results_are_kept_and_all_is_forgotten() {
        let root = tempfile::tempdir().unwrap();
        let memory = memory(root.path());
        for number in 0..MOST_RESULTS + 5 {
            memory.keep_result(Path::new(&format!("/srv/{number}")), CheckOutcome::Problems(2));
        }
        let results: Results = memory.read(RESULTS).unwrap();
        assert_eq!(results.len(), MOST_RESULTS);
        assert!(memory.forget().unwrap().is_some() && !memory.folder.exists());
        assert_eq!(memory.forget().unwrap(), None);
    }

    #[test]
    fn there_is_no_memory_without_an_absolute_folder() {
        assert!(StateFolder::of_operator(|_| None).is_none());
        assert!(StateFolder::of_operator(|_| Some("relative".into())).is_none());
    }
}
