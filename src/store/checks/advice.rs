//! The words of advice: summary, severity, settings and repair of each finding. A finding never says
//! more than was seen. Knows nothing of how things were found out.

pub(super) mod azure;
mod keys;
mod policy;
mod reach;
mod refusal;
pub(super) mod score;
pub(super) mod settings;
mod store;
pub(super) mod tls;
mod transfers;
#[cfg(test)]
mod voices;

pub(super) use keys::*;
pub(super) use reach::*;
pub(super) use refusal::RefusalKind;
pub(in crate::store) use refusal::code;
pub(super) use store::*;
pub(super) use transfers::*;

pub use policy::{Guide, PolicyFile, guide};
pub use refusal::finding_of_code;
pub use score::refused as url_refused;

use super::{Finding, MissingRight, Repair};
use crate::{
    score::{Id, Severity},
    store::probe::{Reply, xml},
    text::shown,
};

/// The most characters of a server's message that are shown.
const WORDS: usize = 300;

impl Finding {
    /// Returns a finding with only a summary.
    #[must_use]
    pub fn new(id: Id, severity: Severity, summary: impl Into<String>) -> Self {
        Self {
            id,
            severity,
            summary: summary.into(),
            evidence: Vec::new(),
            hints: Vec::new(),
            settings: Vec::new(),
            repair: None,
            others: Vec::new(),
            lacks: None,
            silent: false,
            unproven: false,
        }
    }

    /// Adds a hint. At most three are kept.
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        if self.hints.len() < 3 {
            self.hints.push(hint.into());
        }
        self
    }

    /// Adds a hint before all others.
    pub(super) fn first_hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.insert(0, hint.into());
        self.hints.truncate(3);
        self
    }

    pub(super) fn on(mut self, settings: &[&'static str]) -> Self {
        self.settings.extend(settings);
        self
    }

    pub(super) fn fixed_by(mut self, repair: Repair) -> Self {
        self.repair = Some(repair);
        self
    }

    /// Puts a likelier repair before those that are known.
    pub(super) fn likelier_fixed_by(mut self, repair: Repair) -> Self {
        if let Some(known) = self.repair.replace(repair) {
            self.others.insert(0, known);
        }
        self
    }

    /// Adds a repair that is less likely.
    pub(super) fn also_fixed_by(mut self, repair: Repair) -> Self {
        self.others.push(repair);
        self
    }

    /// Notes the right that the key does not have.
    pub(super) fn lacks(mut self, action: &'static str, bucket: &str) -> Self {
        let writes = policy::WRITING.contains(&action);
        self.lacks = Some(MissingRight { action, bucket: bucket.to_owned(), writes });
        self
    }

    pub(super) fn saw(mut self, what: impl Into<String>) -> Self {
        self.evidence.push(what.into());
        self
    }

    /// Marks that no reply came within the limit.
    pub(super) fn in_silence(mut self) -> Self {
        self.silent = true;
        self
    }

    /// Adds the exchange as evidence.
    pub(super) fn seen(mut self, reply: &Reply) -> Self {
        self.evidence.extend(evidence(reply));
        self
    }

    pub(super) fn at_most(mut self, severity: Severity) -> Self {
        self.severity = self.severity.min(severity);
        self
    }

    pub(super) fn at_least(mut self, severity: Severity) -> Self {
        self.severity = self.severity.max(severity);
        self
    }
}

/// Returns the request, the status and code, the message of the store, and the request id.
fn evidence(reply: &Reply) -> Vec<String> {
    let header = |name| reply.headers.get(name).map(|value| shown(value.as_bytes(), 120));
    let fault = xml::fault(&reply.body).ok();
    let code = shown(code(reply).as_bytes(), 60);
    let mut lines = vec![format!("{} → {} {code}", reply.sent, reply.status.as_u16()).trim_end().to_owned()];
    if !reply.repeated.is_empty() {
        lines.push(format!("sent {} times, as Score or its client does", reply.repeated.len() + 1));
    }
    match &fault {
        Some(fault) => {
            let message = shown(fault.message.as_bytes(), WORDS);
            if !message.is_empty() {
                lines.push(format!("the store says: {message}"));
            }
        }
        None if !reply.body.is_empty() && !reply.status.is_success() => {
            lines.push(format!("the answer begins: {}", shown(&reply.body, 120)));
        }
        None => {}
    }
    // in the words of Azure: what of the signature it does not like
    let detail = fault.as_ref().and_then(|fault| fault.details.get("AuthenticationErrorDetail"));
    lines.extend(detail.map(|detail| format!("in detail: {}", shown(detail.as_bytes(), WORDS))));
    let id = header("x-amz-request-id").or_else(|| header("x-ms-request-id"));
    let id = id.or_else(|| fault.as_ref()?.request_id().map(|id| shown(id.as_bytes(), 120)));
    lines.extend(id.map(|id| format!("request id {id}")));
    lines
}
