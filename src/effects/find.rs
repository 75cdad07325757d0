//! Looks for deployments of Score on this machine. Reads only files and processes, uses no network and changes nothing.
//! Looks one level deep in the usual folders, with a time limit, because the first screen does not wait for a search.

mod memory;

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use time::OffsetDateTime;

pub use memory::StateFolder;

use super::{
    load::{compose_files, load, manifests, processes},
    paths::folder,
};
use crate::{
    forms::Sourced,
    install::deployment::{Deployment, ExportForm, Launcher, Running, Sighting},
};

const USUAL: [&str; 4] = ["/opt", "/srv", "/usr/local", "/var/lib"];

/// Time limit of a search. Folders that are not reached by then are not searched. The first frame does not wait for it.
const LONGEST: Duration = Duration::from_millis(300);
/// The most entries that are read of one folder or of `/proc`. Folders of software have fewer.
const MOST_ENTRIES: usize = 4096;
/// The most deployments that are returned; a list cannot show more.
const MOST_FOUND: usize = 50;

/// The folders to search.
#[derive(Debug, Clone)]
struct Places {
    /// Folders that may be, or contain, a folder of Score.
    folders: Vec<PathBuf>,
    /// Folders that may contain a compose file, or folders with one.
    compose: Vec<PathBuf>,
    /// The folder whose files may be Kubernetes objects.
    manifests: PathBuf,
    proc: PathBuf,
}

/// Returns the deployments in, above and below this folder, those in the usual folders, and those that run.
#[must_use]
pub fn find(from: &Path) -> Vec<Sighting> {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let mut folders: Vec<PathBuf> = from.ancestors().map(Path::to_owned).collect();
    folders.extend(home.clone());
    folders.extend(USUAL.map(PathBuf::from));
    let compose = [from.to_owned()].into_iter().chain(home).collect();
    look(&Places { folders, compose, manifests: from.to_owned(), proc: "/proc".into() }, Instant::now() + LONGEST)
}

fn look(places: &Places, until: Instant) -> Vec<Sighting> {
    let in_time = || Instant::now() < until;
    let mut paths = Vec::new();
    for folder in &places.folders {
        paths.push(folder.clone());
        paths.extend(children(folder).into_iter().filter(|path| is_score(path)));
    }
    for folder in &places.compose {
        let inner = children(folder).into_iter().filter(|_| in_time());
        paths.extend(
            std::iter::once(folder.clone()).chain(inner).flat_map(|folder| compose_files(&folder, MOST_ENTRIES)),
        );
    }
    let objects = manifests(&places.manifests, MOST_ENTRIES);
    paths.extend(objects.iter().cloned());
    let (running, boot) = processes(&places.proc, MOST_ENTRIES);
    let mut met = HashSet::new();
    let mut found: Vec<Sighting> = Vec::new();
    for process in running {
        let (Some(deployment), Some(since)) = (process.deployment(), boot.and_then(|boot| process.since(boot))) else {
            continue;
        };
        let path = match &deployment.application.bytes {
            Some(_) => folder(&deployment.application.path),
            None => process.path().to_owned(),
        };
        met.insert(identity(&deployment));
        let running =
            Some(Running { process: process.number, since, outdated: newer(&deployment, since), unit: process.unit() });
        found.push(Sighting { path, deployment, running, checked: None });
    }
    for path in paths.into_iter().take_while(|_| in_time()) {
        let named = is_score(&path);
        let Ok(deployment) = load(&path) else { continue };
        // Other servers have such folders too: Song's differs only in its jar.
        let here = places.folders.first() == Some(&path) && deployment.application.bytes.is_some();
        let compose = matches!(deployment.start, Some(Sourced { what: Launcher::Docker, .. }));
        // Another YAML file, such as an env file with this ending, is not looked for.
        if objects.contains(&path) && deployment.form() != Some(ExportForm::Kubernetes) {
            continue;
        }
        let told = named || here || compose || deployment.release.is_some() || deployment.jar.is_some();
        if told && met.insert(identity(&deployment)) {
            found.push(Sighting { path, deployment, running: None, checked: None });
        }
    }
    found.truncate(MOST_FOUND);
    found
}

fn children(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().take(MOST_ENTRIES);
    let mut folders: Vec<PathBuf> =
        entries.filter(|entry| entry.file_type().is_ok_and(|what| !what.is_file())).map(|entry| entry.path()).collect();
    folders.sort_unstable();
    folders.retain(|path| path.is_dir());
    folders
}

fn is_score(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with("score-server"))
}

/// Returns the path that identifies a deployment, whichever path it was found by.
fn identity(deployment: &Deployment) -> PathBuf {
    let path = deployment.environment.as_ref().and_then(|environment| environment.origin.path());
    let path = path.unwrap_or(&deployment.application.path);
    let folder = fs::canonicalize(folder(path)).unwrap_or_else(|_| folder(path));
    folder.join(path.file_name().unwrap_or_default())
}

