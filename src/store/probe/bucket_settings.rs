//! Reads the settings of a bucket: what the store does with its objects by itself. Score asks none of this.

use super::xml::{Misread, content, each, read, text};
use roxmltree::Node;
use serde_json::Value;

/// One rule of a lifecycle document. Its texts are raw: show them through `shown`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LifecycleRule {
    pub id: String,
    pub enabled: bool,
    /// The beginning of the names of its objects; empty for all objects.
    pub prefix: String,
    /// True if it is only about objects with a tag. Score tags nothing.
    pub tagged: bool,
    /// When it deletes objects.
    pub expiry: Option<Expiry>,
    /// The storage classes that it moves objects to.
    pub classes: Vec<String>,
    /// True if it deletes old versions.
    pub ends_old_versions: bool,
    /// The days after which it aborts unfinished uploads.
    pub aborts_after: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expiry {
    /// The days after the creation of an object.
    Days(u32),
    Date(String),
}

impl LifecycleRule {
    /// Returns true if the rule is in effect for names that begin with this prefix, or for some of them.
    #[must_use]
    pub fn covers(&self, prefix: &str) -> bool {
        self.enabled && !self.tagged && (self.prefix.starts_with(prefix) || prefix.starts_with(&self.prefix))
    }
}

/// Reads the rules of a lifecycle document.
///
/// # Errors
/// Returns an error if the body is not such a document.
pub fn lifecycle(body: &[u8]) -> Result<Vec<LifecycleRule>, Misread> {
    read(body, "LifecycleConfiguration", |root| Ok(each(root, "Rule").map(rule).collect()))
}

fn rule(rule: Node) -> LifecycleRule {
    let filters = || each(rule, "Filter").flat_map(|filter| [Some(filter), each(filter, "And").last()]).flatten();
    let prefix = [rule].into_iter().chain(filters()).filter_map(|node| text(node, "Prefix")).last();
    let expiration = each(rule, "Expiration").last();
    let days = |node: Node, name| text(node, name)?.trim().parse().ok();
    let expiry = expiration.and_then(|node| {
        let date = || text(node, "Date").map(Expiry::Date);
        days(node, "Days").map(Expiry::Days).or_else(date)
    });
    LifecycleRule {
        id: text(rule, "ID").unwrap_or_default(),
        enabled: text(rule, "Status").is_some_and(|status| status.trim() == "Enabled"),
        prefix: prefix.unwrap_or_default(),
        tagged: filters().any(|filter| each(filter, "Tag").next().is_some()),
        expiry,
        classes: each(rule, "Transition").filter_map(|node| text(node, "StorageClass")).collect(),
        ends_old_versions: each(rule, "NoncurrentVersionExpiration").next().is_some(),
        aborts_after: each(rule, "AbortIncompleteMultipartUpload")
            .last()
            .and_then(|node| days(node, "DaysAfterInitiation")),
    }
}

/// Reads whether a bucket keeps old versions.
///
/// # Errors
/// Returns an error if the body is not the reply to `?versioning`.
pub fn keeps_versions(body: &[u8]) -> Result<bool, Misread> {
    read(body, "VersioningConfiguration", |root| {
        Ok(text(root, "Status").is_some_and(|status| status.trim() == "Enabled"))
    })
}

/// Reads how long new objects are locked, such as `GOVERNANCE, 30 days`. `None` if they are not.
///
/// # Errors
/// Returns an error if the body is not the reply to `?object-lock`.
pub fn retention(body: &[u8]) -> Result<Option<String>, Misread> {
    read(body, "ObjectLockConfiguration", |root| {
        let retention = each(root, "Rule").flat_map(|rule| each(rule, "DefaultRetention")).last();
        Ok(retention.map(|retention| {
            let time = ["Days", "Years"].iter().find_map(|name| {
                let number = text(retention, name)?;
                Some(format!("{} {}", number.trim(), name.to_lowercase()))
            });
            let mode = text(retention, "Mode").unwrap_or_default();
            [mode.trim().to_owned(), time.unwrap_or_default()].join(", ")
        }))
    })
}

/// Reads how a bucket encrypts new objects, such as `aws:kms`.
///
/// # Errors
/// Returns an error if the body is not the reply to `?encryption`.
pub fn encryption(body: &[u8]) -> Result<Option<String>, Misread> {
    read(body, "ServerSideEncryptionConfiguration", |root| {
        let defaults = each(root, "Rule").flat_map(|rule| each(rule, "ApplyServerSideEncryptionByDefault"));
        Ok(defaults.last().and_then(|default| text(default, "SSEAlgorithm")).map(|text| text.trim().to_owned()))
    })
}

