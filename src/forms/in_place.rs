//! Changes variables where a file sets them: in the environment of a compose service, in the files of variables that it
//! names, and in Kubernetes objects. Every other byte stays. Opens no file itself.

mod compose;
mod kubernetes;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::{
    EnvironmentOrigin, Variable,
    env_file::{EnvFile, EnvFileReader, written},
    environment::source_of_unknown,
};
use crate::text::{
    secret::Secret,
    yaml::{
        YamlError,
        edit::{PlacedNode, TextEdit, applied, placed},
    },
};

/// A variable to set.
#[derive(Debug, Clone)]
pub(crate) struct WantedVariable {
    /// Its names, the one to write first.
    pub(crate) names: Vec<String>,
    pub(crate) value: Secret,
    pub(crate) secret: bool,
}

/// A file with its changes.
pub(crate) struct InPlaceFile {
    pub(crate) path: PathBuf,
    /// `None` for a file that does not exist yet.
    pub(crate) before: Option<Vec<u8>>,
    pub(crate) after: Vec<u8>,
    /// True for YAML and JSON, and false for lines of variables.
    pub(crate) objects: bool,
}

/// The files with the wanted variables.
pub(crate) struct InPlace {
    pub(crate) files: Vec<InPlaceFile>,
    /// The names of variables that no file takes, and the reasons.
    pub(crate) left: Vec<(String, String)>,
}

/// Opens a file that was read with the input, by its path.
pub(crate) type OpenSource<'a> = &'a dyn Fn(&Path) -> Option<&'a [u8]>;

/// Returns the files with these variables. `None` for a form that is not changed in place.
///
/// # Errors
/// Returns an error if the files cannot be read for changes.
#[must_use]
pub(crate) fn in_place(
    origin: &EnvironmentOrigin,
    variables: &[Variable],
    open: OpenSource<'_>,
    wanted: &[WantedVariable],
) -> Option<Result<InPlace, YamlError>> {
    let mut texts = Texts { open, objects: BTreeMap::new(), lines: BTreeMap::new(), left: Vec::new() };
    let differs = |one: &&WantedVariable| current(variables, one).is_none_or(|found| found.value != one.value);
    // A placeholder stands for a value that is not known here.
    let known = |one: &&WantedVariable| one.value.shape(|text| source_of_unknown(text).is_none());
    let wanted: Vec<&WantedVariable> = wanted.iter().filter(known).filter(differs).collect();
    let done = match origin {
        EnvironmentOrigin::Compose { path, service } => {
            open(path)?;
            compose::change(&mut texts, path, service, variables, &wanted)
        }
        EnvironmentOrigin::Described { path, name, by: super::DescribedBy::Kubernetes } => {
            open(path)?;
            kubernetes::change(&mut texts, path, name, variables, &wanted)
        }
        _ => return None,
    };
    Some(done.map(|()| texts.changed()))
}

/// Returns the variable that takes effect under one of the names.
fn current<'a>(variables: &'a [Variable], wanted: &WantedVariable) -> Option<&'a Variable> {
    variables.iter().rev().find(|one| wanted.names.contains(&one.name))
}

/// The files that are changed.
struct Texts<'a> {
    open: OpenSource<'a>,
    objects: BTreeMap<PathBuf, Objects<'a>>,
    lines: BTreeMap<PathBuf, (Option<Vec<u8>>, EnvFile)>,
    left: Vec<(String, String)>,
}

/// A file in YAML with its changes.
struct Objects<'a> {
    text: &'a str,
    documents: std::rc::Rc<Vec<PlacedNode>>,
    edits: Vec<TextEdit>,
}

impl<'a> Texts<'a> {
    /// Returns the documents of a file; `None` if it was not read.
    fn documents(&mut self, path: &Path) -> Result<Option<(&'a str, std::rc::Rc<Vec<PlacedNode>>)>, YamlError> {
        if let Some(known) = self.objects.get(path) {
            return Ok(Some((known.text, std::rc::Rc::clone(&known.documents))));
        }
        let Some(text) = (self.open)(path).and_then(|bytes| std::str::from_utf8(bytes).ok()) else { return Ok(None) };
        let documents = std::rc::Rc::new(placed(text)?);
        let known = Objects { text, documents: std::rc::Rc::clone(&documents), edits: Vec::new() };
        self.objects.insert(path.to_owned(), known);
        Ok(Some((text, documents)))
    }

    /// Adds an edit of a file. Returns false if there is none.
    fn edit(&mut self, path: &Path, edit: Option<TextEdit>) -> bool {
        let file = self.objects.get_mut(path);
        file.zip(edit).map(|(file, edit)| file.edits.push(edit)).is_some()
    }

    /// Sets a variable in a file of variables that compose reads. The file may not exist yet.
    fn set_line(&mut self, path: &Path, names: &[String], wanted: &WantedVariable) {
        match written(wanted.value.for_file(), EnvFileReader::Compose) {
            Ok(value) => {
                let before = (self.open)(path);
                let new = || (before.map(<[u8]>::to_vec), EnvFile::parse(before.unwrap_or_default()));
                self.lines.entry(path.to_owned()).or_insert_with(new).1.set(names, &value);
            }
            Err(why) => self.leave(wanted, why),
        }
    }

    fn leave(&mut self, wanted: &WantedVariable, why: impl Into<String>) {
        let name = wanted.names.first().cloned().unwrap_or_default();
        self.left.push((name, why.into()));
    }

    fn changed(self) -> InPlace {
        let objects = self.objects.into_iter().map(|(path, file)| InPlaceFile {
            path,
            before: Some(file.text.as_bytes().to_vec()),
            after: applied(file.text, &file.edits).into_bytes(),
            objects: true,
        });
        let lines = self.lines.into_iter().map(|(path, (before, file))| InPlaceFile {
            path,
            before,
            after: file.to_bytes(),
            objects: false,
        });
        InPlace { files: lines.chain(objects).collect(), left: self.left }
    }
}
