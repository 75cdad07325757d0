//! Adds one rule to a lifecycle document, and keeps every other byte of it. S3 replaces the whole document of a bucket, so
//! rules that this program does not understand must go back unchanged.

use std::fmt::Write as _;

use roxmltree::Node;

use super::{
    bucket_settings::{LifecycleRule, lifecycle},
    xml::{Misread, content, each, read, text},
};

/// The root of a document, and its namespace in S3.
const ROOT: &str = "LifecycleConfiguration";
/// The id of the rule. A number follows if another rule has this id.
const ID: &str = "score-setup-abort-uploads";
/// The deepest element that is compared. A rule of S3 has four levels.
const DEEPEST: usize = 16;
/// A document without rules.
pub const NO_RULES: &str = "<LifecycleConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"/>";

/// A rule that aborts unfinished uploads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AbortRule {
    /// The beginning of the names of the objects; empty for all objects.
    pub prefix: String,
    /// The days after the start of an upload.
    pub days: u32,
}

impl AbortRule {
    /// Returns an enabled rule that already aborts these uploads, at any time.
    #[must_use]
    pub fn existing<'a>(&self, rules: &'a [LifecycleRule]) -> Option<&'a LifecycleRule> {
        rules.iter().find(|rule| {
            rule.enabled && !rule.tagged && self.prefix.starts_with(&rule.prefix) && rule.aborts_after.is_some()
        })
    }

    /// Returns the document with this rule as its last one.
    ///
    /// # Errors
    /// Returns an error if the bytes are not a lifecycle document.
    pub fn added_to(&self, document: &[u8]) -> Result<String, Misread> {
        let whole = str::from_utf8(document).map_err(|_| Misread::NotXml("it is not UTF-8".to_owned()))?;
        read(document, ROOT, |root| {
            let range = root.range();
            let (before, element, after) = (&whole[..range.start], &whole[range.clone()], &whole[range.end..]);
            let name = element[1..].split(|c: char| c.is_whitespace() || c == '>' || c == '/').next().unwrap_or(ROOT);
            let rule = self.rule(name.strip_suffix(ROOT).unwrap_or_default(), root);
            let end = format!("</{name}>");
            if let Some(open) = element.strip_suffix("/>") {
                return Ok(format!("{before}{open}>{rule}{end}{after}"));
            }
            let at = element.rfind("</").unwrap_or(element.len());
            Ok(format!("{before}{}{rule}{}{after}", &element[..at], &element[at..]))
        })
    }

    /// Formats the rule. `namespace` is the prefix of its elements, such as `s3:`.
    fn rule(&self, namespace: &str, root: Node) -> String {
        let taken: Vec<String> = each(root, "Rule").filter_map(|rule| text(rule, "ID")).collect();
        let ids = std::iter::once(ID.to_owned()).chain((2..).map(|number| format!("{ID}-{number}")));
        let id = ids.into_iter().find(|id| !taken.contains(id)).unwrap_or_default();
        // S3 refuses a document whose rules have filters and older prefixes side by side.
        let older = each(root, "Rule").any(|rule| each(rule, "Prefix").next().is_some());
        let element = |name: &str, inner: &str| format!("<{namespace}{name}>{inner}</{namespace}{name}>");
        let prefix = element("Prefix", &escaped(&self.prefix));
        let days = element("DaysAfterInitiation", &self.days.to_string());
        let parts = [
            element("ID", &id),
            if older { prefix } else { element("Filter", &prefix) },
            element("Status", "Enabled"),
            element("AbortIncompleteMultipartUpload", &days),
        ];
        element("Rule", &parts.concat())
    }
}

/// Compares the rules of two documents: the elements and texts of each rule, in any order. `added` is left out of the second.
///
/// # Errors
/// Returns an error if one of them is not a lifecycle document.
pub fn same_rules(one: &[u8], other: &[u8], added: Option<&AbortRule>) -> Result<bool, Misread> {
    let (mut one, mut other) = (rules(one)?, rules(other)?);
    if let Some(added) = added {
        let ours = |rule: &(LifecycleRule, String)| rule.0.id.starts_with(ID) && added.is(&rule.0);
        let at = other.iter().position(|rule| ours(rule) && !one.contains(rule));
        at.map(|at| other.remove(at));
    }
    let key = |rule: &(LifecycleRule, String)| rule.1.clone();
    one.sort_by_key(key);
    other.sort_by_key(key);
    Ok(one == other)
}

/// Returns the rule of a document that this program added.
#[must_use]
pub fn added(rules: &[LifecycleRule]) -> Option<AbortRule> {
    let ours = rules.iter().rev().find(|rule| rule.id.starts_with(ID))?;
    Some(AbortRule { prefix: ours.prefix.clone(), days: ours.aborts_after? })
}

impl AbortRule {
    /// Returns true if a rule does this and nothing else.
    fn is(&self, rule: &LifecycleRule) -> bool {
        let only = LifecycleRule {
            id: rule.id.clone(),
            enabled: true,
            prefix: self.prefix.clone(),
            aborts_after: Some(self.days),
            ..LifecycleRule::default()
        };
        *rule == only
    }
}

/// Returns each rule as it is understood, and as text that is the same for the same elements.
fn rules(document: &[u8]) -> Result<Vec<(LifecycleRule, String)>, Misread> {
    let understood = lifecycle(document)?;
    let texts = read(document, ROOT, |root| {
        each(root, "Rule").map(|rule| uniform(rule, 0)).collect::<Option<Vec<_>>>().ok_or(Misread::Missing("end"))
    })?;
    Ok(understood.into_iter().zip(texts).collect())
}

