//! Every word of advice: what each finding says, how bad it is, what it points to and what mends it. A finding never says
//! more than was seen. Knows nothing of how things were found out.
//!
//! The ids up to P77 are those of a catalogue of public reports; those above were given here.

pub(super) mod azure;
mod keys;
mod policy;
mod reach;
pub(super) mod score;
mod store;
pub(super) mod tls;

pub(super) use keys::*;
pub(super) use reach::*;
pub(super) use store::*;

pub use policy::policy;
pub use score::refused as url_refused;

use super::{Finding, Repair};
use crate::{
    score::Severity,
    store::probe::{Reply, xml},
    text::shown,
};

/// Every id that a check can give, with its meaning; for the documentation.
pub const FINDINGS: &[(&str, &str)] = &[
    ("P08", "The access key is a temporary one, which needs a session token that Score cannot send."),
    ("P16", "The endpoint does not say whether it is http or https."),
    ("P17", "The endpoint says http, but TLS is spoken there."),
    ("P18", "The endpoint says https, but TLS is not spoken there."),
    ("P19", "The endpoint is the web console's port, not the S3 port."),
    ("P20", "The name of the endpoint is unknown."),
    ("P21", "Java takes no such host name as that of the endpoint, often for an underscore."),
    ("P22", "Nothing answers at the endpoint: refused, unreachable or silent."),
    (
        "P23",
        "There is no way to the endpoint but perhaps through a proxy, and Score uses none unless its Java is told.",
    ),
    ("P25", "Something before the store cannot do with Expect: 100-continue, with which Score sends bodies."),
    ("P26", "The host of the endpoint begins with a bucket, which Score writes into the path."),
    ("P27", "The endpoint holds a path, which a proxy takes away or the store takes for a bucket."),
    ("P28", "The endpoint ends with a slash, which stands twice in the URLs that clients get."),
    ("P29", "The certificate of the endpoint is self-signed, or from an authority that nobody here trusts."),
    ("P30", "The certificate of the endpoint is for another name, or not valid now."),
    ("P31", "The address that clients get is one that other machines cannot reach."),
    ("P32", "Pre-signed requests through s3.preSignedUrl.override.host are refused, those to the endpoint are not."),
    ("P33", "Something between Score and the store changes the request, so that the signature does not fit."),
    ("P34", "The store does not accept the secret key, or does not say which of the two keys is wrong."),
    ("P35", "The store does not know the access key."),
    ("P36", "The clocks of this machine and the store differ too much."),
    ("P37", "Score signs for another region than the store expects."),
    ("P38", "The store does not accept this signature version."),
    ("P39", "The store refuses uploads with the key of s3.masterEncryptionKeyId."),
    ("P41", "The store takes the host of the endpoint for the name of a bucket."),
    ("P42", "The store lets this user do nothing more: suspended, over a quota, or the store is full."),
    ("P43", "A bucket is missing."),
    ("P44", "The store does not accept the name of a bucket."),
    ("P45", "Unfinished uploads cannot be listed or aborted, so clean-up and cancel do not work."),
    ("P46", "The store refuses without saying whether the keys are wrong or may do too little."),
    ("P47", "The key may not list a bucket, so absent objects look forbidden."),
    ("P49", "The key may not do something that uploads or downloads need."),
    ("P50", "The sentinel is missing, so every client stops at its first step."),
    ("P51", "The sentinel does not come within the five seconds that a client waits."),
    ("P52", "The ETag of what was written is not its MD5, so Score or its client takes it for damaged."),
    ("P54", "Something before the store refuses bodies as large as a part."),
    ("P55", "A stored access policy says when it starts or ends, which each of Score's URLs says too."),
    ("P56", "A stored access policy is missing, or is spelt differently."),
    ("P57", "A stored access policy allows too little, or more than it should."),
    ("P58", "The URLs that Score makes are not valid at the time."),
    ("P59", "Azure does not accept the account key."),
    ("P60", "The storage account is unknown: its name, or the cloud it is in, is another."),
    ("P61", "What stands behind the account key names a place that is not there."),
    ("P62", "The storage account takes no shared keys, and Score knows nothing else."),
    ("P63", "The firewall of the storage account does not let this machine in."),
    ("P64", "The storage account takes only https."),
    ("P65", "The container is missing."),
    ("P66", "Signed requests arrive without their signature."),
    ("P67", "The running Score does not use this configuration: another source counts more, or it is another one's."),
    (
        "P70",
        "The running Score uses other keys than its configuration: it was not restarted, or another source counts.",
    ),
    ("P71", "The store refuses the empty streamed object with which Score marks a finished part."),
    ("P72", "The store refuses bodies in signed chunks, in which Score sends everything with version 4."),
    ("P73", "The store's reply cannot be read as AWS SDK for Java 1.11, on which Score stands, reads it."),
    ("P74", "Pre-signed requests fail though signed ones work."),
    ("P75", "The profile secure is not active, so that every upload and download answers 500."),
    ("P76", "Score runs without the pages for uploads and downloads: the profile prod or default is missing."),
    ("P78", "The store, or something before it, answers with an error of its own."),
    ("P79", "What answers at the endpoint is not the kind of store that was chosen."),
    ("P80", "The store does not keep keys as Score writes them."),
    ("P81", "What was written is not what is read."),
    ("P82", "A download of a range does not give exactly that range."),
    ("P83", "The store takes longer than a check waits, or answers only what is not signed."),
    ("P84", "A check broke off by a fault of this program."),
    ("P85", "The connection broke before the reply was there."),
    ("P86", "Score's health page says, or will say, that the store is out of service."),
    ("P87", "The store answers for an absent object as if it were there."),
    ("P88", "The store refuses a request for a reason of its own."),
    ("P89", "The endpoint or the way to it cannot be used as it is."),
    ("P90", "An upload cannot be completed."),
    ("P91", "The parts of an upload are not listed as they were sent."),
    ("P92", "What a finished upload leaves behind cannot be deleted."),
    ("P93", "Score cannot ask Song about a file."),
    ("P94", "The certificate of the endpoint is trusted here, but not by the Java that would run Score."),
    ("P95", "The endpoint does not send the certificate of its issuer, which Java does not fetch."),
    ("P96", "The certificate of the endpoint is of a kind that Java refuses."),
    ("P97", "The endpoint speaks only versions of TLS that Java has switched off, or nothing in common with it."),
    ("P98", "The endpoint wants a certificate of its client, which Score does not have."),
    ("P99", "The certificate of the endpoint expires within two weeks."),
    ("P100", "What answers at the address of Score is not Score."),
    ("P101", "Uploads and downloads ask for no token."),
];

