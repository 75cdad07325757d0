//! Finds the effective value of a key, as Spring Boot does: the command line overrides the environment, then follow the
//! files of profiles, the file, and the jar. Each value keeps its position and the positions that it overrides. Knows
//! no setting's rules.
//!
//! The order is Spring Boot's (2.1.6 and 2.6.6, "Externalized Configuration"; observed on Score 5.9 to 5.12). Within
//! one source the spelling decides (`spring/source.rs`), between sources only their order (`spring/order.rs`).

mod expression;
mod order;
mod position;
mod profiles;
mod source;

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    install::deployment::{Deployment, Launch, Launcher},
    score::{Release, Spelling, key},
    text::{
        properties::{Document, uniform},
        secret::Secret,
    },
};
pub use order::SourceSet;
pub use position::SourcePosition;
pub(crate) use source::reads_as;
use source::{KeyEntry, PropertySource, SourceKind};

/// The effective value of a key. Any value may be a secret: the code that shows it decides by the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effective {
    pub value: Secret,
    pub place: SourcePosition,
    /// The spelling of the key at that position.
    pub spelt: String,
    /// The other positions that set the key, without effect; the strongest source first.
    pub overridden: Vec<SourcePosition>,
}

/// All sources that Score would read, the strongest first.
#[derive(Debug, Clone, Default)]
pub struct View {
    sources: Vec<Arc<PropertySource>>,
    /// The path of `application.properties`.
    file: PathBuf,
}

impl Launch {
    /// Returns how a deployment runs with this release and this start.
    #[must_use]
    pub fn of(deployment: &Deployment, release: Release, start: Launcher) -> Self {
        SourceSet::of(deployment).launch(release, start)
    }
}

impl SourceSet<'_> {
    /// Returns how the deployment runs with this release and this start.
    #[must_use]
    pub fn launch(&self, release: Release, start: Launcher) -> Launch {
        Launch { release, start, profiles: profiles::active(self, release, start) }
    }

    /// Returns the view of all sources. Omits files that Java cannot parse: with them Score does not start.
    #[must_use]
    pub fn view(&self, stand: &Launch) -> View {
        let mut sources = self.outer(stand.start).to_vec();
        sources.extend(order::files(self, stand));
        View { sources, file: self.deployment.application.path.clone() }
    }

    /// Returns the view of the operator's answers: without the jar's values, and with the file even if Score, started
    /// this way, does not read it.
    #[must_use]
    pub fn answers(&self, stand: &Launch) -> View {
        let mut view = self.view(stand);
        view.sources.retain(|source| !source.of_jar());
        if !view.sources.iter().any(|source| source.kind == SourceKind::File) {
            view.sources.extend(order::file(self, stand.release));
        }
        view
    }
}

/// Returns the folders and files that Score's command line or a variable makes it read, the strongest first.
#[must_use]
pub fn places(deployment: &Deployment, release: Release, start: Launcher) -> Vec<String> {
    order::places(deployment, release, start)
}

/// Returns true if Score, started this way, looks for files in its working directory by default.
#[must_use]
pub fn looks_around(deployment: &Deployment, start: Launcher) -> bool {
    order::looks_around(deployment, start)
}

impl View {
    /// Returns the view of all sources of a deployment.
    #[must_use]
    pub fn of(deployment: &Deployment, stand: &Launch) -> Self {
        SourceSet::of(deployment).view(stand)
    }

    /// Returns the view of the operator's answers in a deployment.
    #[must_use]
    pub fn answers(deployment: &Deployment, stand: &Launch) -> Self {
        SourceSet::of(deployment).answers(stand)
    }

    /// Returns the view of only `application.properties`.
    #[must_use]
    pub fn of_file(document: &Document) -> Self {
        let file = PathBuf::from("application.properties");
        let first = document.parts().into_iter().next().unwrap_or_default();
        let entries = first.iter().map(|pair| KeyEntry::of_pair(pair, &file)).collect();
        Self { sources: vec![Arc::new(PropertySource::new(SourceKind::File, entries))], file }
    }

    /// Returns the path of `application.properties`.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Returns the effective value of the key of this name.
    #[must_use]
    pub fn value(&self, name: &str, spelling: Spelling) -> Option<Effective> {
        let early = name == key::SPRING_CLOUD_VAULT_ENABLED;
        let counting =
            self.sources.iter().filter(|source| !early || !matches!(source.kind, SourceKind::File | SourceKind::Jar));
        let mut all = counting.flat_map(|source| source.all(name, spelling));
        let first = all.next()?;
        Some(Effective {
            value: first.value.clone(),
            place: first.place.clone(),
            spelt: String::from_utf16_lossy(&first.name),
            overridden: all.map(|entry| entry.place.clone()).collect(),
        })
    }

