//! Findings about stored access policies, and repairs that leave the other policies unchanged.

use Severity::{Note, Ping, Transfer};

use super::{emulated, firewall};
use crate::{
    answers::target::AzureStore,
    score::{Id, Severity, key},
    store::{
        checks::{Finding, Policy, Repair, advice::code},
        probe::Reply,
    },
    text::shown,
};

/// One of the two policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store::checks) enum Side {
    Upload,
    Download,
}

impl Side {
    pub(in crate::store::checks) fn setting(self) -> &'static str {
        match self {
            Self::Upload => key::BUCKET_POLICY_UPLOAD,
            Self::Download => key::BUCKET_POLICY_DOWNLOAD,
        }
    }

    /// Returns the severity of a fault. The sentinel is downloaded with the policy for downloads.
    pub(in crate::store::checks) fn severity(self) -> Severity {
        match self {
            Self::Upload => Transfer,
            Self::Download => Ping,
        }
    }

    fn without(self) -> &'static str {
        match self {
            Self::Upload => "The URLs of Score for uploads name this policy, so every upload fails.",
            Self::Download => {
                "The URLs of Score for downloads and for the sentinel name this policy, so every client stops at its first step."
            }
        }
    }
}

/// A fault of a stored access policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store::checks) enum PolicyFault {
    Missing,
    Times,
    Permissions,
}

/// Reports a fault of a policy. `found` contains the policies of the container, and `needs` the permissions that Score
/// needs.
pub(in crate::store::checks) fn policy(
    fault: PolicyFault,
    side: Side,
    store: &AzureStore,
    found: &[(String, Policy)],
    needs: &str,
) -> Finding {
    let (name, container) = (side_name(side, store), store.container.as_str());
    let shown_name = shown(name.as_bytes(), 64);
    let before = found.iter().find(|(id, _)| id == name).map(|(_, policy)| policy.clone());
    let severity = side.severity();
    let finding = match fault {
        PolicyFault::Missing => {
            let alike = found.iter().find(|(id, _)| id.eq_ignore_ascii_case(name)).map(|(id, _)| id.as_str());
            let finding = Finding::new(
                Id::P56,
                severity,
                format!("The container {container} has no stored access policy {shown_name}."),
            )
            .hint(side.without());
            match alike {
                Some(alike) => finding
                    .hint(format!("The container has {}. Upper and lower case differ.", shown(alike.as_bytes(), 64)))
                    .hint(format!("Correct {}, or create the policy.", side.setting())),
                None => finding.hint(format!("Create the policy, or correct {}.", side.setting())),
            }
        }
        PolicyFault::Times => Finding::new(
            Id::P55,
            severity,
            format!("The policy {shown_name} has a start or an expiry of its own, so Azure refuses the URLs of Score."),
        )
        .hint(
            "Each URL of Score has a start and an expiry too. Azure refuses a URL that repeats a field of its policy.",
        )
        .hint("Keep only permissions in the policy. Every SAS that names the policy changes immediately."),
        PolicyFault::Permissions => {
            let has = before.as_ref().map(|policy| shown(policy.permissions.as_bytes(), 20)).unwrap_or_default();
            Finding::new(
                Id::P57,
                severity,
                format!("The policy {shown_name} allows {has:?}, but Score needs {needs:?}."),
            )
            .hint(side.without())
            .hint("Add the permissions. Every SAS that names the policy changes immediately.")
        }
    };
    let finding = finding.on(&[side.setting()]).saw(in_words(found));
    if before.is_none() && found.len() >= MOST {
        return finding
            .hint("A container has at most five policies. Delete one of them first, or let Score use one of them.");
    }
    let after = Policy {
        permissions: with(before.as_ref().map_or("", |policy| &policy.permissions), needs),
        ..Policy::default()
    };
    let (before, after) = (before.map(Box::new), Box::new(after));
    finding.fixed_by(Repair::SetPolicy { name: name.to_owned(), before, after })
}

/// The most stored access policies that a container can have.
const MOST: usize = 5;

pub(in crate::store::checks) fn side_name(side: Side, store: &AzureStore) -> &str {
    match side {
        Side::Upload => &store.upload_policy,
        Side::Download => &store.download_policy,
    }
}

