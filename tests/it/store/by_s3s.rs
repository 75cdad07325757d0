//! The store of the sandbox behind another S3 server, the crate `s3s`: it reads requests and verifies signatures with code
//! that is not ours. It judges our signer in all tests, and the server of the sandbox in `tests/it/sandbox/`.

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use md5::{Digest, Md5};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::{
    Body, S3, S3Error, S3ErrorCode, S3Request, S3Response, S3Result,
    auth::{S3Auth, SecretKey},
    dto::{
        AbortMultipartUploadInput, AbortMultipartUploadOutput, Bucket, CommonPrefix, CompleteMultipartUploadInput,
        CompleteMultipartUploadOutput, CreateBucketInput, CreateBucketOutput, CreateMultipartUploadInput,
        CreateMultipartUploadOutput, DeleteBucketInput, DeleteBucketOutput, DeleteObjectInput, DeleteObjectOutput,
        ETag, EncodingType, GetBucketAclInput, GetBucketAclOutput, GetObjectInput, GetObjectOutput, Grant, Grantee,
        HeadBucketInput, HeadBucketOutput, HeadObjectInput, HeadObjectOutput, ListBucketsInput, ListBucketsOutput,
        ListMultipartUploadsInput, ListMultipartUploadsOutput, ListObjectsInput, ListObjectsOutput, ListObjectsV2Input,
        ListObjectsV2Output, ListPartsInput, ListPartsOutput, MultipartUpload, Object, Owner, Part, Permission,
        PutObjectInput, PutObjectOutput, StreamingBlob, Timestamp, Type, UploadPartInput, UploadPartOutput,
    },
    s3_error,
    service::{S3Service, S3ServiceBuilder},
};
use score_setup::{
    store::sandbox::{
        Memory,
        memory::{KeyListing, ListQuestion, StoredObject, name_of_token},
        refusal::S3Refusal,
    },
    text::secret::Secret,
};

/// The characters that `encoding-type=url` does not change.
const LEGIBLE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'*').remove(b'/');

pub(crate) fn service(memory: &Memory, access_key: &str, secret: &Secret) -> S3Service {
    let mut builder = S3ServiceBuilder::new(Served(memory.clone()));
    builder.set_auth(OneUser { access_key: access_key.to_owned(), secret: SecretKey::from(secret.for_signing()) });
    builder.build()
}

struct OneUser {
    access_key: String,
    secret: SecretKey,
}

#[async_trait::async_trait]
impl S3Auth for OneUser {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        if access_key == self.access_key {
            Ok(self.secret.clone())
        } else {
            Err(s3_error!(InvalidAccessKeyId, "The access key is not the sandbox's."))
        }
    }
}

struct Served(Memory);

fn refused(refusal: S3Refusal) -> S3Error {
    let code = S3ErrorCode::from_bytes(refusal.code.as_bytes()).unwrap();
    let mut error = S3Error::with_message(code, refusal.message);
    error.set_status_code(refusal.status);
    error
}

#[async_trait::async_trait]
impl S3 for Served {
    async fn create_bucket(&self, req: S3Request<CreateBucketInput>) -> S3Result<S3Response<CreateBucketOutput>> {
        let bucket = req.input.bucket;
        self.0.create_bucket(&bucket).map_err(refused)?;
        Ok(S3Response::new(CreateBucketOutput { location: Some(format!("/{bucket}")) }))
    }

    async fn delete_bucket(&self, req: S3Request<DeleteBucketInput>) -> S3Result<S3Response<DeleteBucketOutput>> {
        self.0.remove_bucket(&req.input.bucket).map_err(refused)?;
        Ok(S3Response::new(DeleteBucketOutput {}))
    }

    async fn head_bucket(&self, req: S3Request<HeadBucketInput>) -> S3Result<S3Response<HeadBucketOutput>> {
        self.0.expect_bucket(&req.input.bucket).map_err(refused)?;
        Ok(S3Response::new(HeadBucketOutput::default()))
    }

    async fn list_buckets(&self, _: S3Request<ListBucketsInput>) -> S3Result<S3Response<ListBucketsOutput>> {
        let creation_date = Some(Timestamp::from(std::time::SystemTime::UNIX_EPOCH));
        let bucket = |name| Bucket { name: Some(name), creation_date: creation_date.clone(), bucket_region: None };
        let buckets = self.0.bucket_names().into_iter().map(bucket).collect();
        Ok(S3Response::new(ListBucketsOutput { buckets: Some(buckets), owner: Some(owner()), ..Default::default() }))
    }

