//! Finds the files of a deployment that every user of this machine can read, and the users that read them for Score:
//! those of running processes, of the start script and of systemd units.

use std::{
    fs::{self, Metadata},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use super::process::{Process, processes};
use crate::{
    effects::{
        paths::{folder, followed},
        users::{User, Users},
    },
    forms::{DescribedBy, EnvironmentOrigin, UnitUser, unit_user},
    install::deployment::{Deployment, Exposure, Launcher, Reader},
    store::files::read_regular,
};

/// The right of all users to read a file.
const ALL_READ: u32 = 0o004;

/// The most processes and the most units that are looked at.
const MOST_ENTRIES: usize = 4096;

/// The size limit of a start script and of a unit, in bytes.
const MOST: u64 = 1024 * 1024;

const UNITS: [&str; 3] = ["etc/systemd/system", "usr/lib/systemd/system", "lib/systemd/system"];

/// A user that reads files for Score, and the source of this fact. `None` if the user is not in the tables of this
/// machine.
type Evidence = (String, Option<User>, String);

/// Returns the files that every user can read, in the order of the deployment.
pub(in crate::effects) fn exposures(deployment: &Deployment) -> Vec<Exposure> {
    exposures_below(Path::new("/"), deployment)
}

/// Returns the same for the processes, users and units of the machine below this folder.
fn exposures_below(root: &Path, deployment: &Deployment) -> Vec<Exposure> {
    let open = |path: &Path| {
        let what = fs::metadata(path).ok()?;
        (what.is_file() && what.mode() & ALL_READ != 0).then_some((path.to_owned(), what))
    };
    let open: Vec<_> = deployment.files().into_iter().filter_map(|base| open(&base.path)).collect();
    if open.is_empty() {
        return Vec::new();
    }
    let users = Users::below(root);
    let of_score = of_score(root, deployment, &users);
    let this = rustix::process::geteuid();
    let exposure = |(path, what): (PathBuf, Metadata)| {
        let systemd = [("root".to_owned(), Some(User::root()), "systemd reads it".to_owned())];
        let evidence: &[Evidence] = if is_read_by_systemd(deployment, &path) {
            &systemd
        } else if is_read_by_score(deployment, &path) {
            &of_score
        } else {
            &[]
        };
        let reader = |(name, user, by): &Evidence| Reader {
            name: name.clone(),
            by: by.clone(),
            keeps: user.as_ref().is_some_and(|user| keeps(user, &what)),
        };
        Exposure {
            mode: what.mode() & 0o7777,
            owner: users.name(what.uid()),
            group: users.group(what.gid()),
            readers: evidence.iter().map(reader).collect(),
            ours: this.is_root() || this.as_raw() == what.uid(),
            path,
        }
    };
    open.into_iter().map(exposure).collect()
}

/// Returns true if the user can read the file without the right of all users.
fn keeps(user: &User, what: &Metadata) -> bool {
    match user {
        user if user.id == 0 => true,
        user if user.id == what.uid() => what.mode() & 0o400 != 0,
        user => user.groups.contains(&what.gid()) && what.mode() & 0o040 != 0,
    }
}

/// Returns true if Score reads the file itself. A container runs as a user of its own, and docker reads env files.
fn is_read_by_score(deployment: &Deployment, path: &Path) -> bool {
    let on_host = deployment.start.as_ref().is_some_and(|start| start.what != Launcher::Docker);
    let read = [&deployment.application, &deployment.bootstrap, &deployment.wrapper].into_iter();
    let mut read = read
        .chain(deployment.profile_files.iter().map(|file| &file.base))
        .chain(deployment.yaml_files.iter().map(|file| &file.base));
    on_host && read.any(|base| base.path == path)
}

/// Returns true for a unit, its drop-ins and its `EnvironmentFile=`. systemd reads them as root (systemd 255,
/// `systemd.exec(5)`: "before the process is executed").
fn is_read_by_systemd(deployment: &Deployment, path: &Path) -> bool {
    let Some(environment) = &deployment.environment else { return false };
    let EnvironmentOrigin::Described { path: unit, by: DescribedBy::Systemd, .. } = &environment.origin else {
        return false;
    };
    unit == path || environment.variables.iter().any(|variable| variable.file.as_deref() == Some(path))
}

/// Returns the users that run this Score, each with the source of the fact.
fn of_score(root: &Path, deployment: &Deployment, users: &Users) -> Vec<Evidence> {
    let mut all = running(root, deployment, users);
    let home = folder(&deployment.application.path).parent().map(Path::to_owned);
    let home = home.filter(|_| deployment.start.as_ref().is_some_and(|start| start.what == Launcher::Wrapper));
    let script = home.as_ref().and_then(|home| run_as_user(&home.join("bin/score-server")));
    let named = |name: String, by| {
        let user = users.named(&name);
        (name, user, by)
    };
    match script {
        // The script becomes this user, also if another user calls it.
        Some(name) => all.push(named(name, "RUN_AS_USER in bin/score-server".to_owned())),
        None => all.extend(units(root, deployment, home).into_iter().map(|(unit, user)| match user {
            UnitUser::Root => ("root".to_owned(), Some(User::root()), unit),
            UnitUser::Named(name) => named(name, unit),
            UnitUser::Unknown => ("an unknown user".to_owned(), None, unit),
        })),
    }
    all
}

/// Returns the users of the processes that read these files: a Score, or the wrapper that starts it.
fn running(root: &Path, deployment: &Deployment, users: &Users) -> Vec<Evidence> {
    let proc = root.join("proc");
    let identity = |path: &Path| fs::metadata(path).ok().map(|what| (what.dev(), what.ino()));
    let application = identity(&deployment.application.path);
    let wrapper = identity(&deployment.wrapper.path);
    let ours = |process: &Process| {
        let reads = process.deployment().is_some_and(|found| identity(&found.application.path) == application);
        application.is_some() && reads
    };
    let (scores, _) = processes(&proc, MOST_ENTRIES);
    let scores = scores.into_iter().filter(ours);
    // The program `wrapper` gets the path of wrapper.conf as its first argument (Score 5.11.0
    // score-server/src/main/bin/score-server).
    let wraps = |process: &Process| {
        process.second_word().is_some_and(|word| {
            let path = Path::new(&word);
            wrapper.is_some() && path.is_absolute() && word.ends_with("wrapper.conf") && identity(path) == wrapper
        })
    };
    let wrappers = Process::all(&proc, MOST_ENTRIES).into_iter().filter(wraps);
    let of = |process: Process| {
        let user = User::of_process(process.path())?;
        Some((users.name(user.id), Some(user), format!("process {}", process.number)))
    };
    let mut all: Vec<Evidence> = Vec::new();
    for evidence in scores.chain(wrappers).filter_map(of) {
        // The wrapper and its Java are one Score.
        if all.iter().all(|(name, ..)| *name != evidence.0) {
            all.push(evidence);
        }
    }
    all
}

/// Returns the user that the start script names (Score 5.11.0 score-server/src/main/bin/score-server, `RUN_AS_USER`).
fn run_as_user(script: &Path) -> Option<String> {
    let text = read_regular(script, MOST).ok()?;
    let text = String::from_utf8_lossy(&text);
    let value = text.lines().rev().find_map(|line| line.trim().strip_prefix("RUN_AS_USER="))?;
    let value = value.split('#').next().unwrap_or_default().trim().trim_matches(['"', '\'']);
    (!value.is_empty()).then(|| value.to_owned())
}

/// Returns the systemd units that start this installation, with their users.
fn units(root: &Path, deployment: &Deployment, home: Option<PathBuf>) -> Vec<(String, UnitUser)> {
    let mut paths: Vec<String> = Vec::new();
    if let Some(home) = home {
        let real = fs::canonicalize(&home).ok();
        paths.extend([Some(home), real].into_iter().flatten().map(|path| format!("{}/", path.display())));
    }
    paths.extend(deployment.jar.iter().map(|jar| jar.path.display().to_string()));
    let mut found: Vec<(String, UnitUser)> = Vec::new();
    for place in UNITS.map(|place| root.join(place)) {
        for entry in fs::read_dir(&place).into_iter().flatten().flatten().take(MOST_ENTRIES) {
            let Ok(name) = entry.file_name().into_string() else { continue };
            // A unit of /etc replaces one of the same name.
            if !name.ends_with(".service") || found.iter().any(|(known, _)| *known == name) {
                continue;
            }
            let text = |path: &Path| {
                let bytes = read_regular(&followed(path).ok()?, MOST).ok()?;
                Some(String::from_utf8_lossy(&bytes).into_owned())
            };
            let mut texts: Vec<String> = text(&entry.path()).into_iter().collect();
            let mut drop_ins: Vec<PathBuf> = UNITS
                .iter()
                .flat_map(|place| fs::read_dir(root.join(place).join(format!("{name}.d"))))
                .flat_map(|entries| entries.flatten().take(MOST_ENTRIES).map(|entry| entry.path()))
                .filter(|path| path.extension().is_some_and(|ending| ending == "conf"))
                .collect();
            drop_ins.sort_by_key(|path| path.file_name().map(ToOwned::to_owned));
            texts.extend(drop_ins.iter().filter_map(|path| text(path)));
            found.extend(unit_user(&texts, &paths).map(|user| (name, user)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::{super::load, *};

    fn write(path: &Path, text: &str, mode: u32) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    /// An installation on a machine of its own, whose user `score` owns the files.
    struct Machine(tempfile::TempDir);

    impl Machine {
        fn new(mode: u32) -> Self {
            let machine = Self(tempfile::tempdir().unwrap());
            let conf = machine.at("opt/score-server-5.11.0/conf");
            write(&conf.join("application.properties"), "s3.secretKey=canary\n", mode);
            write(&conf.join("wrapper.conf"), "wrapper.app.parameter.2=--spring.config.location=../conf/\n", 0o640);
            let id = fs::metadata(&conf).unwrap();
            let passwd =
                format!("score:x:{}:{}::/:/bin/sh\nother:x:4242:4242::/:\nroot:x:0:0::/:/bin/sh\n", id.uid(), id.gid());
            write(&machine.at("etc/passwd"), &passwd, 0o644);
            write(&machine.at("etc/group"), &format!("staff:x:{}:\nothers:x:4242:\n", id.gid()), 0o644);
            machine
        }

        fn at(&self, path: &str) -> PathBuf {
            self.0.path().join(path)
        }

        fn script(&self, line: &str) {
            write(&self.at("opt/score-server-5.11.0/bin/score-server"), &format!("#!/bin/sh\n{line}\n"), 0o755);
        }

        fn unit(&self, lines: &str) {
            let start = self.at("opt/score-server-5.11.0/bin/score-server");
            let text = format!("[Service]\nExecStart={} console\n{lines}", start.display());
            write(&self.at("etc/systemd/system/score.service"), &text, 0o644);
        }

        fn exposures(&self) -> Vec<Exposure> {
            exposures_below(self.0.path(), &load(&self.at("opt/score-server-5.11.0")).unwrap())
        }

        fn readers(&self) -> Vec<String> {
            let [exposure] = <[Exposure; 1]>::try_from(self.exposures()).unwrap();
            let told = |reader: &Reader| format!("{} {} {}", reader.name, reader.by, reader.keeps);
            exposure.readers.iter().map(told).collect()
        }
    }

    #[test]
    fn only_a_file_that_every_user_can_read_is_exposed() {
        assert_eq!(Machine::new(0o640).exposures(), []);
        let [exposure] = <[Exposure; 1]>::try_from(Machine::new(0o644).exposures()).unwrap();
        assert_eq!((exposure.mode, exposure.closed(), exposure.owner.as_str()), (0o644, 0o640, "score"));
        assert!(exposure.ours && exposure.readers.is_empty(), "{exposure:?}");
    }

    #[test]
    fn the_user_of_the_start_script_overrides_that_of_a_unit() {
        let machine = Machine::new(0o644);
        machine.script("#RUN_AS_USER=dcc_svc");
        assert_eq!(machine.readers(), [""; 0]);
        machine.unit("User=other\n");
        assert_eq!(machine.readers(), ["other score.service false"]);
        machine.unit("");
        assert_eq!(machine.readers(), ["root score.service true"]);
        machine.script("RUN_AS_USER=score");
        assert_eq!(machine.readers(), ["score RUN_AS_USER in bin/score-server true"]);
        machine.script("RUN_AS_USER=\"unheard\"");
        assert_eq!(machine.readers(), ["unheard RUN_AS_USER in bin/score-server false"]);
    }

    #[test]
    fn the_user_of_the_running_wrapper_is_found_by_its_wrapper_conf() {
        let machine = Machine::new(0o644);
        let id = fs::metadata(machine.at("etc/passwd")).unwrap();
        let process = machine.at("proc/77");
        let conf = machine.at("opt/score-server-5.11.0/bin/../conf/wrapper.conf");
        fs::create_dir_all(machine.at("opt/score-server-5.11.0/bin")).unwrap();
        write(&process.join("cmdline"), &format!("./wrapper\0{}\0wrapper.daemonize=TRUE\0", conf.display()), 0o644);
        let status = |uid: u32, gid: u32| {
            format!(
                "Name:\twrapper\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\nGid:\t{gid}\t{gid}\t{gid}\t{gid}\nGroups:\t7 {gid} \n"
            )
        };
        write(&process.join("status"), &status(id.uid(), 1), 0o644);
        assert_eq!(machine.readers(), ["score process 77 true"]);
        // A user that is in the group reads it, and another one does not.
        write(&process.join("status"), &status(4242, id.gid()), 0o644);
        assert_eq!(machine.readers(), ["other process 77 true"]);
        write(&process.join("status"), &status(4242, 4242), 0o644);
        assert_eq!(machine.readers(), ["other process 77 false"]);
    }
}
