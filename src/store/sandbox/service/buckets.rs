//! The requests about the store and about buckets.

use http::{StatusCode, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use time::OffsetDateTime;

use super::{SignedCall, StoreReply, bare, documented, in_document, quoted, set, write_owner};
use crate::store::sandbox::{
    memory::{KeyListing, ListQuestion, name_of_token},
    refusal::{self, S3Refusal},
    xml::{self, XmlWriter},
};

/// The characters that `encoding-type=url` does not change.
const LEGIBLE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'*').remove(b'/');

impl SignedCall<'_> {
    pub(super) fn list_buckets(&self) -> StoreReply {
        documented(XmlWriter::document("ListAllMyBucketsResult", |root| {
            write_owner(root, "Owner");
            root.group("Buckets", |buckets| {
                for name in self.memory.bucket_names() {
                    buckets.group("Bucket", |bucket| {
                        bucket.leaf("Name", &name);
                        bucket.leaf("CreationDate", &in_document(OffsetDateTime::UNIX_EPOCH));
                    });
                }
            });
        }))
    }

    /// Performs a request about a bucket. `named` is the part of the bucket that it names.
    pub(super) async fn on_bucket(self, method: &str, named: &str) -> Result<StoreReply, S3Refusal> {
        let (memory, bucket) = (self.memory, self.target.bucket.clone());
        if (method, named) != ("PUT", "") {
            memory.expect_bucket(&bucket)?;
        }
        match (method, named) {
            ("PUT", "") => {
                self.document().await?;
                memory.create_bucket(&bucket)?;
                let mut reply = bare(StatusCode::OK);
                set(&mut reply, header::LOCATION, &format!("/{bucket}"));
                Ok(reply)
            }
            ("DELETE", "") => memory.remove_bucket(&bucket).map(|()| bare(StatusCode::NO_CONTENT)),
            ("HEAD", "") => Ok(bare(StatusCode::OK)),
            ("GET", "") if self.target.text("list-type") == "2" => self.list_second(),
            ("GET", "") => self.list_first(),
            ("GET", "uploads") => self.list_uploads(),
            ("GET", "acl") => Ok(access_list()),
            ("GET", "location") => Ok(documented(XmlWriter::document("LocationConstraint", |_| {}))),
            ("GET", "versioning") => Ok(documented(XmlWriter::document("VersioningConfiguration", |_| {}))),
            ("GET", "lifecycle") => memory.rules(&bucket).map(documented),
            ("PUT", "lifecycle") => {
                let document = self.document().await?;
                expect_rules(&document)?;
                memory.set_rules(&bucket, Some(document)).map(|()| bare(StatusCode::OK))
            }
            ("DELETE", "lifecycle") => memory.set_rules(&bucket, None).map(|()| bare(StatusCode::NO_CONTENT)),
            ("GET", "object-lock") => Err(refusal::NO_LOCK),
            ("GET", "encryption") => Err(refusal::NO_ENCRYPTION),
            ("GET", "policy" | "policyStatus") => Err(refusal::NO_POLICY),
            ("GET", "cors") => Err(refusal::NO_CORS),
            _ => Err(refusal::NOT_IMPLEMENTED),
        }
    }

    /// Returns the listed page, and how its names are written.
    fn page(&self, after: &str) -> Result<(KeyListing, ListedNames), S3Refusal> {
        let target = &self.target;
        let (prefix, delimiter) = (target.text("prefix"), target.text("delimiter"));
        let question = ListQuestion { prefix, delimiter, after, most: target.page("max-keys")? };
        let names = ListedNames::asked_for(target.text("encoding-type"))?;
        Ok((self.memory.list(&target.bucket, question)?, names))
    }

    fn list_first(&self) -> Result<StoreReply, S3Refusal> {
        let marker = self.target.text("marker");
        let (listing, names) = self.page(marker)?;
        let most = self.target.page("max-keys")?;
        let next =
            if listing.more && self.target.parameter("delimiter").is_some() { listing.last.as_str() } else { "" };
        Ok(documented(XmlWriter::document("ListBucketResult", |root| {
            root.leaf("Name", &self.target.bucket);
            root.leaf("Prefix", &names.written(self.target.text("prefix")));
            root.leaf("Marker", &names.written(marker));
            root.leaf_if_any("NextMarker", &names.written(next));
            root.leaf("MaxKeys", &most.to_string());
            root.leaf_if_any("Delimiter", &names.written(self.target.text("delimiter")));
            write_keys(root, &listing, names);
        })))
    }

    fn list_second(&self) -> Result<StoreReply, S3Refusal> {
        let token = self.target.text("continuation-token");
        let last = name_of_token(token)?;
        let after = if token.is_empty() { self.target.text("start-after") } else { &last };
        let (listing, names) = self.page(after)?;
        let most = self.target.page("max-keys")?;
        Ok(documented(XmlWriter::document("ListBucketResult", |root| {
            root.leaf("Name", &self.target.bucket);
            root.leaf("Prefix", &names.written(self.target.text("prefix")));
            root.leaf_if_any("StartAfter", &names.written(self.target.text("start-after")));
            root.leaf_if_any("ContinuationToken", token);
            if listing.more {
                root.leaf("NextContinuationToken", &listing.token());
            }
            root.leaf("KeyCount", &(listing.objects.len() + listing.prefixes.len()).to_string());
            root.leaf("MaxKeys", &most.to_string());
            root.leaf_if_any("Delimiter", &names.written(self.target.text("delimiter")));
            write_keys(root, &listing, names);
        })))
    }

    fn list_uploads(&self) -> Result<StoreReply, S3Refusal> {
        let target = &self.target;
        let (prefix, most) = (target.text("prefix"), target.page("max-uploads")?);
        let (key, id) = (target.text("key-marker"), target.text("upload-id-marker"));
        // Without an id, all uploads of this key are known.
        let id_after = if id.is_empty() && !key.is_empty() { "\u{10ffff}" } else { id };
        let (uploads, more) = self.memory.unfinished(&target.bucket, prefix, (key, id_after), most)?;
        let names = ListedNames::asked_for(target.text("encoding-type"))?;
        Ok(documented(XmlWriter::document("ListMultipartUploadsResult", |root| {
            root.leaf("Bucket", &target.bucket);
            root.leaf("KeyMarker", &names.written(key));
            root.leaf("UploadIdMarker", id);
            if let Some(last) = uploads.last().filter(|_| more) {
                root.leaf("NextKeyMarker", &names.written(&last.key));
                root.leaf("NextUploadIdMarker", &last.id);
            }
            root.leaf_if_any("Prefix", &names.written(prefix));
            root.leaf("MaxUploads", &most.to_string());
            root.leaf("IsTruncated", if more { "true" } else { "false" });
            names.write_kind(root);
            for one in &uploads {
                root.group("Upload", |upload| {
                    upload.leaf("Key", &names.written(&one.key));
                    upload.leaf("UploadId", &one.id);
                    write_owner(upload, "Initiator");
                    write_owner(upload, "Owner");
                    upload.leaf("StorageClass", "STANDARD");
                    upload.leaf("Initiated", &in_document(one.at));
                });
            }
        })))
    }
}

