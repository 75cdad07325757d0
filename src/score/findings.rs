//! Lists everything that `lint` and `check` can find, with the words that all outputs share. Does not know how a finding is
//! found, nor how bad it is: the severity of one id differs with its evidence.

use std::{fmt, str::FromStr};

use super::key;

/// The words about one finding.
#[derive(Debug, PartialEq, Eq)]
pub struct FindingText {
    /// The general sentence; a summary says the same of one case.
    pub title: &'static str,
    /// The reason, in one to three sentences.
    pub cause: &'static str,
    /// The evidence that separates it from similar findings.
    pub recognised: &'static str,
    /// One to four next steps.
    pub advice: &'static [&'static str],
    /// The settings that may be wrong, the likeliest first; empty if it may be any, or none.
    pub settings: &'static [&'static str],
}

/// Makes `Id` and its rows from one table, so that an id without a row does not compile.
macro_rules! findings {
    ($($id:ident = $text:literal {
        title: $title:expr,
        cause: $cause:expr,
        recognised: $recognised:expr,
        advice: $advice:expr,
        settings: $settings:expr,
    })*) => {
        /// The stable name of a finding. Ids that begin with `P` stand for problems between Score and its store, those that begin
        /// with `T` for traps of Score's configuration.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Id {
            $($id,)*
        }

        impl Id {
            /// Every id, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$id),*];

            /// Returns the id as outputs print it, such as `P43` or `T-44`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$id => $text,)*
                }
            }

            /// Returns the words about this finding.
            #[must_use]
            pub const fn row(self) -> &'static FindingText {
                match self {
                    $(Self::$id => &FindingText {
                        title: $title,
                        cause: $cause,
                        recognised: $recognised,
                        advice: &$advice,
                        settings: &$settings,
                    },)*
                }
            }
        }
    };
}

mod rows;

pub use rows::Id;

impl Id {
    /// Returns true if a permission of the key may be missing, so that the least policy helps.
    #[must_use]
    pub const fn concerns_permissions(self) -> bool {
        matches!(self, Self::P45 | Self::P46 | Self::P47 | Self::P49)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl serde::Serialize for Id {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// The error of a text that is not an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no finding has this id")]
pub struct UnknownId;

impl FromStr for Id {
    type Err = UnknownId;

    /// Parses an id. Ignores case and the dash: `p43`, `t44` and `T-44` are ids.
    fn from_str(text: &str) -> Result<Self, UnknownId> {
        let plain = |id: &str| id.replace('-', "").to_ascii_uppercase();
        let wanted = plain(text);
        Self::ALL.iter().copied().find(|id| plain(id.as_str()) == wanted).ok_or(UnknownId)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_speaks_in_sentences_and_gives_one_to_four_steps() {
        for id in Id::ALL {
            let row = id.row();
            for text in [row.title, row.cause, row.recognised].iter().chain(row.advice) {
                assert!(text.len() > 10 && text.ends_with('.'), "{id}: {text}");
            }
            assert!(row.title.len() < 120, "{id}");
            assert!((1..=4).contains(&row.advice.len()), "{id}");
        }
    }

    #[test]
    fn every_setting_of_a_row_has_a_row_itself_or_is_read_by_spring() {
        for id in Id::ALL {
            for key in id.row().settings {
                assert!(super::super::setting(key).is_some() || key.starts_with("spring."), "{id}: {key}");
            }
        }
    }

    #[test]
    fn the_ids_are_sorted_and_each_has_one_row() {
        let number =
            |id: &Id| (id.as_str().as_bytes()[0], id.as_str()[1..].trim_start_matches('-').parse::<u32>().ok());
        assert!(Id::ALL.windows(2).all(|pair| number(&pair[0]) < number(&pair[1])));
        assert!(Id::ALL.iter().all(|id| number(id).1.is_some()));
    }

    #[test]
    fn an_id_is_parsed_in_any_spelling() {
        for (text, id) in [("P43", Ok(Id::P43)), ("p43", Ok(Id::P43)), ("t44", Ok(Id::T44)), ("T-44", Ok(Id::T44))] {
            assert_eq!(text.parse(), id);
        }
        for text in ["", "P4", "X43"] {
            assert_eq!(text.parse::<Id>(), Err(UnknownId), "{text}");
        }
        for id in Id::ALL {
            assert_eq!(id.to_string().parse(), Ok(*id));
        }
    }
}