/// Reads whether the policy of a bucket allows something to everyone.
///
/// # Errors
/// Returns an error if the body is not the reply to `?policyStatus`.
pub fn is_public(body: &[u8]) -> Result<bool, Misread> {
    read(body, "PolicyStatus", |root| {
        Ok(text(root, "IsPublic").is_some_and(|text| text.trim().eq_ignore_ascii_case("true")))
    })
}

/// Reads whether a policy allows something to everyone, under no condition. The status of a policy is stricter on MinIO,
/// which calls only a bucket public that everyone may write to.
///
/// # Errors
/// Returns an error if the body is not a policy.
pub fn allows_everyone(body: &[u8]) -> Result<bool, Misread> {
    let policy: Value = serde_json::from_slice(body)
        .map_err(|_| Misread::Value { name: "policy", text: "it is not JSON".to_owned() })?;
    let everyone = |principal: &Value| {
        let named = principal.get("AWS").unwrap_or(principal);
        let list = named.as_array().map_or(std::slice::from_ref(named), Vec::as_slice);
        list.iter().any(|one| one == "*")
    };
    let allows = |statement: &Value| {
        let principal = statement.get("Principal").is_some_and(everyone);
        statement.get("Effect").is_some_and(|effect| effect == "Allow")
            && principal
            && statement.get("Condition").is_none()
    };
    let statements = policy.get("Statement").unwrap_or(&Value::Null);
    Ok(statements.as_array().map_or(std::slice::from_ref(statements), Vec::as_slice).iter().any(allows))
}

/// Reads the permissions that the access list of a bucket gives to everyone, or to every user of the store.
///
/// # Errors
/// Returns an error if the body is not the reply to `?acl`.
pub fn public_grants(body: &[u8]) -> Result<Vec<String>, Misread> {
    let everyone = |grantee: Node| {
        let uri = text(grantee, "URI").unwrap_or_default();
        ["/AllUsers", "/AuthenticatedUsers"].iter().any(|group| uri.trim().ends_with(group))
    };
    read(body, "AccessControlPolicy", |root| {
        let grants = each(root, "AccessControlList").flat_map(|list| each(list, "Grant"));
        let public = grants.filter(|grant| each(*grant, "Grantee").any(everyone));
        Ok(public.filter_map(|grant| text(grant, "Permission")).collect())
    })
}

/// One rule for the scripts of browsers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CorsRule {
    pub reads: bool,
    /// True if a script may ask for a range of bytes.
    pub ranges: bool,
}

/// Reads the rules for the scripts of browsers.
///
/// # Errors
/// Returns an error if the body is not the reply to `?cors`.
pub fn cors(body: &[u8]) -> Result<Vec<CorsRule>, Misread> {
    read(body, "CORSConfiguration", |root| {
        let rule = |rule: Node| {
            let has = |name, wanted: &[&str]| {
                each(rule, name).map(content).any(|text| wanted.iter().any(|one| text.trim().eq_ignore_ascii_case(one)))
            };
            CorsRule { reads: has("AllowedMethod", &["GET", "*"]), ranges: has("AllowedHeader", &["Range", "*"]) }
        };
        Ok(each(root, "CORSRule").map(rule).collect())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_in_both_forms() {
        let rules = lifecycle(
            b"<LifecycleConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
              <Rule><ID>old</ID><Prefix>data/</Prefix><Status>Enabled</Status><Expiration><Days>30</Days></Expiration></Rule>\
              <Rule><ID>new</ID><Filter><And><Prefix>x</Prefix><Tag><Key>a</Key><Value>b</Value></Tag></And></Filter>\
              <Status>Enabled</Status><Transition><Days>1</Days><StorageClass>GLACIER</StorageClass></Transition></Rule>\
              <Rule><Filter></Filter><Status>Disabled</Status><NoncurrentVersionExpiration/>\
              <AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload>\
              </Rule></LifecycleConfiguration>",
        )
        .unwrap();
        let covers: Vec<bool> = rules.iter().map(|rule| rule.covers("data/")).collect();
        assert_eq!(covers, [true, false, false]);
        assert_eq!(rules[0].expiry, Some(Expiry::Days(30)));
        assert_eq!(
            (rules[1].prefix.as_str(), rules[1].tagged, &rules[1].classes[..]),
            ("x", true, &["GLACIER".to_owned()][..])
        );
        assert_eq!((rules[2].ends_old_versions, rules[2].aborts_after), (true, Some(7)));
        assert!(lifecycle(b"<Error/>").is_err() && lifecycle(b"[]").is_err());
    }

    #[test]
    fn a_part_of_a_directory_is_covered_too() {
        let rule =
            |prefix: &str| LifecycleRule { enabled: true, prefix: prefix.to_owned(), ..LifecycleRule::default() };
        let covers: Vec<bool> =
            ["", "da", "data/", "data/a", "upload/", "database"].map(|it| rule(it).covers("data/")).to_vec();
        assert_eq!(covers, [true, true, true, true, false, false]);
    }
}