/// How the names in a list are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ListedNames {
    Plain,
    Escaped,
}

impl ListedNames {
    fn asked_for(kind: &str) -> Result<Self, S3Refusal> {
        match kind {
            "" => Ok(Self::Plain),
            "url" => Ok(Self::Escaped),
            _ => Err(refusal::BAD_ARGUMENT),
        }
    }

    fn written(self, name: &str) -> String {
        match self {
            Self::Plain => name.to_owned(),
            Self::Escaped => utf8_percent_encode(name, LEGIBLE).to_string(),
        }
    }

    fn write_kind(self, root: &mut XmlWriter) {
        if self == Self::Escaped {
            root.leaf("EncodingType", "url");
        }
    }
}

fn write_keys(root: &mut XmlWriter, listing: &KeyListing, names: ListedNames) {
    root.leaf("IsTruncated", if listing.more { "true" } else { "false" });
    names.write_kind(root);
    for (key, object) in &listing.objects {
        root.group("Contents", |content| {
            content.leaf("Key", &names.written(key));
            content.leaf("LastModified", &in_document(object.at));
            content.leaf("ETag", &quoted(&object.etag));
            content.leaf("Size", &object.bytes.len().to_string());
            content.leaf("StorageClass", "STANDARD");
        });
    }
    for prefix in &listing.prefixes {
        root.group("CommonPrefixes", |common| common.leaf("Prefix", &names.written(prefix)));
    }
}

fn access_list() -> StoreReply {
    documented(XmlWriter::document("AccessControlPolicy", |root| {
        write_owner(root, "Owner");
        root.group("AccessControlList", |list| {
            list.group("Grant", |grant| {
                let typed = " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"CanonicalUser\"";
                grant.element("Grantee", typed, |grantee| {
                    grantee.leaf("ID", "sandbox");
                    grantee.leaf("DisplayName", "sandbox");
                });
                grant.leaf("Permission", "FULL_CONTROL");
            });
        });
    }))
}

/// Refuses a document that is not one of lifecycle rules. AWS wants at least one rule, each with a status.
fn expect_rules(document: &[u8]) -> Result<(), S3Refusal> {
    xml::read(document, "LifecycleConfiguration", |root| {
        let switched = |rule| matches!(xml::text(rule, "Status"), Some("Enabled" | "Disabled"));
        let mut rules = xml::each(root, "Rule").map(switched).peekable();
        if rules.peek().is_some() && rules.all(|good| good) { Ok(()) } else { Err(refusal::BAD_DOCUMENT) }
    })
}
