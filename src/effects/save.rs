//! Writes a new file that only its owner can read, under the first free name. Makes its folder.

use std::{
    fs::{DirBuilder, Permissions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
};

use super::paths::folder;

use crate::{text::cause, wizard::SaveError};

/// The number of answers files in one folder.
const MOST: usize = 100;

/// Saves answers as `score.toml` in this folder, or as `score-2.toml` and so on. Does not change existing files.
///
/// # Errors
/// Returns an error if no file can be written, or if there are many already.
pub fn save(folder: &Path, text: &str) -> Result<PathBuf, SaveError> {
    let names = std::iter::once("score.toml".to_owned()).chain((2..MOST).map(|number| format!("score-{number}.toml")));
    for path in names.map(|name| folder.join(name)) {
        match save_as(&path, text) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => {
                return Err(SaveError::Unwritable { folder: folder.to_owned(), cause: cause(&error) });
            }
        }
    }
    Err(SaveError::TooMany(folder.to_owned()))
}

/// Writes a new file of this name. The file has its name only when it is complete.
///
/// # Errors
/// Returns an error if it cannot be written, or if it exists.
pub fn save_as(path: &Path, text: &str) -> io::Result<()> {
    let mut file = tempfile::Builder::new()
        .prefix(".score-setup.")
        .permissions(Permissions::from_mode(0o600))
        .tempfile_in(folder(path))?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map(drop).map_err(|refused| refused.error)
}

/// Makes a folder and the folders above it, if it does not exist. A private one is only for its owner.
///
/// # Errors
/// Returns an error if it cannot be made.
pub fn make_folder(path: &Path, private: bool) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    if private {
        builder.mode(0o700);
    }
    builder.create(path)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn answers_are_the_owners_alone_and_never_replace_others() {
        let folder = tempfile::tempdir().unwrap();
        let first = save(folder.path(), "a").unwrap();
        let second = save(folder.path(), "b").unwrap();
        assert_eq!((fs::read(&first).unwrap(), fs::read(&second).unwrap()), (b"a".to_vec(), b"b".to_vec()));
        assert_eq!(second.file_name().unwrap(), "score-2.toml");
        assert_eq!(fs::metadata(&first).unwrap().permissions().mode() & 0o777, 0o600);
        let private = folder.path().join("new/private");
        make_folder(&private, true).unwrap();
        make_folder(&private, false).unwrap();
        assert_eq!(fs::metadata(&private).unwrap().permissions().mode() & 0o777, 0o700);
        assert!(make_folder(&first, true).is_err());
        assert!(save(&folder.path().join("absent"), "a").unwrap_err().to_string().contains("absent: no such file"));
    }
}
