//! Collects the parts of a service from the files of a compose project, as compose merges them: override files and
//! `COMPOSE_FILE`, `extends`, and `include`. Knows nothing of what a service contains.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    rc::Rc,
};

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
    content: Rc<Content>,
}

/// A parsed file.
struct Content {
    root: Node,
    /// The positions of the services by their names.
    services: HashMap<String, usize>,
}

/// A part of a service: what one file says of it.
pub(super) struct Layer {
    content: Rc<Content>,
    at: usize,
    pub(super) path: Option<PathBuf>,
    pub(super) folder: PathBuf,
}

/// The services of files that compose merges, and the variables of their `.env`.
pub(super) struct Model {
    pub(super) files: Vec<ComposeFile>,
    pub(super) variables: Vec<Variable>,
}

pub(super) struct Loader<'a> {
    open: OpenFile<'a>,
    /// The files that were read; `None` for those that cannot be read.
    files: HashMap<PathBuf, Option<Rc<Content>>>,
    pub(super) unread: Vec<Unread>,
    /// The first error of a file that another one includes.
    pub(super) error: Option<FormError>,
}

impl<'a> Loader<'a> {
    pub(super) fn new(open: OpenFile<'a>) -> Self {
        Self { open, files: HashMap::new(), unread: Vec::new(), error: None }
    }

    /// Reads the main file, the files that compose reads with it, and those that they include, the main model first.
    pub(super) fn models(&mut self, text: &str, name: &str) -> Result<Vec<Model>, FormError> {
        let variables = self.variables(Path::new(""), &[], &[])?;
        let content = Rc::new(Content::of(yaml::read(text)?));
        let main = ComposeFile { path: None, folder: PathBuf::new(), content };
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
        self.with_included(Model { files, variables }, &mut Vec::new(), &mut models);
        Ok(models)
    }

    /// Adds a model, and those of the files that it includes. An error of an included file does not stop the others.
    fn with_included(&mut self, model: Model, above: &mut Vec<PathBuf>, into: &mut Vec<Model>) {
        let mut included = Vec::new();
        for file in &model.files {
            for entry in file.content.root.get("include").map(Node::items).unwrap_or_default() {
                included.push((file.folder.clone(), entry.clone()));
            }
        }
        let own = model.variables.clone();
        into.push(model);
        for (folder, entry) in included {
            // A file may be included many times, and each time is a model of its own.
            if into.len() >= MOST_FILES {
                self.error.get_or_insert(FormError::ManyFiles { most: MOST_FILES });
                return;
            }
            let Some(path) = words(entry.get("path").unwrap_or(&entry)).next().map(|path| joined(&folder, path)) else {
                continue;
            };
            if let Err(error) = self.include(&folder, &entry, &path, &own, above, into) {
                self.unread.push(Unread::below(format!("What {} includes is not read: {error}.", path.display())));
                self.error.get_or_insert(error);
            }
        }
    }

    /// Adds the models of an element of `include`. `path` is its first file.
    fn include(
        &mut self,
        folder: &Path,
        entry: &Node,
        path: &Path,
        own: &[Variable],
        above: &mut Vec<PathBuf>,
        into: &mut Vec<Model>,
    ) -> Result<(), FormError> {
        if above.iter().any(|one| one == path) || above.len() > DEEPEST {
            let what = format!("{} includes itself", path.display());
            return Err(FormError::Circle { line: entry.line, what });
        }
        let home = match entry.get("project_directory").and_then(Node::word) {
            Some(directory) => joined(folder, directory),
            None => path.parent().unwrap_or(Path::new("")).to_owned(),
        };
        let mut files = Vec::new();
        for path in words(entry.get("path").unwrap_or(entry)) {
            files.extend(self.file(&joined(folder, path), &home, false)?);
        }
        if files.is_empty() {
            return Ok(());
        }
        let env_files: Vec<PathBuf> =
            entry.get("env_file").into_iter().flat_map(words).map(|path| joined(folder, path)).collect();
        let variables = self.variables(&home, &env_files, own)?;
        above.push(path.to_owned());
        self.with_included(Model { files, variables }, above, into);
        above.pop();
        Ok(())
    }

    /// Reads the variables that replace placeholders: those of these files, else of the `.env` of a folder. The variables
    /// of the including project override them.
    fn variables(&mut self, folder: &Path, files: &[PathBuf], above: &[Variable]) -> Result<Vec<Variable>, FormError> {
        let mut all: Vec<Variable> = Vec::new();
        let mut read = |path: &Path| {
            let Some(bytes) = (self.open)(path) else { return Ok(false) };
            let known = |name: &str| all.iter().rev().find(|one| one.name == name).cloned();
            let read = environment::compose(&bytes, &known);
            all.extend(read.map_err(|error| FormError::InFile { file: path.display().to_string(), error })?);
            Ok::<_, FormError>(true)
        };
        if files.is_empty() {
            read(&folder.join(".env"))?;
        }
        for path in files {
            if !read(path)? {
                let what = format!("{} cannot be read; what it sets is not known here.", path.display());
                self.unread.push(Unread::above(what));
            }
        }
        all.extend(above.iter().cloned());
        Ok(all)
    }

