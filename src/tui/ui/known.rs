//! What frames show of a file that may be large: worked out once for each reading and each change of the answers, not for
//! each frame.

use crate::{
    draft::Draft,
    output::{Diff, Proposal},
    properties::{BadEscape, Document},
    wizard::{Blocked, State},
};

/// What the existing file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Existing {
    /// Not read yet, or it could not be.
    Unread,
    Absent,
    /// How many keys it sets.
    Keys(usize),
    Unreadable(BadEscape),
}

/// What would be written, with the difference of each file.
pub type Preview = Result<(Proposal, Vec<Diff>), Blocked>;

#[derive(Debug, Default)]
pub struct Known {
    existing: Option<(usize, Existing)>,
    preview: Option<(Basis, Preview)>,
}

/// All that a preview follows from.
#[derive(Debug, PartialEq)]
struct Basis {
    reads: usize,
    draft: Draft,
    failed: bool,
}

impl Known {
    /// `reads` differs whenever the file may have been read anew.
    pub fn follow(&mut self, state: &State, reads: usize, reviewing: bool) {
        if self.existing.as_ref().is_none_or(|(seen, _)| *seen != reads) {
            self.existing = Some((reads, existing(state)));
        }
        if !reviewing {
            // It may be as large as two files.
            self.preview = None;
            return;
        }
        let basis = Basis { reads, draft: state.draft.clone(), failed: state.failed() };
        if self.preview.as_ref().is_none_or(|(seen, _)| *seen != basis) {
            let preview = state.proposal().map(|proposal| {
                let diffs = proposal.files.iter().map(crate::output::FileChange::diff).collect();
                (proposal, diffs)
            });
            self.preview = Some((basis, preview));
        }
    }

    #[must_use]
    pub fn existing(&self) -> &Existing {
        self.existing.as_ref().map_or(&Existing::Unread, |(_, existing)| existing)
    }

    /// Only while the review is shown.
    #[must_use]
    pub fn preview(&self) -> Option<&Preview> {
        self.preview.as_ref().map(|(_, preview)| preview)
    }
}

fn existing(state: &State) -> Existing {
    match state.deployment.as_ref().map(|deployment| &deployment.application.bytes) {
        None => Existing::Unread,
        Some(None) => Existing::Absent,
        Some(Some(bytes)) => match Document::parse(bytes) {
            Ok(document) => Existing::Keys(document.pairs().count()),
            Err(bad) => Existing::Unreadable(bad),
        },
    }
}