    async fn get_bucket_acl(&self, req: S3Request<GetBucketAclInput>) -> S3Result<S3Response<GetBucketAclOutput>> {
        self.0.expect_bucket(&req.input.bucket).map_err(refused)?;
        let Owner { display_name, id } = owner();
        let type_ = Type::from_static(Type::CANONICAL_USER);
        let grantee = Grantee { display_name, id, type_, email_address: None, uri: None };
        let permission = Some(Permission::from_static(Permission::FULL_CONTROL));
        let grants = Some(vec![Grant { grantee: Some(grantee), permission }]);
        Ok(S3Response::new(GetBucketAclOutput { grants, owner: Some(owner()) }))
    }

    async fn put_object(&self, req: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        let PutObjectInput { bucket, key, body, content_type, content_md5, .. } = req.input;
        self.0.expect_bucket(&bucket).map_err(refused)?;
        let bytes = whole(body).await?;
        let sum = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, Md5::digest(&bytes));
        if content_md5.is_some_and(|told| told != sum) {
            return Err(s3_error!(BadDigest, "Content-MD5 is not that of the body."));
        }
        let etag = self.0.insert(&bucket, &key, bytes, content_type).map_err(refused)?;
        Ok(S3Response::new(PutObjectOutput { e_tag: Some(ETag::Strong(etag)), ..Default::default() }))
    }

    async fn get_object(&self, req: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        let GetObjectInput { bucket, key, range, .. } = req.input;
        let object = self.0.get(&bucket, &key).map_err(refused)?;
        let (bytes, content_range) = match range {
            None => (object.bytes.clone(), None),
            Some(range) => {
                let all = object.bytes.len();
                let part = range.check(all as u64)?;
                let (from, to) = (usize::try_from(part.start).unwrap(), usize::try_from(part.end).unwrap());
                (object.bytes.slice(from..to), Some(format!("bytes {from}-{}/{all}", to.saturating_sub(1))))
            }
        };
        Ok(S3Response::new(GetObjectOutput {
            content_length: Some(length(bytes.len())),
            content_range,
            content_type: object.kind.clone(),
            accept_ranges: Some("bytes".to_owned()),
            e_tag: Some(etag(&object)),
            last_modified: Some(object.at.into()),
            body: Some(StreamingBlob::from(Body::from(bytes))),
            ..Default::default()
        }))
    }

    async fn head_object(&self, req: S3Request<HeadObjectInput>) -> S3Result<S3Response<HeadObjectOutput>> {
        let object = self.0.get(&req.input.bucket, &req.input.key).map_err(refused)?;
        Ok(S3Response::new(HeadObjectOutput {
            content_length: Some(length(object.bytes.len())),
            e_tag: Some(etag(&object)),
            last_modified: Some(object.at.into()),
            content_type: object.kind,
            accept_ranges: Some("bytes".to_owned()),
            ..Default::default()
        }))
    }

    async fn delete_object(&self, req: S3Request<DeleteObjectInput>) -> S3Result<S3Response<DeleteObjectOutput>> {
        self.0.remove(&req.input.bucket, &req.input.key).map_err(refused)?;
        Ok(S3Response::new(DeleteObjectOutput::default()))
    }

    async fn list_objects(&self, req: S3Request<ListObjectsInput>) -> S3Result<S3Response<ListObjectsOutput>> {
        let ListObjectsInput { bucket: name, prefix, delimiter, marker, max_keys, encoding_type, .. } = req.input;
        let encode = encodes(encoding_type.as_ref());
        let most = at_most(max_keys);
        let (prefix_text, after) = (text(prefix.as_ref()), text(marker.as_ref()));
        let question = ListQuestion { prefix: prefix_text, delimiter: text(delimiter.as_ref()), after, most };
        let listing = self.0.list(&name, question).map_err(refused)?;
        Ok(S3Response::new(ListObjectsOutput {
            contents: Some(contents(&listing, encode)),
            common_prefixes: Some(common(&listing, encode)),
            is_truncated: Some(listing.more),
            next_marker: (listing.more && delimiter.is_some()).then(|| encoded(&listing.last, encode)),
            max_keys: i32::try_from(most).ok(),
            prefix: prefix.as_ref().map(|prefix| encoded(prefix, encode)),
            delimiter: delimiter.as_ref().map(|delimiter| encoded(delimiter, encode)),
            marker: marker.as_ref().map(|marker| encoded(marker, encode)),
            name: Some(name),
            encoding_type,
            ..Default::default()
        }))
    }

    async fn list_objects_v2(&self, req: S3Request<ListObjectsV2Input>) -> S3Result<S3Response<ListObjectsV2Output>> {
        let ListObjectsV2Input { bucket: name, prefix, delimiter, encoding_type, max_keys, .. } = req.input;
        let last = req.input.continuation_token.as_deref().map(name_of_token).transpose().map_err(refused)?;
        let after = last.or(req.input.start_after);
        let encode = encodes(encoding_type.as_ref());
        let most = at_most(max_keys);
        let (prefix_text, after) = (text(prefix.as_ref()), text(after.as_ref()));
        let question = ListQuestion { prefix: prefix_text, delimiter: text(delimiter.as_ref()), after, most };
        let listing = self.0.list(&name, question).map_err(refused)?;
        let count = listing.objects.len() + listing.prefixes.len();
        Ok(S3Response::new(ListObjectsV2Output {
            contents: Some(contents(&listing, encode)),
            common_prefixes: Some(common(&listing, encode)),
            is_truncated: Some(listing.more),
            next_continuation_token: listing.more.then(|| listing.token()),
            continuation_token: req.input.continuation_token,
            key_count: i32::try_from(count).ok(),
            max_keys: i32::try_from(most).ok(),
            name: Some(name),
            prefix,
            delimiter,
            encoding_type,
            ..Default::default()
        }))
    }

    async fn create_multipart_upload(
        &self,
        req: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        let CreateMultipartUploadInput { bucket, key, content_type, .. } = req.input;
        let upload_id = Some(self.0.begin(&bucket, &key, content_type).map_err(refused)?);
        let (bucket, key) = (Some(bucket), Some(key));
        Ok(S3Response::new(CreateMultipartUploadOutput { bucket, key, upload_id, ..Default::default() }))
    }

    async fn upload_part(&self, req: S3Request<UploadPartInput>) -> S3Result<S3Response<UploadPartOutput>> {
        let UploadPartInput { bucket, key, upload_id, part_number, body, .. } = req.input;
        let number = u32::try_from(part_number).unwrap_or_default();
        self.0.expect_upload(&bucket, &key, &upload_id).map_err(refused)?;
        let etag = self.0.insert_part(&bucket, &key, &upload_id, number, whole(body).await?).map_err(refused)?;
        Ok(S3Response::new(UploadPartOutput { e_tag: Some(ETag::Strong(etag)), ..Default::default() }))
    }

    async fn list_parts(&self, req: S3Request<ListPartsInput>) -> S3Result<S3Response<ListPartsOutput>> {
        let ListPartsInput { bucket, key, upload_id, max_parts, part_number_marker, .. } = req.input;
        let (most, after) = (at_most(max_parts), part_number_marker.unwrap_or(0));
        let above = u32::try_from(after).unwrap_or_default();
        let (parts, more) = self.0.parts(&bucket, &key, &upload_id, above, most).map_err(refused)?;
        let part = |(number, part): &(u32, StoredObject)| Part {
            part_number: i32::try_from(*number).ok(),
            e_tag: Some(etag(part)),
            size: Some(length(part.bytes.len())),
            last_modified: Some(part.at.into()),
            ..Default::default()
        };
        let parts: Vec<Part> = parts.iter().map(part).collect();
        Ok(S3Response::new(ListPartsOutput {
            bucket: Some(bucket),
            key: Some(key),
            upload_id: Some(upload_id),
            part_number_marker: Some(after),
            next_part_number_marker: parts.last().and_then(|part| part.part_number),
            max_parts: i32::try_from(most).ok(),
            is_truncated: Some(more),
            parts: Some(parts),
            ..Default::default()
        }))
    }

    async fn list_multipart_uploads(
        &self,
        req: S3Request<ListMultipartUploadsInput>,
    ) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
        let ListMultipartUploadsInput { bucket: name, prefix, encoding_type, .. } = req.input;
        let encode = encodes(encoding_type.as_ref());
        let (uploads, more) = self.0.unfinished(&name, text(prefix.as_ref()), ("", ""), 1000).map_err(refused)?;
        let uploads = uploads.into_iter().map(|one| MultipartUpload {
            key: Some(encoded(&one.key, encode)),
            upload_id: Some(one.id),
            initiated: Some(one.at.into()),
            owner: Some(owner()),
            ..Default::default()
        });
        Ok(S3Response::new(ListMultipartUploadsOutput {
            bucket: Some(name),
            uploads: Some(uploads.collect()),
            is_truncated: Some(more),
            prefix: prefix.clone(),
            encoding_type,
            ..Default::default()
        }))
    }

    async fn complete_multipart_upload(
        &self,
        req: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        let CompleteMultipartUploadInput { bucket, key, upload_id, multipart_upload, .. } = req.input;
        self.0.expect_upload(&bucket, &key, &upload_id).map_err(refused)?;
        let named = multipart_upload.and_then(|upload| upload.parts).unwrap_or_default();
        let part = |part: s3s::dto::CompletedPart| {
            let number = part.part_number.and_then(|number| u32::try_from(number).ok());
            (number.unwrap_or_default(), part.e_tag.map(|told| told.value().to_owned()))
        };
        let named: Vec<_> = named.into_iter().map(part).collect();
        let made = self.0.complete(&bucket, &key, &upload_id, &named).map_err(refused)?;
        let (bucket, key, e_tag) = (Some(bucket), Some(key), Some(ETag::Strong(made)));
        Ok(S3Response::new(CompleteMultipartUploadOutput { bucket, key, e_tag, ..Default::default() }))
    }

    async fn abort_multipart_upload(
        &self,
        req: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        let AbortMultipartUploadInput { bucket, key, upload_id, .. } = req.input;
        self.0.abort(&bucket, &key, &upload_id).map_err(refused)?;
        Ok(S3Response::new(AbortMultipartUploadOutput::default()))
    }
}

