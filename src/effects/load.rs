//! Finds and reads the deployment at a path: a folder of Score with its files, a file of variables, a compose file, a
//! container, or a running process. Knows nothing of their content.

mod companions;
mod docker;
mod exposure;
mod git;
mod jar;
mod listening;
mod process;

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use super::paths::folder;
use crate::{
    forms::{self, Base, Environment, EnvironmentOrigin, MOST_OF_SETTINGS, Sourced, environment},
    install::{
        deployment::{Deployment, EXPORT_NAMES, ExportName, Launcher, LoadError, PortHolder},
        recognise, spring,
    },
    score::{Release, Spelling, key},
    store::files::{open_regular, read_at_most, read_open, read_regular},
    text::cause,
};
pub(super) use docker::{compose_files, manifests};
pub(super) use exposure::exposures;
pub use git::would_track;
pub(super) use process::{Process, processes};

const VARIABLES: &str = ".env.score";
const FILE: &str = "application.properties";

/// Reads the deployment at this path. A folder stands for the `application.properties` in its `conf`, or else in
/// itself, or else for its compose project; `-` is standard input, such as the output of `docker inspect`;
/// `/proc/<number>` is a running Score.
///
/// # Errors
/// Returns an error if the path cannot be read. A missing properties file is not an error.
pub(super) fn load(path: &Path) -> Result<Deployment, LoadError> {
    if path == Path::new("-") {
        let bytes = standard_input().map_err(|error| failed(path, &error))?;
        return docker::load(path, bytes)?.ok_or_else(not_a_file);
    }
    if let Some(process) = Process::named(path) {
        return process.load();
    }
    let mut deployment = match fs::metadata(path) {
        Ok(what) if what.is_dir() => match docker::project(path) {
            Some(project) => project?,
            None => of_files(path, None)?,
        },
        Ok(_) => {
            let bytes = read_regular(path, forms::most()).map_err(|error| failed(path, &error))?;
            match docker::load(path, &bytes)? {
                Some(deployment) => deployment,
                // The bytes that were recognised are the ones that are used: the file may change at any time.
                None => of_files(path, Some(bytes))?,
            }
        }
        Err(error) => {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let form = forms::of_new_file(&name).filter(|_| error.kind() == io::ErrorKind::NotFound);
            let form = form.ok_or_else(|| failed(path, &error))?;
            docker::absent(path, form).map_or_else(|| of_files(path, None), Ok)?
        }
    };
    variables(&mut deployment)?;
    deployment.exports = exports(&deployment.variables.path);
    deployment.port_holder = port_holder(&deployment);
    Ok(deployment)
}

/// Reads standard input. Keeps its bytes, because a report reads the configuration for each of its parts.
fn standard_input() -> io::Result<&'static [u8]> {
    static KEPT: OnceLock<Vec<u8>> = OnceLock::new();
    if let Some(bytes) = KEPT.get() {
        return Ok(bytes);
    }
    let bytes = read_at_most(Path::new("-"), forms::most())?;
    Ok(KEPT.get_or_init(|| bytes))
}

/// Returns the process that listens at the port of an installation on this machine. A lone file may belong to another
/// machine.
fn port_holder(deployment: &Deployment) -> Option<PortHolder> {
    let start = &deployment.start.as_ref()?.what;
    if !matches!(start, Launcher::Wrapper | Launcher::Jar) {
        return None;
    }
    let view = spring::View::of(deployment, &recognise::launch(deployment, None));
    let port = view.value(key::SERVER_PORT, Spelling::Relaxed)?;
    let port = port.value.shape(|text| text.trim().parse::<u16>().ok()).filter(|port| *port > 0)?;
    listening::holder(Path::new("/proc"), port)
}

/// Reads the file of variables next to the properties file. It becomes the environment if no other source shows how
/// Score is started.
fn variables(deployment: &mut Deployment) -> Result<(), LoadError> {
    deployment.variables = companions::read(&deployment.variables.path, VARIABLES)?;
    deployment.variables.notes.extend(git::would_track(&deployment.variables.path));
    if let Some(Environment { origin: EnvironmentOrigin::File(base), .. }) = &mut deployment.environment {
        base.notes.extend(git::would_track(&base.path));
    }
    if let (None, None, Some(bytes)) = (&deployment.environment, &deployment.start, &deployment.variables.bytes) {
        let variables = environment::literal(bytes);
        let origin = EnvironmentOrigin::File(deployment.variables.clone());
        deployment.environment = Some(Environment { origin, variables });
        deployment.start = Some(Sourced { what: Launcher::Docker, by: VARIABLES.to_owned() });
    }
    Ok(())
}

