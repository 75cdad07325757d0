//! Distinguishes the releases of Score by the settings that they read, and by how they read them.

use std::{fmt, str::FromStr};

use super::{Api, profile};

/// A group of releases that behave alike. Groups differ in Spring Boot (2.1.6 up to 5.10, 2.6.6 from 5.11: `pom.xml`),
/// in settings, and in profiles (`ProfileConfig.java:17-22` from 5.10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Release {
    /// Releases 5.2 to 5.9.
    R5_9,
    R5_10,
    R5_11,
    /// Release 5.12 and newer ones.
    R5_12,
}

impl Release {
    pub const ALL: [Self; 4] = [Self::R5_9, Self::R5_10, Self::R5_11, Self::R5_12];
    pub const OLDEST: Self = Self::R5_9;
    pub const NEWEST: Self = Self::R5_12;

    /// Returns the name that `--release` and answers files take.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::R5_9 => "5.9",
            Self::R5_10 => "5.10",
            Self::R5_11 => "5.11",
            Self::R5_12 => "5.12",
        }
    }

    /// Returns the tag of the newest image of the group; `None` if none is published.
    #[must_use]
    pub fn image_tag(self) -> Option<&'static str> {
        match self {
            Self::R5_9 => Some("5.9.0"),
            Self::R5_10 => Some("5.10.1"),
            Self::R5_11 => Some("5.11.0"),
            Self::R5_12 => None,
        }
    }

    /// Returns the releases of this group in words.
    #[must_use]
    pub fn span(self) -> &'static str {
        match self {
            Self::R5_9 => "5.2 to 5.9",
            Self::R5_10 => "5.10",
            Self::R5_11 => "5.11",
            Self::R5_12 => "5.12 and newer",
        }
    }

    /// Returns true if the HTTP client of the release writes `:` and `,` in the path of a request bare, after the request
    /// was signed with `%3A` and `%2C`. A signature of version 2 then does not fit the names of part markers, and no
    /// upload ends (httpclient 4.5.9 in `pom.xml`; observed on Score 5.9.0 and 5.10.1 with MinIO, Ceph and Swift, and not
    /// on 5.11.0 and 5.12.0-SNAPSHOT).
    #[must_use]
    pub fn unescapes_paths(self) -> bool {
        match self {
            Self::R5_9 | Self::R5_10 => true,
            Self::R5_11 | Self::R5_12 => false,
        }
    }

    /// Returns what `spring.profiles.active` must name for this kind of store, without `secure` (`@Profile` of
    /// `S3Config.java`, and `ProfileConfig.java`; observed on Score 5.9.0, 5.10.1, 5.11.0 and 5.12.0-SNAPSHOT). With
    /// `azure` and a profile of S3 together Score does not start, because both define the same beans.
    #[must_use]
    pub fn storage_profiles(self, api: Api) -> &'static [&'static str] {
        match (api, self) {
            (Api::S3, Self::R5_9) => &[profile::DEFAULT, profile::PROD],
            (Api::S3, Self::R5_10 | Self::R5_11) => &[profile::COLLABORATORY, profile::PROD],
            (Api::S3, Self::R5_12) => &[profile::S3],
            (Api::Azure, _) => &[profile::PROD, profile::AZURE],
        }
    }
}

impl Release {
    /// Reads the release that an operator names. It must be a known one; a jar may be newer.
    ///
    /// # Errors
    /// Returns the reason if this is not a known release.
    pub fn named(text: &str) -> Result<Self, UnknownRelease> {
        let release = text.parse()?;
        let rest = text.trim().strip_prefix(Self::NEWEST.name());
        let newest = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-']));
        if release == Self::NEWEST && !newest {
            Err(UnknownRelease::TooNew(text.trim().to_owned()))
        } else {
            Ok(release)
        }
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownRelease {
    #[error("{0:?} is not a release of Score. Give one such as 5.11 or 5.11.0.")]
    NotARelease(String),
    #[error("Score {0} is not supported: its storage keys differ. Releases 5.2 and newer are.")]
    TooOld(String),
    #[error("Score {0} is not known to this score-setup. The newest known release is {newest}.", newest = Release::NEWEST)]
    TooNew(String),
}

impl FromStr for Release {
    type Err = UnknownRelease;

    /// Parses `5.11`, `5.11.0` or `5.12.0-SNAPSHOT`. A later major version counts as the newest group.
    fn from_str(text: &str) -> Result<Self, UnknownRelease> {
        let odd = || UnknownRelease::NotARelease(text.to_owned());
        let mut parts = text.trim().split(['.', '-']);
        let mut number = || parts.next().and_then(|part| part.parse::<u32>().ok()).ok_or_else(odd);
        match (number()?, number()?) {
            (5, 2..=9) => Ok(Self::R5_9),
            (5, 10) => Ok(Self::R5_10),
            (5, 11) => Ok(Self::R5_11),
            (5, 12..) | (6.., _) => Ok(Self::R5_12),
            _ => Err(UnknownRelease::TooOld(text.trim().to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_read_in_every_form_in_use() {
        for (text, release) in [
            ("5.2.0", Release::R5_9),
            ("5.9", Release::R5_9),
            ("5.10.1", Release::R5_10),
            ("5.11.0", Release::R5_11),
            ("5.12.0-SNAPSHOT", Release::R5_12),
            ("6.0", Release::R5_12),
        ] {
            assert_eq!(text.parse(), Ok(release), "{text}");
        }
    }

    #[test]
    fn a_named_release_is_a_known_one() {
        for (text, release) in
            [("5.12", Release::R5_12), ("5.12.0-SNAPSHOT", Release::R5_12), (" 5.9.0", Release::R5_9)]
        {
            assert_eq!(Release::named(text), Ok(release), "{text}");
        }
        for text in ["5.13", "5.120", "6.0", "9.9"] {
            assert_eq!(Release::named(text), Err(UnknownRelease::TooNew(text.into())), "{text}");
        }
    }

    #[test]
    fn older_releases_are_told_so() {
        assert_eq!("5.1.0".parse::<Release>(), Err(UnknownRelease::TooOld("5.1.0".into())));
        assert!(matches!("latest".parse::<Release>(), Err(UnknownRelease::NotARelease(_))));
    }
}
