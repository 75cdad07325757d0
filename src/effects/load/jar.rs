//! Reads the release and the configuration from `score-server.jar`. A file that is not a jar becomes a note, not an
//! error.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use zip::ZipArchive;

use crate::{effects::paths::folder, store::files::open_regular};
use crate::{
    forms::{Jar, Sourced},
    install::deployment::Deployment,
    text::{cause, yaml::YamlError},
};

/// The most bytes that are read of one entry. Real entries have a few kilobytes; a zip bomb has any number.
const MOST: u64 = 1024 * 1024;
/// The most entries of a jar. Score's has 300.
const MOST_ENTRIES: usize = 100_000;

const NAME: &str = "score-server.jar";
const CONFIGURATION: &str = "BOOT-INF/classes/application.yml";
const MANIFEST: &str = "META-INF/MANIFEST.MF";
const POM: &str = "META-INF/maven/bio.overture/score-server/pom.properties";

/// Returns the name for messages: with its folder, if that is `lib`.
pub(super) fn named(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let in_lib = path.parent().and_then(Path::file_name) == Some("lib".as_ref());
    if in_lib { format!("lib/{name}") } else { name.into_owned() }
}

/// Returns true for names such as `score-server.jar` and `score-server-5.11.0.jar`.
pub(super) fn is_named_so(name: &str) -> bool {
    name.starts_with("score-server") && Path::new(name).extension() == Some("jar".as_ref())
}

/// Looks for the jar of the deployment, and adds its release and configuration.
pub(super) fn beside(deployment: &mut Deployment) {
    if let Some(path) = find(&folder(&deployment.application.path)) {
        add(deployment, &path);
    }
}

/// Adds the release and the configuration of this jar. Its release overrides the one in the name of the folder.
pub(super) fn add(deployment: &mut Deployment, path: &Path) {
    match read(path) {
        Err(why) => deployment.notes.push(format!("{} does not tell its release: {why}.", named(path))),
        Ok((jar, release)) => {
            if let (Some(release), Some(folder)) = (&release, &deployment.release)
                && release.what != folder.what
            {
                deployment.notes.push(format!(
                    "By {} this is Score {}, by {} it is {}: the jar counts, as it is what runs.",
                    folder.by, folder.what, release.by, release.what
                ));
            }
            deployment.release = release.or(deployment.release.take());
            deployment.jar = jar;
        }
    }
}

/// Finds `../lib/score-server.jar`, or a jar with such a name next to the file, as for `java -jar`.
fn find(conf: &Path) -> Option<PathBuf> {
    let whole = std::path::absolute(conf).ok()?;
    let places = [Some(whole.join("../lib")), Some(whole.join("lib")), Some(whole.clone()), Some(whole.join(".."))];
    // In other folders only this exact name is accepted, because they may contain anything.
    let there = |path: &PathBuf| path.symlink_metadata().is_ok();
    let exact = places.iter().flatten().map(|place| place.join(NAME)).find(there);
    let named = || {
        let entries = fs::read_dir(&whole).ok()?.flatten().take(1000);
        let names = entries.filter(|entry| {
            let name = entry.file_name();
            name.to_str().is_some_and(is_named_so)
        });
        names.map(|entry| entry.path()).filter(|path| path.is_file()).max()
    };
    exact.or_else(named).map(|path| tidy(&path))
}

/// Removes `conf/..` from a path.
fn tidy(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir if tidy.file_name().is_some() => {
                tidy.pop();
            }
            part => tidy.push(part),
        }
    }
    // After a symbolic link, `..` may lead elsewhere.
    if tidy.exists() { tidy } else { path.to_owned() }
}

type Contents = (Option<Jar>, Option<Sourced<crate::score::Release>>);