    /// Reads a file of the project. `None`, with a note, if it cannot be read. `overrides` is true if the file can change
    /// values of the main file.
    fn file(&mut self, path: &Path, folder: &Path, overrides: bool) -> Result<Option<ComposeFile>, FormError> {
        let of = |content: Rc<Content>| ComposeFile { path: Some(path.to_owned()), folder: folder.to_owned(), content };
        if let Some(known) = self.files.get(path) {
            return Ok(known.clone().map(of));
        }
        if self.files.len() >= MOST_FILES {
            return Err(FormError::ManyFiles { most: MOST_FILES });
        }
        let Some(bytes) = (self.open)(path) else {
            let what = format!("{} cannot be read; what it sets is not known here.", path.display());
            self.unread.push(Unread { what, overrides });
            self.files.insert(path.to_owned(), None);
            return Ok(None);
        };
        let read = yaml::read(&String::from_utf8_lossy(&bytes));
        let documents = read.map_err(|error| FormError::InOther { file: path.to_owned(), error })?;
        let content = Rc::new(Content::of(documents));
        self.files.insert(path.to_owned(), Some(Rc::clone(&content)));
        Ok(Some(of(content)))
    }

    /// Returns the parts of a service, the weakest first.
    pub(super) fn layers(&mut self, files: &[ComposeFile], service: &str) -> Result<Vec<Layer>, FormError> {
        let mut layers = Vec::new();
        for file in files {
            match file.service(service).and_then(|node| node.tag.as_deref()) {
                Some("reset") => {
                    layers.clear();
                    continue;
                }
                Some("override") => layers.clear(),
                _ => {}
            }
            if let Some(at) = file.content.services.get(service) {
                self.extended(file, service, *at, &mut Vec::new(), &mut layers)?;
            }
        }
        Ok(layers)
    }

    /// Adds what a service extends, then the service itself.
    fn extended(
        &mut self,
        file: &ComposeFile,
        name: &str,
        at: usize,
        above: &mut Vec<(Option<PathBuf>, String)>,
        into: &mut Vec<Layer>,
    ) -> Result<(), FormError> {
        let layer =
            Layer { content: Rc::clone(&file.content), at, path: file.path.clone(), folder: file.folder.clone() };
        let this = (file.path.clone(), name.to_owned());
        if above.contains(&this) || above.len() > DEEPEST {
            let what = format!("the service {name} extends itself");
            return Err(FormError::Circle { line: layer.node().line, what });
        }
        above.push(this);
        if let Some(extends) = layer.node().get("extends") {
            let of = extends.get("service").unwrap_or(extends).word().unwrap_or_default().to_owned();
            let other = match extends.get("file").and_then(Node::word) {
                None => Some(file.clone()),
                Some(path) => {
                    let path = joined(&file.folder, path);
                    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
                    self.file(&path, &folder, false)?
                }
            };
            match other.as_ref().map(|other| (other, other.content.services.get(&of))) {
                Some((other, Some(base))) => self.extended(other, &of, *base, above, into)?,
                Some((_, None)) => self
                    .unread
                    .push(Unread::below(format!("The service {name} extends the service {of}, which does not exist."))),
                None => {}
            }
        }
        above.pop();
        into.push(layer);
        Ok(())
    }
}

impl Content {
    fn of(documents: Vec<Node>) -> Self {
        let nothing = || Node { line: 1, what: yaml::What::Nothing, plain: false, tag: None };
        let root = documents.into_iter().next().unwrap_or_else(nothing);
        let members = root.get("services").map(Node::members).unwrap_or_default();
        let services = members.iter().enumerate().map(|(at, (name, _))| (name.clone(), at)).collect();
        Self { root, services }
    }

    fn service(&self, at: usize) -> Option<&Node> {
        self.root.get("services")?.members().get(at).map(|(_, node)| node)
    }
}

impl Layer {
    pub(super) fn node(&self) -> &Node {
        self.content.service(self.at).unwrap_or(&self.content.root)
    }
}

impl ComposeFile {
    pub(super) fn service(&self, name: &str) -> Option<&Node> {
        self.content.services.get(name).and_then(|at| self.content.service(*at))
    }

    /// Returns the names of the services.
    pub(super) fn services(&self) -> impl Iterator<Item = &str> {
        self.content.root.get("services").map(Node::members).unwrap_or_default().iter().map(|(name, _)| name.as_str())
    }
}

/// Returns a word, or the words of a list.
fn words(node: &Node) -> impl Iterator<Item = &str> {
    node.word().into_iter().chain(node.items().iter().filter_map(Node::word))
}

fn plain(path: &str) -> &str {
    path.trim_start_matches("./")
}

fn joined(folder: &Path, path: &str) -> PathBuf {
    folder.join(plain(path))
}
