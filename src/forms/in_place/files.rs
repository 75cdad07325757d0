//! Collects the changes of files. Reads each file once.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    rc::Rc,
};

use crate::{
    forms::{
        Variable,
        env_file::{EnvFile, EnvFileReader, written},
    },
    text::{
        secret::Secret,
        yaml::{
            YamlError,
            edit::{PlacedNode, TextEdit, applied, placed},
        },
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
pub(crate) struct InPlaceChange {
    pub(crate) files: Vec<InPlaceFile>,
    pub(crate) left: Vec<LeftValue>,
}

/// A variable that no file takes.
pub(crate) struct LeftValue {
    pub(crate) name: String,
    pub(crate) why: String,
    /// True if the operator can set it outside the files, such as in a Secret of the cluster. Its value there is not
    /// known here, and may be right already.
    pub(crate) by_hand: bool,
}

/// Opens a file that was read with the input, by its path.
pub(crate) type OpenSource<'a> = &'a dyn Fn(&Path) -> Option<&'a [u8]>;

/// Returns the variable that takes effect under one of the names.
pub(super) fn current<'a>(variables: &'a [Variable], wanted: &WantedVariable) -> Option<&'a Variable> {
    variables.iter().rev().find(|one| wanted.names.contains(&one.name))
}

/// The files that are changed.
pub(super) struct EditedFiles<'a> {
    open: OpenSource<'a>,
    objects: BTreeMap<PathBuf, EditedObjects<'a>>,
    lines: BTreeMap<PathBuf, (Option<Vec<u8>>, EnvFile)>,
    left: Vec<LeftValue>,
}

/// A text, and its documents.
type ParsedText<'a> = (&'a str, Rc<Vec<PlacedNode>>);

/// A file in YAML with its changes.
struct EditedObjects<'a> {
    text: &'a str,
    documents: Rc<Vec<PlacedNode>>,
    edits: Vec<TextEdit>,
}

impl<'a> EditedFiles<'a> {
    pub(super) fn new(open: OpenSource<'a>) -> Self {
        Self { open, objects: BTreeMap::new(), lines: BTreeMap::new(), left: Vec::new() }
    }

    /// Returns true if the file was read.
    pub(super) fn has(&self, path: &Path) -> bool {
        (self.open)(path).is_some()
    }

    /// Returns the documents of a file; `None` if it was not read.
    pub(super) fn documents(&mut self, path: &Path) -> Result<Option<ParsedText<'a>>, YamlError> {
        if let Some(known) = self.objects.get(path) {
            return Ok(Some((known.text, Rc::clone(&known.documents))));
        }
        let Some(text) = (self.open)(path).and_then(|bytes| std::str::from_utf8(bytes).ok()) else { return Ok(None) };
        let documents = Rc::new(placed(text)?);
        let known = EditedObjects { text, documents: Rc::clone(&documents), edits: Vec::new() };
        self.objects.insert(path.to_owned(), known);
        Ok(Some((text, documents)))
    }

    /// Adds an edit to a file. Returns false if the file was not read, or if there is no edit.
    pub(super) fn edit(&mut self, path: &Path, edit: Option<TextEdit>) -> bool {
        let file = self.objects.get_mut(path);
        file.zip(edit).map(|(file, edit)| file.edits.push(edit)).is_some()
    }

    /// Sets a variable in a file of variables. The file may not exist yet.
    pub(super) fn set_line(&mut self, path: &Path, names: &[String], wanted: &WantedVariable, reader: EnvFileReader) {
        match written(wanted.value.for_file(), reader) {
            Ok(value) => {
                let before = (self.open)(path);
                let new = || (before.map(<[u8]>::to_vec), EnvFile::parse_for(before.unwrap_or_default(), reader));
                self.lines.entry(path.to_owned()).or_insert_with(new).1.set(names, &value);
            }
            Err(why) => self.leave(wanted, why),
        }
    }

    pub(super) fn leave(&mut self, wanted: &WantedVariable, why: impl Into<String>) {
        self.push_left(wanted, why.into(), false);
    }

    /// Leaves a variable to the operator.
    pub(super) fn leave_by_hand(&mut self, wanted: &WantedVariable, why: impl Into<String>) {
        self.push_left(wanted, why.into(), true);
    }

    fn push_left(&mut self, wanted: &WantedVariable, why: String, by_hand: bool) {
        let name = wanted.names.first().cloned().unwrap_or_default();
        self.left.push(LeftValue { name, why, by_hand });
    }

    pub(super) fn changed(self) -> InPlaceChange {
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
        InPlaceChange { files: lines.chain(objects).collect(), left: self.left }
    }
}
