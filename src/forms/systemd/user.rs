//! Finds the user that a systemd unit runs its commands as.

use super::settings;

/// The user of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnitUser {
    /// The unit does not name a user, so the commands run as root (systemd 255, `systemd.exec(5)`, `User=`).
    Root,
    Named(String),
    /// The name is filled in by systemd.
    Unknown,
}

/// Returns the user of a unit that starts a program of one of these paths. `None` if it starts another program. `texts`
/// are the unit and its drop-ins, in their order.
#[must_use]
pub fn unit_user(texts: &[String], paths: &[String]) -> Option<UnitUser> {
    let all: Vec<_> = texts.iter().flat_map(|text| settings(text, None)).collect();
    let last = |name: &str| all.iter().rev().find(|setting| setting.name == name).map(|setting| setting.value.as_str());
    let of_path = |command: &str| paths.iter().any(|path| command.contains(path.as_str()));
    last("ExecStart").filter(|command| of_path(command))?;
    if last("DynamicUser").is_some_and(|value| !["", "no", "false", "off", "0"].contains(&value)) {
        return Some(UnitUser::Unknown);
    }
    Some(match last("User").filter(|user| !user.is_empty()) {
        None => UnitUser::Root,
        Some(user) if user.contains('%') => UnitUser::Unknown,
        Some(user) => UnitUser::Named(user.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_of_a_unit_is_read_with_its_drop_ins() {
        let unit = |lines: &str| format!("[Service]\nExecStart=/opt/score/bin/score-server console\n{lines}");
        let user = |texts: &[String]| unit_user(texts, &["/opt/score/".to_owned()]);
        assert_eq!(user(&[unit("")]), Some(UnitUser::Root));
        assert_eq!(user(&[unit("User=score\n")]), Some(UnitUser::Named("score".into())));
        assert_eq!(user(&[unit("User=a\n"), "[Service]\nUser=b\n".into()]), Some(UnitUser::Named("b".into())));
        assert_eq!(user(&[unit("User=%i\n")]), Some(UnitUser::Unknown));
        assert_eq!(user(&[unit("User=score\nDynamicUser=yes\n")]), Some(UnitUser::Unknown));
        assert_eq!(user(&["[Service]\nExecStart=/bin/true\nUser=score\n".into()]), None);
    }
}
