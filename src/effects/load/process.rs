//! Reads a running Score from `/proc`. Its command line shows exactly how it was started.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use time::{Duration, OffsetDateTime};

use super::{failed, jar, of_files};
use crate::{
    forms::{Base, Command, Environment, EnvironmentOrigin, Sourced, environment},
    install::{
        deployment::{Deployment, Launcher, LoadError},
        spring,
    },
    score::Release,
};

/// A process, by its folder `/proc/<number>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::effects) struct Process {
    pub(in crate::effects) number: u32,
    root: PathBuf,
}

/// The longest command line that is read, in bytes. A real one has a few pages at most.
const MOST: u64 = 1024 * 1024;

impl Process {
    /// Returns the process that the path names; `None` for any other path.
    pub(super) fn named(path: &Path) -> Option<Self> {
        let number = path.strip_prefix("/proc").ok()?.to_str()?.parse().ok()?;
        Some(Self { number, root: path.to_owned() })
    }

    /// Returns the process of a folder of this `/proc`; `None` if the folder is not that of a process.
    pub(super) fn below(proc: &Path, folder: &Path) -> Option<Self> {
        let number = folder.strip_prefix(proc).ok()?.to_str()?.parse().ok()?;
        Some(Self { number, root: folder.to_owned() })
    }

    /// Returns the processes of this `/proc`.
    pub(super) fn all(proc: &Path, most: usize) -> Vec<Self> {
        let entries = fs::read_dir(proc).into_iter().flatten().flatten();
        let numbers = entries.filter_map(|entry| {
            let number = entry.file_name().to_str()?.parse().ok()?;
            Some(Self { number, root: entry.path() })
        });
        numbers.take(most).collect()
    }

    /// Returns the first argument of its command line.
    pub(super) fn second_word(&self) -> Option<String> {
        self.words("cmdline").ok()?.into_iter().nth(1)
    }

    fn words(&self, name: &str) -> io::Result<Vec<String>> {
        let bytes = super::read_regular(&self.root.join(name), MOST)?;
        let words = bytes.split(|byte| *byte == 0).filter(|word| !word.is_empty());
        Ok(words.map(|word| String::from_utf8_lossy(word).into_owned()).collect())
    }

    /// Returns true if its command line starts a Score server.
    pub(super) fn is_score(&self) -> bool {
        let Ok(words) = self.words("cmdline") else { return false };
        let java = words.first().is_some_and(|word| Path::new(word).file_name() == Some("java".as_ref()));
        let jar = |word: &String| {
            word.split(':').any(|path| {
                let name = path.rsplit('/').next().unwrap_or_default();
                jar::is_named_so(name)
            })
        };
        java && words.iter().any(|word| jar(word) || word.starts_with("bio.overture.score.server"))
    }

    /// Reads everything that the process shows, and the files that it was started with.
    pub(super) fn load(&self) -> Result<Deployment, LoadError> {
        let words = self.words("cmdline").map_err(|error| failed(&self.root, &error))?;
        if !self.is_score() {
            let hint = "name a process of Score, or its folder".to_owned();
            let cause = "it is not a Score server".to_owned();
            return Err(LoadError { path: self.root.clone(), cause, hint, wrong: false });
        }
        let wrapped = words.iter().any(|word| word.starts_with("org.tanukisoftware.wrapper."));
        let command = Command::of_words(words);
        let (environment, trouble) = match self.words("environ") {
            Ok(words) => (environment::of_words(words.iter().map(String::as_str)), None),
            Err(error) => (Vec::new(), Some(crate::text::cause(&error))),
        };
        let environment = Environment { origin: EnvironmentOrigin::Process(self.number), variables: environment };
        let jar = command.jar().map(|path| self.inside(&path)).filter(|path| path.is_file());
        let start = if wrapped { Launcher::Wrapper } else { Launcher::Jar };
        let lone = Deployment::of_file(Base::absent(self.inside(Path::new("application.properties"))));
        let lone = Deployment { command: Some(command), environment: Some(environment), ..lone };
        let mut deployment = self.with_files(lone, start);
        if let Some(trouble) = trouble {
            let owner = "run as the user that Score runs as, or as root";
            deployment
                .notes
                .push(format!("The variables of process {} cannot be read ({trouble}); {owner}.", self.number));
        }
        if let Some(jar) = jar {
            jar::add(&mut deployment, &jar);
        }
        Ok(deployment)
    }