/// Adds permissions, in the order that Azure requires.
fn with(permissions: &str, more: &str) -> String {
    let has = |letter: &char| permissions.contains(*letter) || more.contains(*letter);
    let known = "racwdxyltmeopi";
    known.chars().filter(has).chain(permissions.chars().filter(|letter| !known.contains(*letter))).collect()
}

fn in_words(found: &[(String, Policy)]) -> String {
    let one = |(id, policy): &(String, Policy)| {
        let times = match (policy.start.as_str(), policy.expiry.as_str()) {
            ("", "") => String::new(),
            ("", expiry) => format!(" until {expiry}"),
            (start, "") => format!(" from {start}"),
            (start, expiry) => format!(" from {start} until {expiry}"),
        };
        shown(format!("{id} ({}{times})", policy.permissions).as_bytes(), 160)
    };
    match found {
        [] => "the container has no policies".to_owned(),
        found => format!("policies: {}", found.iter().map(one).collect::<Vec<_>>().join(", ")),
    }
}

/// Explains the refusal of a URL whose policy is right.
pub(in crate::store::checks) fn sas_refused(side: Side, store: &AzureStore, reply: &Reply) -> Finding {
    let code = code(reply);
    let severity = side.severity();
    if store.download_expiration_days == 0 {
        return Finding::new(
            Id::P58,
            severity,
            "The URLs that Score makes have already expired when Score makes them.",
        )
        .hint("Set the download expiration to 1 day or more. Uploads expire with it too.")
        .on(&[key::S3_DOWNLOAD_EXPIRATION])
        .seen(reply);
    }
    let shown_name = shown(side_name(side, store).as_bytes(), 64);
    let said = if code.is_empty() { reply.status.as_u16().to_string() } else { shown(code.as_bytes(), 60) };
    let finding = match code.as_str() {
        "AuthorizationPermissionMismatch" => Finding::new(
            Id::P57,
            severity,
            format!("The policy {shown_name} does not have the permissions that the URLs of Score need."),
        )
        .hint(side.without())
        .on(&[side.setting()]),
        "AuthorizationFailure" if !emulated(reply) => firewall().at_most(severity),
        _ => Finding::new(
            Id::P74,
            severity,
            format!("Azure refuses URLs that use the policy {shown_name} ({said}), but the account key works."),
        )
        .hint("Look for a proxy that changes or removes the query.")
        .hint("A changed policy works after up to 30 s. score-setup waited for 30 s.")
        .on(&[side.setting()]),
    };
    finding.seen(reply)
}

/// Reports that an emulator takes a blob at once and refuses its blocks, because the policy allows only to create.
pub(in crate::store::checks) fn only_whole_blobs(store: &AzureStore, reply: &Reply) -> Finding {
    let name = shown(side_name(Side::Upload, store).as_bytes(), 64);
    let summary = format!("The policy {name} allows no blocks, and score-client sends files over 128 MiB in blocks.");
    Finding::new(Id::P57, Note, summary)
        .hint("This server is an emulator: shorter files can be uploaded. Azure refuses them too.")
        .hint("Add the permission write (w).")
        .on(&[Side::Upload.setting()])
        .seen(reply)
}

/// Adds that an emulator answers, which accepts the fault.
pub(in crate::store::checks) fn ignored_by_emulator(finding: Finding) -> Finding {
    let hints = vec!["This server is an emulator and accepts it. Azure does not.".to_owned()];
    Finding { severity: Note, hints, ..finding }
}

/// Turns a missing `c` into a note: uploads work, but Score documents it.
pub(in crate::store::checks) fn no_create(finding: Finding) -> Finding {
    let hints =
        vec!["Uploads work here. Score's documentation asks for a policy with create (c) and write (w).".to_owned()];
    Finding { severity: Note, hints, ..finding }
}

/// Reports a policy for downloads that allows writing.
pub(in crate::store::checks) fn too_much(store: &AzureStore) -> Finding {
    let name = shown(store.download_policy.as_bytes(), 64);
    Finding::new(
        Id::P57,
        Note,
        format!("The policy {name} also allows writing. A client that may download an object can replace it."),
    )
    .hint("Remove everything but r. Downloads need only r.")
    .on(&[key::BUCKET_POLICY_DOWNLOAD])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_added_in_azures_order() {
        for (had, more, has) in [("", "cw", "cw"), ("wl", "rc", "rcwl"), ("rl", "r", "rl"), ("r?", "w", "rw?")] {
            assert_eq!(with(had, more), has);
        }
    }
}