/// Formats an element with its children in one order. `None` if it is too deep.
fn uniform(node: Node, depth: usize) -> Option<String> {
    if depth > DEEPEST {
        return None;
    }
    let children = node.children().filter(Node::is_element).map(|child| uniform(child, depth + 1));
    let mut children = children.collect::<Option<Vec<_>>>()?;
    children.sort_unstable();
    let mut text = format!("<{}>", node.tag_name().name());
    if children.is_empty() {
        let _ = write!(text, "{:?}", content(node).trim());
    }
    text.extend(children);
    text.push_str("</>");
    Some(text)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: AbortRule = AbortRule { prefix: String::new(), days: 7 };

    fn rule_of_data() -> AbortRule {
        AbortRule { prefix: "a&b/".to_owned(), days: 7 }
    }

    #[test]
    fn every_other_byte_goes_back() {
        let ours = |prefix: &str| {
            format!(
                "<Rule><ID>score-setup-abort-uploads</ID>{prefix}<Status>Enabled</Status><AbortIncompleteMultipartUpload>\
                 <DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>"
            )
        };
        let filter = ours("<Filter><Prefix>a&amp;b/</Prefix></Filter>");
        let begin =
            "<?xml version=\"1.0\"?>\n<LifecycleConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\n";
        let other =
            "  <Rule><ID>x</ID><!-- mine --><Filter/><Status>Enabled</Status><New a='1'><B/>&#x41;</New></Rule>\n";
        let end = "</LifecycleConfiguration >\n<!-- end -->";
        let after = rule_of_data().added_to(format!("{begin}{other}{end}").as_bytes()).unwrap();
        assert_eq!(after, format!("{begin}{other}{filter}{end}"));
        let after = rule_of_data().added_to(NO_RULES.as_bytes()).unwrap();
        assert_eq!(after, format!("{}>{filter}</LifecycleConfiguration>", NO_RULES.strip_suffix("/>").unwrap()));
        // The older form of rules, and a prefix for the namespace.
        let old = "<s:LifecycleConfiguration xmlns:s=\"u\"><s:Rule><s:Prefix>x</s:Prefix></s:Rule></s:LifecycleConfiguration>";
        let after = rule_of_data().added_to(old.as_bytes()).unwrap();
        let ours = ours("<Prefix>a&amp;b/</Prefix>").replace('<', "<s:").replace("<s:/", "</s:");
        assert_eq!(after, old.replace("</s:LifecycleConfiguration>", &format!("{ours}</s:LifecycleConfiguration>")));
    }

    #[test]
    fn what_is_not_such_a_document_is_refused() {
        let entity = "<!DOCTYPE a [<!ENTITY b \"c\">]><LifecycleConfiguration>&b;</LifecycleConfiguration>";
        for bad in [&b"<Error/>"[..], b"", b"\xff", b"\xef\xbb\xbf<LifecycleConfiguration/>", entity.as_bytes()] {
            assert!(RULE.added_to(bad).is_err(), "{bad:?}");
        }
        let deep = format!(
            "<LifecycleConfiguration><Rule>{}{}</Rule></LifecycleConfiguration>",
            "<a>".repeat(9000),
            "</a>".repeat(9000)
        );
        assert!(same_rules(deep.as_bytes(), deep.as_bytes(), None).is_err());
    }

    #[test]
    fn a_taken_id_gets_a_number_and_an_existing_rule_is_found() {
        let once = RULE.added_to(NO_RULES.as_bytes()).unwrap();
        assert_eq!(RULE.existing(&lifecycle(once.as_bytes()).unwrap()).unwrap().aborts_after, Some(7));
        let off = once.replace("Enabled", "Disabled");
        assert_eq!(RULE.existing(&lifecycle(off.as_bytes()).unwrap()), None);
        let twice = RULE.added_to(off.as_bytes()).unwrap();
        assert!(twice.contains("<ID>score-setup-abort-uploads-2</ID>"), "{twice}");
        let narrow = rule_of_data().added_to(NO_RULES.as_bytes()).unwrap();
        assert_eq!(RULE.existing(&lifecycle(narrow.as_bytes()).unwrap()), None);
        assert_eq!(added(&lifecycle(narrow.as_bytes()).unwrap()), Some(rule_of_data()));
    }

    #[test]
    fn rules_are_compared_by_their_elements() {
        let document = |rules: &str| format!("<LifecycleConfiguration>{rules}</LifecycleConfiguration>");
        let (a, b) =
            ("<Rule><ID>a</ID><New><B/><C>1</C></New></Rule>", "<Rule><ID>b</ID><Status>Enabled</Status></Rule>");
        let same =
            |one: &str, other: &str| same_rules(document(one).as_bytes(), document(other).as_bytes(), Some(&RULE));
        assert_eq!(
            same(&[a, b].concat(), &format!("{b}\n<Rule><New><C> 1 </C><B></B></New><ID>a</ID></Rule>")),
            Ok(true)
        );
        assert_eq!(same(&[a, b].concat(), b), Ok(false));
        assert_eq!(same(a, &a.replace('1', "2")), Ok(false));
        assert_eq!(same(a, &[a, a].concat()), Ok(false));
        let merged = RULE.added_to(document(a).as_bytes()).unwrap();
        assert_eq!(same_rules(document(a).as_bytes(), merged.as_bytes(), Some(&RULE)), Ok(true));
        assert_eq!(same_rules(document(a).as_bytes(), merged.as_bytes(), None), Ok(false));
    }
}
