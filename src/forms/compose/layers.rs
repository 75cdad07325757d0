//! Collects the parts of a service from the files of a compose project, as compose merges them: override files and
//! `COMPOSE_FILE`, `extends`, and `include`. Knows nothing of what a service contains.

use std::path::{Path, PathBuf};

use super::{DEFAULT_NAMES, OVERRIDES};
use crate::{
    forms::{FormError, Variable, container::Unread, environment},
    text::yaml::{self, Node},
};

/// The most files of a project, and the longest chain of `extends`.
const MOST_FILES: usize = 100;
const DEEPEST: usize = 16;

/// Opens a file by its path below the folder of the project.
type OpenFile<'a> = &'a dyn Fn(&Path) -> Option<Vec<u8>>;

/// A compose file of the project.
#[derive(Clone)]
pub(super) struct ComposeFile {
    /// `None` for the file that the operator named.
    pub(super) path: Option<PathBuf>,
    /// The folder of the paths in it.
    pub(super) folder: PathBuf,
    pub(super) root: Node,
}

/// A part of a service: what one file says of it.
#[derive(Clone)]
pub(super) struct Layer {
    pub(super) node: Node,
    pub(super) path: Option<PathBuf>,
    pub(super) folder: PathBuf,
}

/// The services of files that compose merges, and the variables of their `.env`.
pub(super) struct Model {
    pub(super) files: Vec<ComposeFile>,
    pub(super) variables: Vec<Variable>,
}

pub(super) struct Loader<'a> {
    pub(super) open: OpenFile<'a>,
    /// The number of files that were read.
    pub(super) count: usize,
    pub(super) unread: Vec<Unread>,
}