    /// Returns the path on this machine of a file as the process sees it.
    fn inside(&self, path: &Path) -> PathBuf {
        let own = self.root.join("root");
        let path = if path.is_absolute() {
            path.to_owned()
        } else {
            // If the link cannot be read, as for a process of a different user, reading a file below it reports the
            // reason.
            let cwd = self.root.join("cwd");
            fs::read_link(&cwd).unwrap_or(cwd).join(path)
        };
        let contained = fs::read_link(&own).is_ok_and(|root| root != Path::new("/"));
        if contained { own.join(path.strip_prefix("/").unwrap_or(&path)) } else { path }
    }

    fn with_files(&self, lone: Deployment, start: Launcher) -> Deployment {
        let by = |what| Some(Sourced { what, by: format!("process {}", self.number) });
        // The release decides only whether an additional location takes effect next to another one.
        let places = spring::places(&lone, Release::NEWEST, start);
        let named = places.first().map(|place| place.trim_start_matches("file:").trim_start_matches("//").to_owned());
        let folder = match (&named, start) {
            (Some(place), _) => Some(self.inside(Path::new(place))),
            (None, Launcher::Jar) if spring::looks_around(&lone, start) => Some(self.inside(Path::new("."))),
            (None, _) => None,
        };
        let Some(folder) = folder else {
            return Deployment { start: by(Launcher::Docker), ..lone };
        };
        let Ok(found) = of_files(&folder, None) else {
            let notes = vec![format!("The files in {} cannot be read.", folder.display())];
            return Deployment { start: by(start), notes, ..lone };
        };
        // The next start reads wrapper.conf, even if this one did not.
        let command = if start == Launcher::Wrapper && found.wrapper.bytes.is_some() { None } else { lone.command };
        Deployment { command, environment: lone.environment, start: by(start), ..found }
    }

    /// Returns the systemd unit that started it: the last part of its control group, if that is a service (systemd,
    /// `docs/CGROUP_DELEGATION.md`).
    pub(in crate::effects) fn unit(&self) -> Option<String> {
        let groups = super::read_regular(&self.root.join("cgroup"), MOST).ok()?;
        let groups = String::from_utf8_lossy(&groups);
        let unit = groups.lines().find_map(|line| {
            let name = line.rsplit('/').next()?.strip_suffix(".service")?;
            let plain = |letter: char| letter.is_ascii_alphanumeric() || "_-.:@\\".contains(letter);
            (line.contains("/system.slice/") && name.chars().all(plain)).then_some(name)
        });
        unit.map(str::to_owned)
    }

    /// Returns the time of its start; `None` if it cannot be read.
    pub(in crate::effects) fn since(&self, boot: OffsetDateTime) -> Option<OffsetDateTime> {
        let stat = fs::read_to_string(self.root.join("stat")).ok()?;
        // The name of the process, in parentheses, may contain anything. The 22nd field is the 20th after it.
        let ticks: i64 = stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()?;
        let per_second = i64::try_from(rustix::param::clock_ticks_per_second()).ok().filter(|number| *number > 0)?;
        Some(boot + Duration::milliseconds(ticks.checked_mul(1000)? / per_second))
    }
}

/// Returns the Score servers among the processes, and the time when this machine was started.
pub(in crate::effects) fn processes(proc: &Path, most: usize) -> (Vec<Process>, Option<OffsetDateTime>) {
    let found = Process::all(proc, most).into_iter().filter(Process::is_score).collect();
    let stat = fs::read_to_string(proc.join("stat")).unwrap_or_default();
    let boot = stat.lines().find_map(|line| line.strip_prefix("btime ")?.trim().parse().ok());
    (found, boot.and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok()))
}

impl Process {
    /// Returns the same deployment as `load`, or `None` if it cannot be read.
    pub(in crate::effects) fn deployment(&self) -> Option<Deployment> {
        self.load().ok()
    }

    pub(in crate::effects) fn path(&self) -> &Path {
        &self.root
    }
}
