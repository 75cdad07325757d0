//! Reads the tables of users and groups, and the user of a process. Does not ask directories such as LDAP.

use std::path::Path;

use crate::store::files::read_regular;

/// The largest table that is read, in bytes. A machine with more users shows numbers.
const MOST: u64 = 16 << 20;

/// A user, with all its groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct User {
    pub(super) id: u32,
    pub(super) groups: Vec<u32>,
}

impl User {
    pub(super) fn root() -> Self {
        Self { id: 0, groups: vec![0] }
    }

    /// Returns the user that a process reads files as. `process` is its folder in `/proc`.
    pub(super) fn of_process(process: &Path) -> Option<Self> {
        let status = text(&process.join("status"));
        let numbers = |name: &str| -> Option<Vec<u32>> {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().map(|word| word.parse().ok()).collect()
        };
        // The fourth number is the one for files (proc(5)).
        let id = *numbers("Uid:")?.get(3)?;
        let mut groups = numbers("Groups:")?;
        groups.extend(numbers("Gid:")?.get(3));
        Some(Self { id, groups })
    }
}

/// Returns the name of a user of this machine, else the number.
pub(super) fn owner(id: u32) -> String {
    Users::below(Path::new("/")).name(id)
}

/// The tables `/etc/passwd` and `/etc/group`.
pub(super) struct Users {
    passwd: String,
    group: String,
}

impl Users {
    /// Reads the tables of the machine below this folder.
    pub(super) fn below(root: &Path) -> Self {
        Self { passwd: text(&root.join("etc/passwd")), group: text(&root.join("etc/group")) }
    }

    /// Returns the name of a user, else its number.
    pub(super) fn name(&self, id: u32) -> String {
        name_of(&self.passwd, id)
    }

    /// Returns the name of a group, else its number.
    pub(super) fn group(&self, id: u32) -> String {
        name_of(&self.group, id)
    }

    /// Returns the user of this name or number.
    pub(super) fn named(&self, name: &str) -> Option<User> {
        let row = rows(&self.passwd).find(|row| row.first() == Some(&name) || row.get(2) == Some(&name))?;
        let id = row.get(2)?.parse().ok()?;
        let own = row.get(3)?.parse().ok()?;
        let login = *row.first()?;
        let further =
            rows(&self.group).filter(|row| row.get(3).is_some_and(|all| all.split(',').any(|one| one == login)));
        let further = further.filter_map(|row| row.get(2)?.parse().ok());
        Some(User { id, groups: std::iter::once(own).chain(further).collect() })
    }
}

fn text(path: &Path) -> String {
    String::from_utf8_lossy(&read_regular(path, MOST).unwrap_or_default()).into_owned()
}

fn rows(table: &str) -> impl Iterator<Item = Vec<&str>> {
    table.lines().map(|row| row.trim().split(':').collect())
}

fn name_of(table: &str, id: u32) -> String {
    let number = id.to_string();
    let row = rows(table).find(|row| row.get(2) == Some(&number.as_str()));
    row.and_then(|row| row.first().map(|name| (*name).to_owned())).unwrap_or(number)
}