/// The longest piece of a server's words that is shown.
const WORDS: usize = 300;

impl Finding {
    pub(super) fn new(id: &'static str, severity: Severity, summary: impl Into<String>) -> Self {
        debug_assert!(FINDINGS.iter().any(|(known, _)| *known == id), "{id} is not in the table");
        Self {
            id,
            severity,
            summary: summary.into(),
            evidence: Vec::new(),
            hints: Vec::new(),
            settings: Vec::new(),
            repair: None,
            silent: false,
        }
    }

    /// At most three are kept.
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        if self.hints.len() < 3 {
            self.hints.push(hint.into());
        }
        self
    }

    /// Before all other hints.
    pub(super) fn first_hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.insert(0, hint.into());
        self.hints.truncate(3);
        self
    }

    pub(super) fn on(mut self, settings: &[&'static str]) -> Self {
        self.settings.extend(settings);
        self
    }

    pub(super) fn mended_by(mut self, repair: Repair) -> Self {
        self.repair = Some(repair);
        self
    }

    pub(super) fn saw(mut self, what: impl Into<String>) -> Self {
        self.evidence.push(what.into());
        self
    }

    /// Nothing came within the limit.
    pub(super) fn in_silence(mut self) -> Self {
        self.silent = true;
        self
    }

    /// With the exchange as evidence.
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

/// Request, status and code, the store's words, its id of the request.
fn evidence(reply: &Reply) -> Vec<String> {
    let header = |name| reply.headers.get(name).map(|value| shown(value.as_bytes(), 120));
    let fault = xml::fault(&reply.body).ok();
    let code = shown(code(reply).as_bytes(), 60);
    let mut lines = vec![format!("{} → {} {code}", reply.sent, reply.status.as_u16()).trim_end().to_owned()];
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Every literal of that form in these texts.
    fn made() -> BTreeSet<String> {
        let texts = [
            include_str!("advice/azure.rs"),
            include_str!("advice/azure/policies.rs"),
            include_str!("advice/keys.rs"),
            include_str!("advice/reach.rs"),
            include_str!("advice/score.rs"),
            include_str!("advice/store.rs"),
            include_str!("advice/tls.rs"),
            include_str!("storage/buckets.rs"),
            include_str!("storage/clients.rs"),
            include_str!("storage/multipart.rs"),
            include_str!("storage/state.rs"),
        ];
        let ids = texts.iter().flat_map(|text| {
            text.match_indices("\"P").filter_map(|(at, _)| text[at + 1..].split('"').next().filter(|id| id.len() <= 4))
        });
        ids.filter(|id| number(id).is_some()).map(str::to_owned).collect()
    }

    fn number(id: &str) -> Option<u32> {
        id[1..].parse().ok()
    }

    #[test]
    fn the_table_holds_the_ids_that_are_made_and_no_others() {
        let table: BTreeSet<String> = FINDINGS.iter().map(|(id, _)| (*id).to_owned()).collect();
        assert_eq!(table.len(), FINDINGS.len(), "an id stands twice");
        assert_eq!(table, made());
        assert!(FINDINGS.is_sorted_by_key(|(id, _)| number(id)), "in the order of the ids");
        for (id, meaning) in FINDINGS {
            assert!(meaning.ends_with('.') && meaning.len() < 120, "{id}");
        }
    }
}
