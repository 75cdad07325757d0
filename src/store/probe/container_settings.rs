//! Reads the settings of an Azure container and its account: what Azure does with the blobs by itself. Score asks none of
//! this.

use http::HeaderMap;
use roxmltree::Node;

use super::{
    bucket_settings::CorsRule,
    xml::{Misread, content, each, read, text, unmarked},
};

/// The service version that shows all of these settings. The newest of them is the immutability of versions, which a
/// recorded reply of 2021-08-06 has (Azure SDK for JavaScript, recordings of `@azure/storage-blob`). Score's own version
/// shows none.
pub const VERSION: &str = "2021-08-06";

/// The properties of a container that change what happens to its blobs (learn.microsoft.com "Get Container Properties").
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContainerProperties {
    /// The public access: `container`, `blob`, or empty.
    pub public: String,
    pub protection: Option<Protection>,
    /// True if versions can be immutable. The account then keeps versions.
    pub immutable_versions: bool,
    /// The encryption scope of new blobs; empty for the key of the account.
    pub encryption_scope: String,
    /// True if a blob cannot have another encryption scope.
    pub only_this_scope: bool,
}

/// A policy of the container under which no blob can be replaced or deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// Ends for each blob some days after it was written.
    Retention,
    LegalHold,
}

/// Reads the headers of a container.
#[must_use]
pub fn container(headers: &HeaderMap) -> ContainerProperties {
    let value = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().trim();
    let is = |name: &str| value(name).eq_ignore_ascii_case("true");
    let hold = is("x-ms-has-legal-hold").then_some(Protection::LegalHold);
    let retention = || is("x-ms-has-immutability-policy").then_some(Protection::Retention);
    ContainerProperties {
        public: value("x-ms-blob-public-access").to_owned(),
        protection: hold.or_else(retention),
        immutable_versions: is("x-ms-immutable-storage-with-versioning-enabled"),
        encryption_scope: Some(value("x-ms-default-encryption-scope"))
            .filter(|scope| *scope != "$account-encryption-key")
            .unwrap_or_default()
            .to_owned(),
        only_this_scope: is("x-ms-deny-encryption-scope-override"),
    }
}

/// The properties of the Blob service of an account (learn.microsoft.com "Get Blob Service Properties").
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServiceProperties {
    /// The days that deleted and replaced blobs are kept. `None` without soft delete.
    pub keeps_deleted: Option<u32>,
    /// The rules for the scripts of browsers.
    pub cors: Vec<CorsRule>,
}

/// Reads the properties of the Blob service.
///
/// # Errors
/// Returns an error if the body is not the reply to `restype=service&comp=properties`.
pub fn service(body: &[u8]) -> Result<ServiceProperties, Misread> {
    read(unmarked(body), "StorageServiceProperties", |root| {
        let retention = each(root, "DeleteRetentionPolicy").last();
        let enabled = |node: &Node| text(*node, "Enabled").is_some_and(|text| text.trim() == "true");
        let days = |node: Node| text(node, "Days")?.trim().parse().ok();
        let rules = each(root, "Cors").flat_map(|cors| each(cors, "CorsRule"));
        Ok(ServiceProperties {
            keeps_deleted: retention.filter(enabled).map(|node| days(node).unwrap_or_default()),
            cors: rules.map(cors_rule).collect(),
        })
    })
}

/// Reads one rule. Each list is one text with commas, and a header may end with `*` (learn.microsoft.com "CORS support for
/// Azure Storage").
fn cors_rule(rule: Node) -> CorsRule {
    let listed = |name, wanted: &dyn Fn(&str) -> bool| {
        text(rule, name).unwrap_or_default().split(',').any(|one| wanted(&one.trim().to_ascii_lowercase()))
    };
    CorsRule {
        reads: listed("AllowedMethods", &|method| method == "get"),
        ranges: listed("AllowedHeaders", &|header| match header.strip_suffix('*') {
            Some(start) => "range".starts_with(start),
            None => header == "range",
        }),
    }
}

