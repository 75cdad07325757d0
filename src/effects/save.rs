//! Writes a new file for its owner alone, under the first name that is free.

use std::{
    fs::OpenOptions,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use crate::text::cause;

/// More of them are not answers but an accident.
const MOST: usize = 100;

/// `score.toml` in this folder, or `score-2.toml` and so on: what is there is not touched.
///
/// # Errors
/// Why it could not be written, as a sentence.
pub fn save(folder: &Path, text: &str) -> Result<PathBuf, String> {
    let names = std::iter::once("score.toml".to_owned()).chain((2..MOST).map(|number| format!("score-{number}.toml")));
    for path in names.map(|name| folder.join(name)) {
        match write(&path, text) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => {
                return Err(format!("The answers cannot be saved in {}: {}.", folder.display(), cause(&error)));
            }
        }
    }
    Err(format!("The folder {} has answers enough; remove some.", folder.display()))
}

/// A new file of this name.
///
/// # Errors
/// Why it could not be written; also where there is one.
pub fn save_as(path: &Path, text: &str) -> Result<(), String> {
    write(path, text).map_err(|error| cause(&error))
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).inspect_err(|_| {
        // Half of it is of no use to anyone.
        let _ = std::fs::remove_file(path);
    })
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use super::*;

    #[test]
    fn answers_are_the_owners_alone_and_never_replace_others() {
        let folder = tempfile::tempdir().unwrap();
        let first = save(folder.path(), "a").unwrap();
        let second = save(folder.path(), "b").unwrap();
        assert_eq!((fs::read(&first).unwrap(), fs::read(&second).unwrap()), (b"a".to_vec(), b"b".to_vec()));
        assert_eq!(second.file_name().unwrap(), "score-2.toml");
        assert_eq!(fs::metadata(first).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(save(&folder.path().join("absent"), "a").unwrap_err().contains("absent: no such file"));
    }
}