/// The reason why a file does not show its release.
#[derive(Debug, thiserror::Error)]
enum JarError {
    #[error("{}", cause(.0))]
    Unreadable(#[from] io::Error),
    #[error("it is not a file")]
    NotAFile,
    #[error("it is not a jar")]
    NotAJar,
    #[error("it has too many entries")]
    TooManyEntries,
    #[error("{0} in it is damaged")]
    Damaged(&'static str),
    #[error("{0} in it is too large")]
    TooLarge(&'static str),
    #[error(transparent)]
    Configuration(#[from] YamlError),
    #[error("it is not Score's")]
    NotScore,
}

fn read(path: &Path) -> Result<Contents, JarError> {
    if !fs::metadata(path)?.is_file() {
        return Err(JarError::NotAFile);
    }
    let (file, _) = open_regular(path)?;
    let mut jar = ZipArchive::new(file).map_err(|_| JarError::NotAJar)?;
    if jar.len() > MOST_ENTRIES {
        return Err(JarError::TooManyEntries);
    }
    let manifest = entry(&mut jar, MANIFEST)?.unwrap_or_default();
    let pom = entry(&mut jar, POM)?.unwrap_or_default();
    let configuration = entry(&mut jar, CONFIGURATION)?;
    let sections = configuration.map(|text| Jar::sections(&text)).transpose()?;
    let by_name = [line(&manifest, "Implementation-Version: "), line(&pom, "version=")];
    let by_name = by_name.into_iter().flatten().find_map(|version| version.parse().ok());
    let of_itself = by_name.map(|what| Sourced { what, by: named(path) });
    let by_sections = || {
        let what = Jar::release_of(sections.as_deref()?)?;
        Some(Sourced { what, by: format!("what is set in {}", named(path)) })
    };
    let release = of_itself.or_else(by_sections);
    if release.is_none() && sections.is_none() {
        return Err(JarError::NotScore);
    }
    Ok((sections.map(|sections| Jar { path: path.to_owned(), sections }), release))
}

fn line<'a>(text: &'a str, beginning: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(beginning)).map(str::trim)
}

fn entry(jar: &mut ZipArchive<File>, name: &'static str) -> Result<Option<String>, JarError> {
    let Ok(entry) = jar.by_name(name) else { return Ok(None) };
    let mut bytes = Vec::new();
    entry.take(MOST + 1).read_to_end(&mut bytes).map_err(|_| JarError::Damaged(name))?;
    if bytes.len() as u64 > MOST {
        return Err(JarError::TooLarge(name));
    }
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

    use super::*;
    use crate::{forms::Base, score::Release};

    fn jar(path: &Path, entries: &[(&str, &[u8])]) {
        let mut zip = ZipWriter::new(File::create(path).unwrap());
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        for (name, bytes) in entries {
            zip.start_file(*name, options).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap();
    }

    fn added(path: &Path) -> (Option<String>, Option<usize>, Vec<String>) {
        let mut deployment = Deployment::of_file(Base::absent("application.properties".into()));
        add(&mut deployment, path);
        let release = deployment.release.map(|told| format!("{} by {}", told.what, told.by));
        (release, deployment.jar.map(|jar| jar.sections.len()), deployment.notes)
    }

    const SECTIONS: &[u8] = b"object.sentinel: x\nserver.cors.allowedOrigins: y\n---\nspring.profiles: prod\na: b\n";

    #[test]
    fn a_jar_tells_its_release_by_its_manifest_or_its_build_or_what_it_sets() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join(NAME);
        let manifest = (MANIFEST, b"Manifest-Version: 1.0\r\nImplementation-Version: 5.11.0\r\n".as_slice());
        jar(&path, &[manifest, (CONFIGURATION, SECTIONS)]);
        assert_eq!(added(&path), (Some("5.11 by score-server.jar".into()), Some(2), vec![]));
        jar(&path, &[(MANIFEST, b"Manifest-Version: 1.0\n"), (POM, b"version=5.12.0-SNAPSHOT\n")]);
        assert_eq!(added(&path), (Some("5.12 by score-server.jar".into()), None, vec![]));
        jar(&path, &[(CONFIGURATION, SECTIONS)]);
        assert_eq!(added(&path), (Some("5.10 by what is set in score-server.jar".into()), Some(2), vec![]));
    }

    #[test]
    fn what_is_no_jar_of_score_is_a_note() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join(NAME);
        let why = |path: &Path| added(path).2.join(" ");
        fs::write(&path, "no zip").unwrap();
        assert_eq!(why(&path), "score-server.jar does not tell its release: it is not a jar.");
        jar(&path, &[("a", b"b")]);
        assert_eq!(why(&path), "score-server.jar does not tell its release: it is not Score's.");
        jar(&path, &[(CONFIGURATION, b"a: [")]);
        assert!(why(&path).starts_with("score-server.jar does not tell its release: line "));
        jar(&path, &[(CONFIGURATION, &vec![b'#'; 8 * 1024 * 1024])]);
        assert_eq!(
            why(&path),
            format!("score-server.jar does not tell its release: {CONFIGURATION} in it is too large.")
        );
        assert!(why(root.path()).ends_with("it is not a file."));
        assert!(why(&root.path().join("gone.jar")).ends_with("no such file or directory."));
    }

    #[test]
    fn every_cut_of_a_jar_is_a_note_or_a_jar() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join(NAME);
        jar(&path, &[(CONFIGURATION, SECTIONS)]);
        let whole = fs::read(&path).unwrap();
        for end in 0..whole.len() {
            fs::write(&path, &whole[..end]).unwrap();
            assert_eq!(added(&path).2.len(), 1, "{end}");
        }
    }

    #[test]
    fn the_jar_counts_more_than_the_name_of_the_folder() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("score-server-5.9.0");
        fs::create_dir_all(folder.join("conf")).unwrap();
        fs::create_dir(folder.join("lib")).unwrap();
        jar(&folder.join("lib").join(NAME), &[(MANIFEST, b"Implementation-Version: 5.11.0\n")]);
        let deployment = super::super::load(&folder).unwrap();
        assert_eq!(deployment.release.map(|told| told.what), Some(Release::R5_11));
        assert_eq!(
            deployment.notes,
            [
                "By the folder's name this is Score 5.9, by lib/score-server.jar it is 5.11: the jar counts, as it is what runs."
            ]
        );
    }
}