/// Reads the whole body, and verifies its signature chunk by chunk.
async fn whole(body: Option<StreamingBlob>) -> S3Result<Bytes> {
    let mut all = BytesMut::new();
    let Some(mut body) = body else { return Ok(Bytes::new()) };
    while let Some(bytes) = body.next().await {
        // s3s reports a wrong signature or length only as an error of the stream
        let bytes = bytes.map_err(|_| s3_error!(SignatureDoesNotMatch, "The body is not as it was signed."))?;
        all.extend_from_slice(&bytes);
    }
    Ok(all.freeze())
}

fn contents(listing: &KeyListing, encode: bool) -> Vec<Object> {
    let object = |(key, object): &(String, StoredObject)| Object {
        key: Some(encoded(key, encode)),
        size: Some(length(object.bytes.len())),
        e_tag: Some(etag(object)),
        last_modified: Some(object.at.into()),
        ..Default::default()
    };
    listing.objects.iter().map(object).collect()
}

fn common(listing: &KeyListing, encode: bool) -> Vec<CommonPrefix> {
    listing.prefixes.iter().map(|prefix| CommonPrefix { prefix: Some(encoded(prefix, encode)) }).collect()
}

fn etag(object: &StoredObject) -> ETag {
    ETag::Strong(object.etag.clone())
}

fn owner() -> Owner {
    Owner { display_name: Some("sandbox".to_owned()), id: Some("sandbox".to_owned()) }
}

fn text(given: Option<&String>) -> &str {
    given.map_or("", String::as_str)
}

/// Returns the requested number, at most 1000, as AWS does.
fn at_most(asked: Option<i32>) -> usize {
    usize::try_from(asked.unwrap_or(1000)).unwrap_or(0).min(1000)
}

fn encodes(kind: Option<&EncodingType>) -> bool {
    kind.is_some_and(|kind| kind.as_str() == EncodingType::URL)
}

fn encoded(text: &str, encode: bool) -> String {
    if encode { utf8_percent_encode(text, LEGIBLE).to_string() } else { text.to_owned() }
}

fn length(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}