    /// Returns true if a source other than the arguments and the jar sets a key with this beginning, ignoring case,
    /// dashes and underscores. The arguments of the shipped wrapper.conf name a key store that does not exist, so
    /// arguments are ignored.
    #[must_use]
    pub fn sets_below(&self, beginning: &str) -> bool {
        let variable = beginning.replace('.', "");
        self.sources.iter().any(|source| match source.kind {
            SourceKind::Arguments | SourceKind::Jar => false,
            SourceKind::Environment => {
                source.entries.iter().any(|entry| source::squashed(&entry.name).starts_with(&variable))
            }
            _ => source.entries.iter().any(|entry| uniform(&entry.name).starts_with(beginning)),
        })
    }

    /// Returns every name that any source sets, each once, in the spelling of the strongest source. A variable is
    /// included only if it begins like a key of another source, or like one of `known`: most variables of a process
    /// mean nothing to Score.
    #[must_use]
    pub fn names(&self, known: &[&str]) -> Vec<String> {
        let first_word = |name: &[u16]| {
            let end = name.iter().position(|unit| [u16::from(b'.'), u16::from(b'_')].contains(unit));
            source::squashed(&name[..end.unwrap_or(name.len())])
        };
        let entries = |variables: bool| {
            let of = move |source: &&Arc<PropertySource>| (source.kind == SourceKind::Environment) == variables;
            self.sources.iter().filter(of).flat_map(|source| &source.entries)
        };
        let known = known.iter().map(|name| name.encode_utf16().collect::<Vec<_>>());
        let names = entries(false).map(|entry| entry.name.clone()).chain(known);
        let beginnings: HashSet<String> = names.map(|name| first_word(&name)).collect();
        let variables = entries(true).filter(|entry| beginnings.contains(&first_word(&entry.name)));
        let mut met = HashSet::new();
        let mut all: Vec<&KeyEntry> = entries(false).filter(|entry| met.insert(uniform(&entry.name))).collect();
        let mut met: HashSet<String> = all.iter().map(|entry| source::squashed(&entry.name)).collect();
        all.extend(variables.filter(|entry| met.insert(source::squashed(&entry.name))));
        all.into_iter().map(|entry| String::from_utf16_lossy(&entry.name)).collect()
    }

    /// Returns the value with every `${name}` and `${name:default}` replaced from this view, or `None` if one of them
    /// is not known here and gets its value when Score starts. A default is used only if Score's variables are known.
    #[must_use]
    pub fn resolved(&self, value: &Secret) -> Option<Secret> {
        // No real value has this many placeholders. The limit stops values that were made to expand without end.
        let mut left = 1000;
        value.shape(|text| self.filled_in(text, 0, &mut left)).map(Secret::new)
    }

    /// Replaces placeholders recursively. `left` is the number of placeholders that may still be replaced.
    fn filled_in(&self, text: &str, depth: usize, left: &mut usize) -> Option<String> {
        // Java follows placeholders to any depth; a cycle makes the start of Score fail.
        const DEEPEST: usize = 8;
        const LONGEST: usize = 64 * 1024;
        let (mut filled, mut rest) = (String::new(), text);
        while let Some(start) = rest.find("${") {
            let end = start + rest[start..].find('}')?;
            let (before, inner) = (&rest[..start], &rest[start + 2..end]);
            if depth == DEEPEST || inner.contains("${") || filled.len() > LONGEST {
                return None;
            }
            *left = left.checked_sub(1)?;
            let (name, fallback) = inner.split_once(':').map_or((inner, None), |(name, default)| (name, Some(default)));
            filled += before;
            match self.value(name, Spelling::Exact).or_else(|| self.value(name, Spelling::Relaxed)) {
                Some(seen) => filled += &seen.value.shape(|text| self.filled_in(text, depth + 1, left))?,
                // The environment of Score may set it, unless its variables are known.
                None if self.sources.iter().any(|source| source.of_variables()) => filled += fallback?,
                None => return None,
            }
            rest = &rest[end + 1..];
        }
        Some(filled + rest)
    }
}

impl PropertySource {
    fn of_variables(&self) -> bool {
        self.kind == SourceKind::Environment && !self.entries.is_empty()
    }

    /// Returns true if the source is packed into the jar, so it is not an answer of the operator.
    fn of_jar(&self) -> bool {
        self.kind == SourceKind::Jar
            || self.entries.iter().any(|entry| matches!(entry.place, SourcePosition::Jar { .. }))
    }
}
