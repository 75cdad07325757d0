//! The requests about uploads in parts.

use http::{StatusCode, header};

use super::{SignedCall, StoreReply, bare, documented, in_document, quoted, set, write_owner};
use crate::store::sandbox::{
    refusal::{self, S3Refusal},
    xml::{self, XmlWriter},
};

impl SignedCall<'_> {
    pub(super) fn begin_upload(&self) -> Result<StoreReply, S3Refusal> {
        let (bucket, key) = (&self.target.bucket, &self.target.key);
        let id = self.memory.begin(bucket, key, self.header("content-type").map(str::to_owned))?;
        Ok(documented(XmlWriter::document("InitiateMultipartUploadResult", |root| {
            root.leaf("Bucket", bucket);
            root.leaf("Key", key);
            root.leaf("UploadId", &id);
        })))
    }

    pub(super) async fn put_part(self) -> Result<StoreReply, S3Refusal> {
        let (memory, [bucket, key, id]) = (self.memory, self.upload());
        let number = self.target.number("partNumber")?.ok_or(refusal::BAD_ARGUMENT)?;
        memory.expect_upload(&bucket, &key, &id)?;
        let etag = memory.insert_part(&bucket, &key, &id, number, self.content().await?)?;
        let mut reply = bare(StatusCode::OK);
        set(&mut reply, header::ETAG, &quoted(&etag));
        Ok(reply)
    }

    pub(super) fn list_parts(&self) -> Result<StoreReply, S3Refusal> {
        let [bucket, key, id] = self.upload();
        let (after, most) = (self.target.number("part-number-marker")?.unwrap_or(0), self.target.page("max-parts")?);
        let (parts, more) = self.memory.parts(&bucket, &key, &id, after, most)?;
        let next = parts.last().map_or(0, |(number, _)| *number);
        Ok(documented(XmlWriter::document("ListPartsResult", |root| {
            root.leaf("Bucket", &bucket);
            root.leaf("Key", &key);
            root.leaf("UploadId", &id);
            write_owner(root, "Initiator");
            write_owner(root, "Owner");
            root.leaf("StorageClass", "STANDARD");
            root.leaf("PartNumberMarker", &after.to_string());
            root.leaf("NextPartNumberMarker", &next.to_string());
            root.leaf("MaxParts", &most.to_string());
            root.leaf("IsTruncated", if more { "true" } else { "false" });
            for (number, part) in &parts {
                root.group("Part", |written| {
                    written.leaf("PartNumber", &number.to_string());
                    written.leaf("LastModified", &in_document(part.at));
                    written.leaf("ETag", &quoted(&part.etag));
                    written.leaf("Size", &part.bytes.len().to_string());
                });
            }
        })))
    }

    pub(super) async fn complete_upload(self) -> Result<StoreReply, S3Refusal> {
        let (memory, [bucket, key, id]) = (self.memory, self.upload());
        memory.expect_upload(&bucket, &key, &id)?;
        let named = read_parts(&self.document().await?)?;
        let etag = memory.complete(&bucket, &key, &id, &named)?;
        Ok(documented(XmlWriter::document("CompleteMultipartUploadResult", |root| {
            root.leaf("Location", &format!("/{bucket}/{key}"));
            root.leaf("Bucket", &bucket);
            root.leaf("Key", &key);
            root.leaf("ETag", &quoted(&etag));
        })))
    }

    pub(super) fn abort_upload(&self) -> Result<StoreReply, S3Refusal> {
        let [bucket, key, id] = self.upload();
        self.memory.abort(&bucket, &key, &id).map(|()| bare(StatusCode::NO_CONTENT))
    }

    /// Returns bucket, key and id.
    fn upload(&self) -> [String; 3] {
        [&self.target.bucket, &self.target.key, self.target.text("uploadId")].map(|text: &str| text.to_owned())
    }
}

/// Reads the numbers and the `ETag`s of the parts that make an object.
fn read_parts(document: &[u8]) -> Result<Vec<(u32, Option<String>)>, S3Refusal> {
    xml::read(document, "CompleteMultipartUpload", |root| {
        let part = |part| {
            let number = xml::text(part, "PartNumber").and_then(|text| text.parse().ok());
            let etag = xml::text(part, "ETag").map(|etag| etag.trim_matches('"').to_owned());
            number.map(|number| (number, etag)).ok_or(refusal::BAD_DOCUMENT)
        };
        xml::each(root, "Part").map(part).collect()
    })
}