/// Reads the names of the archived blobs in a list of blobs, and the number of all blobs in it.
///
/// # Errors
/// Returns an error if the reply is not the reply to `restype=container&comp=list`.
pub fn archived(body: &[u8]) -> Result<(Vec<String>, usize), Misread> {
    read(unmarked(body), "EnumerationResults", |root| {
        let blobs: Vec<Node> = each(root, "Blobs").flat_map(|list| each(list, "Blob")).collect();
        let tier = |blob: &Node| each(*blob, "Properties").find_map(|properties| text(properties, "AccessTier"));
        let archived = blobs.iter().filter(|blob| tier(blob).is_some_and(|tier| tier.trim() == "Archive"));
        let names = archived.filter_map(|blob| each(*blob, "Name").last().map(content)).collect();
        Ok((names, blobs.len()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_headers_of_a_container_are_read_and_absent_ones_say_no() {
        let mut headers = HeaderMap::new();
        assert_eq!(container(&headers), ContainerProperties::default());
        for (name, value) in [
            ("x-ms-blob-public-access", "blob"),
            ("x-ms-has-immutability-policy", "false"),
            ("x-ms-has-legal-hold", "true"),
            ("x-ms-immutable-storage-with-versioning-enabled", "True"),
            ("x-ms-default-encryption-scope", "$account-encryption-key"),
            ("x-ms-deny-encryption-scope-override", "false"),
        ] {
            headers.insert(name, value.parse().unwrap());
        }
        let read = container(&headers);
        assert_eq!((read.public.as_str(), read.protection), ("blob", Some(Protection::LegalHold)));
        assert_eq!((read.immutable_versions, read.encryption_scope.as_str()), (true, ""));
    }

    #[test]
    fn soft_delete_of_blobs_is_not_that_of_containers_or_of_logs() {
        let properties = |inner: &str| {
            let body = format!("\u{feff}<StorageServiceProperties>{inner}</StorageServiceProperties>");
            service(body.as_bytes()).unwrap().keeps_deleted
        };
        let policy = "<Enabled>true</Enabled><Days>7</Days>";
        assert_eq!(properties(&format!("<DeleteRetentionPolicy>{policy}</DeleteRetentionPolicy>")), Some(7));
        assert_eq!(properties("<DeleteRetentionPolicy><Enabled>false</Enabled></DeleteRetentionPolicy>"), None);
        assert_eq!(properties(&format!("<Logging><RetentionPolicy>{policy}</RetentionPolicy></Logging>")), None);
        assert_eq!(
            properties(&format!("<ContainerDeleteRetentionPolicy>{policy}</ContainerDeleteRetentionPolicy>")),
            None
        );
        assert!(service(b"<html/>").is_err() && service(b"{}").is_err());
    }

    #[test]
    fn a_rule_of_cors_lists_its_headers_with_commas_and_beginnings() {
        for (methods, headers, read) in [
            ("GET,HEAD", "Range", (true, true)),
            ("PUT, get", "x-ms-*, ra*", (true, true)),
            ("GET", "*", (true, true)),
            ("GET", "x-ms-*", (true, false)),
            ("PUT", "range", (false, true)),
            ("GET", "", (true, false)),
        ] {
            let body = format!(
                "<StorageServiceProperties><Cors><CorsRule><AllowedMethods>{methods}</AllowedMethods>\
                 <AllowedHeaders>{headers}</AllowedHeaders></CorsRule></Cors></StorageServiceProperties>"
            );
            let rules = service(body.as_bytes()).unwrap().cors;
            assert_eq!((rules[0].reads, rules[0].ranges), read, "{methods} {headers}");
        }
    }

    #[test]
    fn archived_blobs_are_named_and_all_are_counted() {
        let blob = |name: &str, tier: &str| {
            format!("<Blob><Name>{name}</Name><Properties><AccessTier>{tier}</AccessTier></Properties></Blob>")
        };
        let list = |blobs: &str| format!("<EnumerationResults><Blobs>{blobs}</Blobs></EnumerationResults>");
        let body = list(&[blob("a", "Hot"), blob("b", "Archive"), "<Blob><Name>c</Name></Blob>".to_owned()].concat());
        assert_eq!(archived(body.as_bytes()), Ok((vec!["b".to_owned()], 3)));
        assert_eq!(archived(list("").as_bytes()), Ok((Vec::new(), 0)));
        assert!(archived(b"<Error/>").is_err());
    }
}