/// Returns true if a file of the deployment was changed after this time.
pub(super) fn newer(deployment: &Deployment, since: OffsetDateTime) -> bool {
    let bases = [&deployment.application, &deployment.bootstrap, &deployment.wrapper].into_iter();
    let bases = bases.chain(deployment.profile_files.iter().map(|file| &file.base));
    let mut bases = bases.chain(deployment.yaml_files.iter().map(|file| &file.base));
    bases.any(|base| {
        let changed = fs::metadata(&base.path).and_then(|what| what.modified());
        changed.is_ok_and(|changed| OffsetDateTime::from(changed) > since)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::Release;

    fn write(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn looked(root: &Path) -> Vec<Sighting> {
        let places = Places {
            folders: vec![root.join("work"), root.join("opt")],
            compose: vec![root.join("work")],
            manifests: root.join("work"),
            proc: root.join("proc"),
        };
        look(&places, Instant::now() + Duration::from_mins(1))
    }

    #[test]
    fn folders_compose_files_and_processes_are_found_each_once() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        let score = root.join("opt/score-server-5.10.1");
        write(&score.join("conf/application.properties"), "a=b");
        write(&score.join("conf/wrapper.conf"), "");
        std::os::unix::fs::symlink("score-server-5.10.1", root.join("opt/score-server")).unwrap();
        write(&root.join("opt/other/conf/application.properties"), "");
        write(&root.join("opt/conf/wrapper.conf"), "");
        write(&root.join("opt/conf/application.properties"), "another server's");
        write(&root.join("work/lab/compose.yml"), "services: {score: {image: 'x/score-server:5.11.0'}}");
        let object = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: store}\nspec: {template: {spec: {containers: [{name: a, image: x, env: [{name: OBJECT_SENTINEL, value: heliograph}]}]}}}\n";
        write(&root.join("work/score.yaml"), object);
        write(&root.join("work/song.yaml"), "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: song}\n");
        write(&root.join("work/kubeconfig.yaml"), object);
        write(&root.join("work/config.yaml"), "apiVersion: v1\nkind: Config\nusers: [{name: a, user: {token: b}}]\n");
        write(&root.join("work/lab2/compose.yml"), "services: {song: {image: 'x/song-server'}}");
        let found = looked(root);
        let told: Vec<_> = found
            .iter()
            .map(|one| {
                let path = one.path.strip_prefix(root).unwrap().display().to_string();
                let deployment = &one.deployment;
                (
                    path,
                    deployment.release.as_ref().map(|told| told.what),
                    deployment.start.as_ref().map(|told| told.what),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                ("opt/score-server".into(), Some(Release::R5_10), Some(Launcher::Wrapper)),
                ("work/lab/compose.yml".into(), Some(Release::R5_11), Some(Launcher::Docker)),
                ("work/score.yaml".into(), None, Some(Launcher::Docker)),
            ]
        );
    }

    #[test]
    fn a_running_score_is_told_with_its_files_and_whether_they_are_newer() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        let score = root.join("opt/score-server-5.11.0");
        write(&score.join("conf/application.properties"), "a=b");
        write(&score.join("conf/wrapper.conf"), "wrapper.app.parameter.2=--spring.config.location=../conf/");
        fs::create_dir(score.join("bin")).unwrap();
        let process = root.join("proc/77");
        let words = [
            "java",
            "-cp",
            "../lib/score-server.jar",
            "org.tanukisoftware.wrapper.WrapperSimpleApp",
            "org.springframework.boot.loader.JarLauncher",
            "--spring.config.location=../conf/",
        ];
        write(&process.join("cmdline"), &words.join("\0"));
        write(&process.join("environ"), "S3_ENDPOINT=http://x\0PATH=/bin\0");
        write(&process.join("stat"), &format!("77 (a) b) S {}", ["1"; 30].join(" ")));
        write(&process.join("cgroup"), "0::/system.slice/score.service\n");
        std::os::unix::fs::symlink(score.join("bin"), process.join("cwd")).unwrap();
        std::os::unix::fs::symlink("/", process.join("root")).unwrap();
        write(&root.join("proc/78/cmdline"), "java\0-jar\0song-server.jar");
        write(&root.join("proc/stat"), "cpu 1\nbtime 1000\n");
        let found = looked(root);
        assert_eq!(found.len(), 1);
        let running = found[0].running.as_ref().unwrap();
        assert_eq!((running.process, running.since.unix_timestamp(), running.outdated), (77, 1000, true));
        assert_eq!(running.unit.as_deref(), Some("score"));
        let deployment = &found[0].deployment;
        assert_eq!(deployment.start.as_ref().map(|told| told.what), Some(Launcher::Wrapper));
        assert_eq!(deployment.environment.as_ref().unwrap().variables[0].name, "S3_ENDPOINT");
        assert!(deployment.application.bytes.is_some() && deployment.command.is_none());
    }

    /// The process is one of a different user: files in this program's own folder are not Score's.
    #[test]
    fn of_a_process_whose_folder_cannot_be_seen_no_other_folder_is_read() {
        let root = tempfile::tempdir().unwrap();
        let process = root.path().join("proc/77");
        write(&process.join("cmdline"), "java\0-jar\0score-server.jar");
        write(&process.join("stat"), &format!("77 (a) S {}", ["1"; 30].join(" ")));
        write(&root.path().join("proc/stat"), "btime 1000\n");
        let found = looked(root.path());
        assert!(found[0].deployment.application.path.starts_with(&process), "{found:?}");
    }

    #[test]
    fn a_search_whose_time_is_up_ends() {
        let root = tempfile::tempdir().unwrap();
        write(&root.path().join("opt/score-server-5.9.0/conf/application.properties"), "");
        let places = Places {
            folders: vec![root.path().join("opt")],
            compose: Vec::new(),
            manifests: root.path().join("none"),
            proc: root.path().into(),
        };
        assert_eq!(look(&places, Instant::now()), []);
    }
}