/// Reads the files in this folder that other forms are written to. One that cannot be read counts as missing: writing
/// refuses it.
fn exports(beside: &Path) -> Vec<Base> {
    let read = |file: &ExportName| {
        let path = beside.with_file_name(file.name);
        let notes: Vec<String> = file.secret.then(|| git::would_track(&path)).flatten().into_iter().collect();
        let bytes = read_regular(&path, MOST_OF_SETTINGS).ok();
        (bytes.is_some() || !notes.is_empty()).then_some(Base { path, bytes, notes })
    };
    EXPORT_NAMES.iter().filter_map(read).collect()
}

/// Reads a properties file, with the files around it. `bytes` is its content if it was read already.
fn of_files(path: &Path, bytes: Option<Vec<u8>>) -> Result<Deployment, LoadError> {
    let application = application(path, bytes)?;
    let beside = |name: &str| companions::read(&application.path, name);
    let (bootstrap, wrapper) = (beside("bootstrap.properties")?, beside("wrapper.conf")?);
    let by_folder = release(&application.path);
    let mut deployment = Deployment { bootstrap, wrapper, ..Deployment::of_file(application) }.named_after(by_folder);
    companions::profiles(&mut deployment);
    jar::beside(&mut deployment);
    let by = |what, by: &str| Sourced { what, by: by.to_owned() };
    deployment.start = match (&deployment.wrapper.bytes, &deployment.jar) {
        (Some(_), _) => Some(by(Launcher::Wrapper, "wrapper.conf")),
        (None, Some(jar)) => Some(by(Launcher::Jar, &format!("{}, and no wrapper.conf", jar::named(&jar.path)))),
        (None, None) => None,
    };
    Ok(deployment)
}

/// Returns the error of properties on standard input: an installation is more than one file.
fn not_a_file() -> LoadError {
    let hint = "name the file; standard input takes what docker inspect CONTAINER prints".to_owned();
    LoadError { path: "-".into(), cause: "properties are read from a file".to_owned(), hint, wrong: true }
}

fn failed(path: &Path, error: &io::Error) -> LoadError {
    LoadError { path: path.to_owned(), cause: cause(error), hint: hint(error).to_owned(), wrong: false }
}

fn application(path: &Path, bytes: Option<Vec<u8>>) -> Result<Base, LoadError> {
    let named = fs::metadata(path);
    let path = match &named {
        Ok(what) if what.is_dir() => inside(path),
        _ => path.to_owned(),
    };
    let new = |notes| Base { path: path.clone(), bytes: None, notes };
    let file = match open_regular(&path) {
        Ok((file, _)) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound && bytes.is_none() => {
            return Ok(new(notes_of_none(&path)));
        }
        Err(error) => return Err(failed(&path, &error)),
    };
    let read = bytes.map_or_else(|| read_open(file, MOST_OF_SETTINGS), Ok);
    let bytes = read.map_err(|error| failed(&path, &error))?;
    if forms::too_many_lines(&bytes) {
        let cause = format!("it has more than {} lines, the limit of a properties file", forms::MOST_LINES);
        let hint = "name Score's application.properties; this is something else".to_owned();
        return Err(LoadError { path, cause, hint, wrong: true });
    }
    if companions::leads_elsewhere(&path, &bytes) {
        let hint = "let the link lead to a file that sets keys of Score or Spring".to_owned();
        let cause = companions::ELSEWHERE.to_owned();
        return Err(LoadError { path, cause, hint, wrong: true });
    }
    Ok(Base { notes: notes(&path), bytes: Some(bytes), path })
}

/// Returns the properties file of a folder: of a Score installation, of its `conf`, or of any folder.
fn inside(folder: &Path) -> PathBuf {
    let conf = folder.join("conf");
    if conf.is_dir() { conf.join(FILE) } else { folder.join(FILE) }
}