impl Loader<'_> {
    /// Reads the main file, the files that compose reads with it, and those that they include, the main model first.
    pub(super) fn models(&mut self, text: &str, name: &str) -> Result<Vec<Model>, FormError> {
        let variables = self.variables(Path::new(""), &[])?;
        let root = first(yaml::read(text)?);
        let main = ComposeFile { path: None, folder: PathBuf::new(), root };
        let known = |name: &str| variables.iter().rev().find(|one: &&Variable| one.name == name);
        let listed = known("COMPOSE_FILE").map(|list| {
            let sign =
                known("COMPOSE_PATH_SEPARATOR").map_or_else(|| ":".to_owned(), |sign| sign.value.for_file().to_owned());
            let sign = if sign.is_empty() { ":".to_owned() } else { sign };
            list.value.for_file().split(sign.as_str()).map(str::to_owned).collect::<Vec<_>>()
        });
        let mut files = Vec::new();
        match listed {
            Some(list) if list.iter().any(|one| plain(one) == name) => {
                for one in &list {
                    if plain(one) == name {
                        files.push(main.clone());
                    } else {
                        files.extend(self.file(Path::new(plain(one)), Path::new(""), true)?);
                    }
                }
            }
            Some(list) => {
                let list = list.join(", ");
                self.unread.push(Unread::above(format!("COMPOSE_FILE in .env names {list}. Only {name} is read.")));
                files.push(main);
            }
            None => {
                files.push(main);
                let over = OVERRIDES.into_iter().filter(|_| DEFAULT_NAMES.contains(&name));
                let over = over.map(Path::new).find(|over| (self.open)(over).is_some());
                if let Some(over) = over {
                    files.extend(self.file(over, Path::new(""), true)?);
                }
            }
        }
        let mut models = Vec::new();
        self.with_included(Model { files, variables }, &mut Vec::new(), &mut models)?;
        Ok(models)
    }

    /// Adds a model, and those of the files that it includes.
    fn with_included(
        &mut self,
        model: Model,
        above: &mut Vec<PathBuf>,
        into: &mut Vec<Model>,
    ) -> Result<(), FormError> {
        let mut included = Vec::new();
        for file in &model.files {
            for entry in file.root.get("include").map(Node::items).unwrap_or_default() {
                included.push((file.folder.clone(), entry.clone()));
            }
        }
        let own = model.variables.clone();
        into.push(model);
        for (folder, entry) in included {
            let list = entry.get("path").unwrap_or(&entry);
            let list = if list.items().is_empty() { std::slice::from_ref(list) } else { list.items() };
            let paths: Vec<PathBuf> = list.iter().filter_map(Node::word).map(|path| joined(&folder, path)).collect();
            let Some(path) = paths.first() else { continue };
            if above.contains(path) {
                return Err(FormError::Circle {
                    line: entry.line,
                    what: format!("{} includes itself", path.display()),
                });
            }
            let home = match entry.get("project_directory").and_then(Node::word) {
                Some(directory) => joined(&folder, directory),
                None => path.parent().unwrap_or(Path::new("")).to_owned(),
            };
            let mut files = Vec::new();
            for path in &paths {
                files.extend(self.file(path, &home, false)?);
            }
            if files.is_empty() {
                continue;
            }
            let variables = self.variables(&home, &own)?;
            above.push(path.clone());
            self.with_included(Model { files, variables }, above, into)?;
            above.pop();
        }
        Ok(())
    }

    /// Reads the `.env` of a folder. The variables of the including project override it.
    fn variables(&self, folder: &Path, above: &[Variable]) -> Result<Vec<Variable>, FormError> {
        let bytes = (self.open)(&folder.join(".env"));
        let read = bytes.map(|bytes| environment::compose(&bytes, &|_| None)).transpose();
        let read = read.map_err(|error| FormError::InFile { file: ".env", error })?.unwrap_or_default();
        Ok(read.into_iter().chain(above.iter().cloned()).collect())
    }

    /// Reads a file of the project. `None`, with a note, if it cannot be read. `overrides` is true if the file can change
    /// values of the main file.
    fn file(&mut self, path: &Path, folder: &Path, overrides: bool) -> Result<Option<ComposeFile>, FormError> {
        self.count += 1;
        if self.count > MOST_FILES {
            return Err(FormError::ManyFiles { most: MOST_FILES });
        }
        let Some(bytes) = (self.open)(path) else {
            let what = format!("{} cannot be read; what it sets is not known here.", path.display());
            self.unread.push(Unread { what, overrides });
            return Ok(None);
        };
        let read = yaml::read(&String::from_utf8_lossy(&bytes));
        let documents = read.map_err(|error| FormError::InOther { file: path.to_owned(), error })?;
        Ok(Some(ComposeFile { path: Some(path.to_owned()), folder: folder.to_owned(), root: first(documents) }))
    }

    /// Returns the parts of a service, the weakest first.
    pub(super) fn layers(&mut self, files: &[ComposeFile], service: &str) -> Result<Vec<Layer>, FormError> {
        let mut layers = Vec::new();
        for file in files {
            if let Some(node) = file.service(service) {
                self.extended(file, service, node, &mut Vec::new(), &mut layers)?;
            }
        }
        Ok(layers)
    }

    /// Adds what a service extends, then the service itself.
    fn extended(
        &mut self,
        file: &ComposeFile,
        name: &str,
        node: &Node,
        above: &mut Vec<(Option<PathBuf>, String)>,
        into: &mut Vec<Layer>,
    ) -> Result<(), FormError> {
        let this = (file.path.clone(), name.to_owned());
        if above.contains(&this) || above.len() > DEEPEST {
            return Err(FormError::Circle { line: node.line, what: format!("the service {name} extends itself") });
        }
        above.push(this);
        if let Some(extends) = node.get("extends") {
            let of = extends.get("service").unwrap_or(extends).word().unwrap_or_default().to_owned();
            let other = match extends.get("file").and_then(Node::word) {
                None => Some(file.clone()),
                Some(path) => {
                    let path = joined(&file.folder, path);
                    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
                    self.file(&path, &folder, false)?
                }
            };
            match other.as_ref().map(|other| (other, other.service(&of).cloned())) {
                Some((other, Some(base))) => self.extended(other, &of, &base, above, into)?,
                Some((_, None)) => self
                    .unread
                    .push(Unread::below(format!("The service {name} extends the service {of}, which does not exist."))),
                None => {}
            }
        }
        above.pop();
        into.push(Layer { node: node.clone(), path: file.path.clone(), folder: file.folder.clone() });
        Ok(())
    }
}

impl ComposeFile {
    fn service(&self, name: &str) -> Option<&Node> {
        self.root.get("services")?.get(name)
    }

    /// Returns the names of the services.
    pub(super) fn services(&self) -> impl Iterator<Item = &str> {
        self.root.get("services").map(Node::members).unwrap_or_default().iter().map(|(name, _)| name.as_str())
    }
}

fn first(documents: Vec<Node>) -> Node {
    documents.into_iter().next().unwrap_or(Node { line: 1, what: yaml::What::Nothing, plain: false })
}

fn plain(path: &str) -> &str {
    path.trim_start_matches("./")
}

fn joined(folder: &Path, path: &str) -> PathBuf {
    folder.join(plain(path))
}