/// Returns the release in the folder's name as given, else in its real name: `/opt/score` is often a symbolic link.
fn release(path: &Path) -> Option<Release> {
    let of = |path: &Path| {
        let names = path.iter().rev().filter_map(|name| name.to_str()?.strip_prefix("score-server-"));
        names.map(str::parse).find_map(Result::ok)
    };
    let whole = std::path::absolute(path).ok()?;
    let folder = || fs::canonicalize(whole.parent()?).ok();
    of(&whole).or_else(|| of(&folder()?))
}

fn notes_of_none(path: &Path) -> Vec<String> {
    let folder = folder(path);
    if !folder.is_dir() {
        return vec![format!("The folder {} does not exist yet.", folder.display())];
    }
    let link = fs::read_link(path);
    let link = link.map(|to| format!("It is a symbolic link to {}, which does not exist yet.", to.display()));
    link.into_iter().chain(locked(&folder)).collect()
}

fn notes(path: &Path) -> Vec<String> {
    let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    locked(&folder(&real)).into_iter().collect()
}

fn locked(folder: &Path) -> Option<String> {
    let writable = rustix::fs::access(folder, rustix::fs::Access::WRITE_OK).is_ok();
    (!writable).then(|| format!("This user cannot write in the folder {}.", folder.display()))
}

fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "run as the user that Score runs as, or as root",
        io::ErrorKind::FileTooLarge => "name Score's application.properties; this is something else",
        io::ErrorKind::NotADirectory => "a part of the path is a file, not a folder",
        _ => "name a properties file, or Score's folder",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(deployment: &Deployment, root: &Path) -> (String, Option<String>, Option<Release>) {
        let base = &deployment.application;
        let text = base.bytes.as_ref().map(|bytes| String::from_utf8(bytes.clone()).unwrap());
        (
            base.path.strip_prefix(root).unwrap().display().to_string(),
            text,
            deployment.release.as_ref().map(|told| told.what),
        )
    }

    #[test]
    fn a_score_folder_its_conf_and_the_file_mean_the_same_file() {
        let root = tempfile::tempdir().unwrap();
        let conf = root.path().join("score-server-5.10.1/conf");
        fs::create_dir_all(&conf).unwrap();
        fs::write(conf.join(FILE), "a=b").unwrap();
        let expected = (
            "score-server-5.10.1/conf/application.properties".to_owned(),
            Some("a=b".to_owned()),
            Some(Release::R5_10),
        );
        for named in
            ["score-server-5.10.1", "score-server-5.10.1/conf", "score-server-5.10.1/conf/application.properties"]
        {
            assert_eq!(shown(&load(&root.path().join(named)).unwrap(), root.path()), expected, "{named}");
        }
    }

    #[test]
    fn the_release_is_read_through_a_symbolic_link() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("score-server-5.12.0-SNAPSHOT/conf")).unwrap();
        std::os::unix::fs::symlink("score-server-5.12.0-SNAPSHOT", root.path().join("score")).unwrap();
        let base = load(&root.path().join("score")).unwrap();
        assert_eq!(shown(&base, root.path()), ("score/conf/application.properties".into(), None, Some(Release::R5_12)));
    }

    #[test]
    fn that_there_is_no_file_is_no_error() {
        let root = tempfile::tempdir().unwrap();
        let base = load(&root.path().join("new.properties")).unwrap();
        assert_eq!(
            (shown(&base, root.path()), base.application.notes),
            (("new.properties".into(), None, None), vec![])
        );
        let base = load(&root.path().join("gone/new.properties")).unwrap();
        assert_eq!(base.application.notes, [format!("The folder {}/gone does not exist yet.", root.path().display())]);
    }

    #[test]
    fn a_folder_that_is_not_there_is_not_taken_for_a_new_file() {
        let root = tempfile::tempdir().unwrap();
        for name in ["score", "score-server-5.11.0"] {
            let error = load(&root.path().join(name)).unwrap_err();
            assert_eq!(
                (error.cause.as_str(), error.hint.as_str()),
                ("no such file or directory", "name a properties file, or Score's folder")
            );
        }
    }

    #[test]
    fn what_is_no_configuration_is_refused() {
        let many = tempfile::tempdir().unwrap();
        for name in ["application.properties", "many.properties", "many.env"] {
            let file = many.path().join(name);
            fs::write(&file, "AAAA=\n".repeat(forms::MOST_LINES + 1)).unwrap();
            let asked = if name == FILE { many.path() } else { &file };
            let cause = load(asked).unwrap_err().cause;
            assert!(cause.starts_with("it has more than 10000 lines, the limit of a"), "{name}: {cause}");
        }
        let root = tempfile::tempdir().unwrap();
        let large = root.path().join("large");
        fs::File::create(&large).unwrap().set_len(forms::most() + 1).unwrap();
        let settings = root.path().join("large.properties");
        fs::File::create(&settings).unwrap().set_len(MOST_OF_SETTINGS + 1).unwrap();
        let causes = ["/dev/zero".as_ref(), large.as_path(), &settings].map(|path| load(path).unwrap_err().cause);
        assert_eq!(
            causes,
            [
                "it is a device, a pipe or a socket, not a regular file",
                "it is larger than 16 MiB",
                "it is larger than 1 MiB, the limit of a properties file"
            ]
        );
        fs::write(root.path().join("file"), "").unwrap();
        let error = load(&root.path().join("file/application.properties")).unwrap_err();
        assert_eq!(
            (error.cause, error.hint),
            ("not a directory".into(), "a part of the path is a file, not a folder".into())
        );
    }

    #[test]
    fn a_pipe_in_the_place_of_any_file_is_refused_or_noted_and_not_waited_for() {
        let names = [
            "application.properties",
            "bootstrap.properties",
            "wrapper.conf",
            ".env.score",
            "application-x.yml",
            ".gitignore",
        ];
        for name in names {
            let root = tempfile::tempdir().unwrap();
            fs::create_dir(root.path().join(".git")).unwrap();
            assert!(std::process::Command::new("mkfifo").arg(root.path().join(name)).status().unwrap().success());
            if name != FILE {
                fs::write(root.path().join(FILE), "s3.endpoint=http://h").unwrap();
            }
            match load(root.path()) {
                Ok(deployment) => {
                    assert!(["application-x.yml", ".gitignore"].contains(&name), "{name}: {deployment:?}");
                }
                Err(error) => assert!(error.cause.contains("a pipe"), "{name}: {error:?}"),
            }
        }
    }

    #[test]
    fn a_link_to_a_file_that_is_not_a_configuration_is_not_read() {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        fs::write(at("passwords"), "root:x:0:0\nkey=canary\n").unwrap();
        fs::write(at("settings"), "s3.endpoint=http://h\n").unwrap();
        for (name, to, refused) in
            [(FILE, "passwords", true), (FILE, "settings", false), ("bootstrap.properties", "passwords", true)]
        {
            std::os::unix::fs::symlink(to, at(name)).unwrap();
            let loaded = load(root.path()).map_err(|error| error.cause);
            assert_eq!(
                loaded.map(drop),
                if refused { Err(companions::ELSEWHERE.to_owned()) } else { Ok(()) },
                "{name}"
            );
            fs::remove_file(at(name)).unwrap();
        }
    }

    #[test]
    fn a_folder_with_a_compose_file_is_a_project() {
        let root = tempfile::tempdir().unwrap();
        let compose = root.path().join("docker-compose.yml");
        fs::write(&compose, "services: {song: {image: song-server}}").unwrap();
        assert_eq!(load(root.path()).unwrap().start, None);
        fs::write(&compose, "services: {score: {image: 'x/score-server:5.11.0'}}").unwrap();
        let over = "services: {score: {environment: [A=b]}}";
        fs::write(root.path().join("docker-compose.override.yml"), over).unwrap();
        let deployment = load(root.path()).unwrap();
        assert_eq!(deployment.start.map(|told| told.what), Some(Launcher::Docker));
        assert_eq!(deployment.environment.unwrap().variables.len(), 1);
        fs::create_dir(root.path().join("conf")).unwrap();
        assert_eq!(load(root.path()).unwrap().start, None);
    }
}
