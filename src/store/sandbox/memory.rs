//! Keeps buckets, objects and multipart uploads in memory, with the rules of AWS that Score can notice: an `ETag` is
//! the MD5, missing things are 404, nothing is written to a bucket that does not exist. Knows nothing of signatures and
//! HTTP.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use md5::{Digest, Md5};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::{
    Body, S3, S3Request, S3Response, S3Result,
    dto::{
        AbortMultipartUploadInput, AbortMultipartUploadOutput, CommonPrefix, CompleteMultipartUploadInput,
        CompleteMultipartUploadOutput, CreateBucketInput, CreateBucketOutput, CreateMultipartUploadInput,
        CreateMultipartUploadOutput, DeleteBucketInput, DeleteBucketOutput, DeleteObjectInput, DeleteObjectOutput,
        ETag, EncodingType, GetBucketAclInput, GetBucketAclOutput, GetObjectInput, GetObjectOutput, Grant, Grantee,
        HeadBucketInput, HeadBucketOutput, HeadObjectInput, HeadObjectOutput, ListBucketsInput, ListBucketsOutput,
        ListMultipartUploadsInput, ListMultipartUploadsOutput, ListObjectsInput, ListObjectsOutput, ListObjectsV2Input,
        ListObjectsV2Output, ListPartsInput, ListPartsOutput, MultipartUpload, Owner, Part, Permission, PutObjectInput,
        PutObjectOutput, StreamingBlob, Timestamp, Type, UploadPartInput, UploadPartOutput,
    },
    s3_error,
};

use crate::store::probe::sign::hex;

/// The largest size of one object or part, because a sandbox keeps them in memory.
const MOST: usize = 64 << 20;
/// The characters that `encoding-type=url` does not change.
const LEGIBLE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'*').remove(b'/');

/// The content of the store. It is cheap to clone; clones are the same store.
#[derive(Debug, Clone, Default)]
pub struct Memory(Arc<Mutex<BTreeMap<String, Bucket>>>);

#[derive(Debug, Default)]
struct Bucket {
    objects: BTreeMap<String, Object>,
    uploads: BTreeMap<String, StoredUpload>,
}

#[derive(Debug, Clone)]
struct Object {
    bytes: Bytes,
    etag: String,
    at: SystemTime,
    kind: Option<String>,
}

#[derive(Debug)]
struct StoredUpload {
    key: String,
    at: SystemTime,
    parts: BTreeMap<i32, Object>,
}

/// Functions for tests, to inspect and to set up the content.
impl Memory {
    pub fn create(&self, bucket: &str) {
        self.buckets().entry(bucket.to_owned()).or_default();
    }

    pub fn put(&self, bucket: &str, key: &str, bytes: impl Into<Bytes>) {
        self.buckets().entry(bucket.to_owned()).or_default().objects.insert(key.to_owned(), Object::new(bytes.into()));
    }

    #[must_use]
    pub fn object(&self, bucket: &str, key: &str) -> Option<Bytes> {
        Some(self.buckets().get(bucket)?.objects.get(key)?.bytes.clone())
    }

    #[must_use]
    pub fn bucket_names(&self) -> Vec<String> {
        self.buckets().keys().cloned().collect()
    }

    /// Returns the names of all objects, as `bucket/key`.
    #[must_use]
    pub fn objects(&self) -> Vec<String> {
        let all = self.buckets();
        all.iter().flat_map(|(name, bucket)| bucket.objects.keys().map(move |key| format!("{name}/{key}"))).collect()
    }

    /// Returns the names of unfinished uploads, as `bucket/key`.
    #[must_use]
    pub fn uploads(&self) -> Vec<String> {
        let all = self.buckets();
        let keys = |bucket: &Bucket| bucket.uploads.values().map(|upload| upload.key.clone()).collect::<Vec<_>>();
        all.iter().flat_map(|(name, bucket)| keys(bucket).into_iter().map(move |key| format!("{name}/{key}"))).collect()
    }

    fn buckets(&self) -> MutexGuard<'_, BTreeMap<String, Bucket>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn within<T>(&self, bucket: &str, work: impl FnOnce(&mut Bucket) -> S3Result<T>) -> S3Result<T> {
        let mut all = self.buckets();
        work(all.get_mut(bucket).ok_or_else(|| s3_error!(NoSuchBucket, "The bucket does not exist."))?)
    }
}

impl Bucket {
    fn object(&self, key: &str) -> S3Result<&Object> {
        self.objects.get(key).ok_or_else(|| s3_error!(NoSuchKey, "The key does not exist."))
    }

    fn upload(&mut self, id: &str, key: &str) -> S3Result<&mut StoredUpload> {
        let upload = self.uploads.get_mut(id).filter(|upload| upload.key == key);
        upload.ok_or_else(|| s3_error!(NoSuchUpload, "The upload does not exist."))
    }

    /// Lists the keys and common prefixes after `after`, at most `most` of both, and says whether there are more.
    fn list(&self, prefix: &str, delimiter: &str, after: &str, most: usize) -> Listing<'_> {
        let mut listing = Listing { objects: Vec::new(), prefixes: BTreeSet::new(), last: String::new(), more: false };
        for (key, object) in self.objects.range(prefix.to_owned()..).take_while(|(key, _)| key.starts_with(prefix)) {
            let rest = &key[prefix.len()..];
            let common = rest.find(delimiter).filter(|_| !delimiter.is_empty()).map(|at| {
                let end = prefix.len() + at + delimiter.len();
                &key[..end]
            });
            let name = common.unwrap_or(key);
            if name <= after || listing.prefixes.contains(name) {
                continue;
            }
            if listing.objects.len() + listing.prefixes.len() == most {
                listing.more = true;
                break;
            }
            name.clone_into(&mut listing.last);
            match common {
                Some(common) => drop(listing.prefixes.insert(common.to_owned())),
                None => listing.objects.push((key, object)),
            }
        }
        listing
    }
}

struct Listing<'a> {
    objects: Vec<(&'a String, &'a Object)>,
    prefixes: BTreeSet<String>,
    last: String,
    more: bool,
}

impl Listing<'_> {
    fn contents(&self, encode: bool) -> Vec<s3s::dto::Object> {
        let object = |(key, object): &(&String, &Object)| s3s::dto::Object {
            key: Some(encoded(key, encode)),
            size: Some(object.size()),
            e_tag: Some(object.etag()),
            last_modified: Some(object.at.into()),
            ..Default::default()
        };
        self.objects.iter().map(object).collect()
    }

    fn common(&self, encode: bool) -> Vec<CommonPrefix> {
        self.prefixes.iter().map(|prefix| CommonPrefix { prefix: Some(encoded(prefix, encode)) }).collect()
    }
}

impl Object {
    fn new(bytes: Bytes) -> Self {
        let etag = hex(&Md5::digest(&bytes));
        Self { bytes, etag, at: SystemTime::now(), kind: None }
    }

    fn etag(&self) -> ETag {
        ETag::Strong(self.etag.clone())
    }

    fn size(&self) -> i64 {
        length(self.bytes.len())
    }
}

#[async_trait::async_trait]
impl S3 for Memory {
    async fn create_bucket(&self, req: S3Request<CreateBucketInput>) -> S3Result<S3Response<CreateBucketOutput>> {
        let bucket = req.input.bucket;
        if self.buckets().contains_key(&bucket) {
            return Err(s3_error!(BucketAlreadyOwnedByYou, "The bucket is there already, and yours."));
        }
        self.create(&bucket);
        Ok(S3Response::new(CreateBucketOutput { location: Some(format!("/{bucket}")) }))
    }

    async fn delete_bucket(&self, req: S3Request<DeleteBucketInput>) -> S3Result<S3Response<DeleteBucketOutput>> {
        let name = req.input.bucket;
        self.within(&name, |bucket| {
            let empty = bucket.objects.is_empty() && bucket.uploads.is_empty();
            if empty { Ok(()) } else { Err(s3_error!(BucketNotEmpty, "The bucket is not empty.")) }
        })?;
        self.buckets().remove(&name);
        Ok(S3Response::new(DeleteBucketOutput {}))
    }

    async fn head_bucket(&self, req: S3Request<HeadBucketInput>) -> S3Result<S3Response<HeadBucketOutput>> {
        self.within(&req.input.bucket, |_| Ok(S3Response::new(HeadBucketOutput::default())))
    }

    async fn list_buckets(&self, _: S3Request<ListBucketsInput>) -> S3Result<S3Response<ListBucketsOutput>> {
        let bucket = |name| s3s::dto::Bucket {
            name: Some(name),
            creation_date: Some(Timestamp::from(SystemTime::UNIX_EPOCH)),
            bucket_region: None,
        };
        let buckets = self.bucket_names().into_iter().map(bucket).collect();
        let output = ListBucketsOutput { buckets: Some(buckets), owner: Some(owner()), ..Default::default() };
        Ok(S3Response::new(output))
    }

    async fn get_bucket_acl(&self, req: S3Request<GetBucketAclInput>) -> S3Result<S3Response<GetBucketAclOutput>> {
        let Owner { display_name, id } = owner();
        let type_ = Type::from_static(Type::CANONICAL_USER);
        let grantee = Grantee { display_name, id, type_, email_address: None, uri: None };
        let permission = Some(Permission::from_static(Permission::FULL_CONTROL));
        let grants = Some(vec![Grant { grantee: Some(grantee), permission }]);
        self.within(&req.input.bucket, |_| Ok(S3Response::new(GetBucketAclOutput { grants, owner: Some(owner()) })))
    }

    async fn put_object(&self, req: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        let PutObjectInput { bucket, key, body, content_type, content_md5, .. } = req.input;
        self.within(&bucket, |_| Ok(()))?;
        let object = Object { kind: content_type, ..Object::new(whole(body).await?) };
        if let Some(told) = content_md5
            && told != base64::Engine::encode(&base64::engine::general_purpose::STANDARD, Md5::digest(&object.bytes))
        {
            return Err(s3_error!(BadDigest, "Content-MD5 is not that of the body."));
        }
        let e_tag = Some(object.etag());
        self.within(&bucket, |bucket| {
            bucket.objects.insert(key, object);
            Ok(S3Response::new(PutObjectOutput { e_tag, ..Default::default() }))
        })
    }

    async fn get_object(&self, req: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        let GetObjectInput { bucket, key, range, .. } = req.input;
        let object = self.within(&bucket, |bucket| bucket.object(&key).cloned())?;
        let (bytes, content_range) = match range {
            None => (object.bytes.clone(), None),
            Some(range) => {
                let all = object.bytes.len();
                let part = range.check(all as u64)?;
                // both ends are within the object, so they fit
                let (from, to) = (usize::try_from(part.start).unwrap_or(all), usize::try_from(part.end).unwrap_or(all));
                (object.bytes.slice(from..to), Some(format!("bytes {from}-{}/{all}", to.saturating_sub(1))))
            }
        };
        Ok(S3Response::new(GetObjectOutput {
            content_length: Some(length(bytes.len())),
            content_range,
            content_type: object.kind.clone(),
            accept_ranges: Some("bytes".to_owned()),
            e_tag: Some(object.etag()),
            last_modified: Some(object.at.into()),
            body: Some(StreamingBlob::from(Body::from(bytes))),
            ..Default::default()
        }))
    }

    async fn head_object(&self, req: S3Request<HeadObjectInput>) -> S3Result<S3Response<HeadObjectOutput>> {
        let HeadObjectInput { bucket, key, .. } = req.input;
        let object = self.within(&bucket, |bucket| bucket.object(&key).cloned())?;
        Ok(S3Response::new(HeadObjectOutput {
            content_length: Some(object.size()),
            e_tag: Some(object.etag()),
            last_modified: Some(object.at.into()),
            content_type: object.kind,
            ..Default::default()
        }))
    }

    async fn delete_object(&self, req: S3Request<DeleteObjectInput>) -> S3Result<S3Response<DeleteObjectOutput>> {
        let DeleteObjectInput { bucket, key, .. } = req.input;
        self.within(&bucket, |bucket| {
            bucket.objects.remove(&key);
            Ok(S3Response::new(DeleteObjectOutput::default()))
        })
    }

    async fn list_objects(&self, req: S3Request<ListObjectsInput>) -> S3Result<S3Response<ListObjectsOutput>> {
        let ListObjectsInput { bucket: name, prefix, delimiter, marker, max_keys, encoding_type, .. } = req.input;
        let encode = encodes(encoding_type.as_ref());
        let most = at_most(max_keys);
        self.within(&name, |bucket| {
            let listing = bucket.list(text(prefix.as_ref()), text(delimiter.as_ref()), text(marker.as_ref()), most);
            Ok(S3Response::new(ListObjectsOutput {
                name: Some(name.clone()),
                contents: Some(listing.contents(encode)),
                common_prefixes: Some(listing.common(encode)),
                is_truncated: Some(listing.more),
                next_marker: (listing.more && delimiter.is_some()).then(|| encoded(&listing.last, encode)),
                max_keys: i32::try_from(most).ok(),
                prefix: prefix.as_ref().map(|prefix| encoded(prefix, encode)),
                delimiter: delimiter.as_ref().map(|delimiter| encoded(delimiter, encode)),
                marker: marker.as_ref().map(|marker| encoded(marker, encode)),
                encoding_type,
                ..Default::default()
            }))
        })
    }

    async fn list_objects_v2(&self, req: S3Request<ListObjectsV2Input>) -> S3Result<S3Response<ListObjectsV2Output>> {
        let ListObjectsV2Input { bucket: name, prefix, delimiter, encoding_type, max_keys, .. } = req.input;
        let after = req.input.continuation_token.clone().or(req.input.start_after);
        let encode = encodes(encoding_type.as_ref());
        let most = at_most(max_keys);
        self.within(&name, |bucket| {
            let listing = bucket.list(text(prefix.as_ref()), text(delimiter.as_ref()), text(after.as_ref()), most);
            let count = listing.objects.len() + listing.prefixes.len();
            Ok(S3Response::new(ListObjectsV2Output {
                name: Some(name.clone()),
                contents: Some(listing.contents(encode)),
                common_prefixes: Some(listing.common(encode)),
                is_truncated: Some(listing.more),
                next_continuation_token: listing.more.then(|| listing.last.clone()),
                continuation_token: req.input.continuation_token,
                key_count: i32::try_from(count).ok(),
                max_keys: i32::try_from(most).ok(),
                prefix,
                delimiter,
                encoding_type,
                ..Default::default()
            }))
        })
    }

    async fn create_multipart_upload(
        &self,
        req: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        let CreateMultipartUploadInput { bucket: name, key, .. } = req.input;
        let id = uuid::Uuid::new_v4().to_string();
        let upload = StoredUpload { key: key.clone(), at: SystemTime::now(), parts: BTreeMap::new() };
        self.within(&name, |bucket| Ok(bucket.uploads.insert(id.clone(), upload)))?;
        Ok(S3Response::new(CreateMultipartUploadOutput {
            bucket: Some(name),
            key: Some(key),
            upload_id: Some(id),
            ..Default::default()
        }))
    }

    async fn upload_part(&self, req: S3Request<UploadPartInput>) -> S3Result<S3Response<UploadPartOutput>> {
        let UploadPartInput { bucket, key, upload_id, part_number, body, .. } = req.input;
        if !(1..=10_000).contains(&part_number) {
            return Err(s3_error!(InvalidArgument, "Part numbers go from 1 to 10000."));
        }
        self.within(&bucket, |bucket| bucket.upload(&upload_id, &key).map(drop))?;
        let part = Object::new(whole(body).await?);
        let e_tag = Some(part.etag());
        self.within(&bucket, |bucket| {
            bucket.upload(&upload_id, &key)?.parts.insert(part_number, part);
            Ok(S3Response::new(UploadPartOutput { e_tag, ..Default::default() }))
        })
    }

    async fn list_parts(&self, req: S3Request<ListPartsInput>) -> S3Result<S3Response<ListPartsOutput>> {
        let ListPartsInput { bucket: name, key, upload_id, max_parts, part_number_marker, .. } = req.input;
        let most = at_most(max_parts);
        let after = part_number_marker.unwrap_or(0);
        self.within(&name, |bucket| {
            let upload = bucket.upload(&upload_id, &key)?;
            let mut rest = upload.parts.iter().filter(|(number, _)| **number > after);
            let parts: Vec<Part> = rest
                .by_ref()
                .take(most)
                .map(|(number, part)| Part {
                    part_number: Some(*number),
                    e_tag: Some(part.etag()),
                    size: Some(part.size()),
                    last_modified: Some(part.at.into()),
                    ..Default::default()
                })
                .collect();
            Ok(S3Response::new(ListPartsOutput {
                bucket: Some(name.clone()),
                key: Some(key.clone()),
                upload_id: Some(upload_id.clone()),
                part_number_marker: Some(after),
                next_part_number_marker: parts.last().and_then(|part| part.part_number),
                max_parts: i32::try_from(most).ok(),
                is_truncated: Some(rest.next().is_some()),
                parts: Some(parts),
                ..Default::default()
            }))
        })
    }

    async fn list_multipart_uploads(
        &self,
        req: S3Request<ListMultipartUploadsInput>,
    ) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
        let ListMultipartUploadsInput { bucket: name, prefix, encoding_type, .. } = req.input;
        let encode = encodes(encoding_type.as_ref());
        self.within(&name, |bucket| {
            let mut uploads: Vec<_> =
                bucket.uploads.iter().filter(|(_, upload)| upload.key.starts_with(text(prefix.as_ref()))).collect();
            uploads.sort_by(|(_, one), (_, other)| one.key.cmp(&other.key));
            let upload = |(id, upload): (&String, &StoredUpload)| MultipartUpload {
                key: Some(encoded(&upload.key, encode)),
                upload_id: Some(id.clone()),
                initiated: Some(upload.at.into()),
                owner: Some(owner()),
                ..Default::default()
            };
            Ok(S3Response::new(ListMultipartUploadsOutput {
                bucket: Some(name.clone()),
                uploads: Some(uploads.into_iter().map(upload).collect()),
                is_truncated: Some(false),
                prefix: prefix.clone(),
                encoding_type,
                ..Default::default()
            }))
        })
    }

    async fn complete_multipart_upload(
        &self,
        req: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        let CompleteMultipartUploadInput { bucket: name, key, upload_id, multipart_upload, .. } = req.input;
        let named = multipart_upload.and_then(|upload| upload.parts).unwrap_or_default();
        let etag = self.within(&name, |bucket| {
            let upload = bucket.upload(&upload_id, &key)?;
            let (mut bytes, mut sums) = (BytesMut::new(), Md5::new());
            for part in &named {
                let number = part.part_number.unwrap_or_default();
                let kept = upload.parts.get(&number);
                let same = |kept: &&Object| part.e_tag.as_ref().is_none_or(|told| told.value() == kept.etag);
                let kept = kept.filter(same).ok_or_else(|| s3_error!(InvalidPart, "A part is not as it was sent."))?;
                bytes.extend_from_slice(&kept.bytes);
                sums.update(Md5::digest(&kept.bytes));
            }
            if named.is_empty() {
                return Err(s3_error!(InvalidRequest, "An upload needs a part."));
            }
            let etag = format!("{}-{}", hex(&sums.finalize()), named.len());
            let object = Object { etag: etag.clone(), ..Object::new(bytes.freeze()) };
            bucket.uploads.remove(&upload_id);
            bucket.objects.insert(key.clone(), object);
            Ok(etag)
        })?;
        Ok(S3Response::new(CompleteMultipartUploadOutput {
            bucket: Some(name),
            key: Some(key),
            e_tag: Some(ETag::Strong(etag)),
            ..Default::default()
        }))
    }

    async fn abort_multipart_upload(
        &self,
        req: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        let AbortMultipartUploadInput { bucket, key, upload_id, .. } = req.input;
        self.within(&bucket, |bucket| {
            bucket.upload(&upload_id, &key)?;
            bucket.uploads.remove(&upload_id);
            Ok(S3Response::new(AbortMultipartUploadOutput::default()))
        })
    }
}

/// Reads the whole body, and verifies its signature chunk by chunk.
async fn whole(body: Option<StreamingBlob>) -> S3Result<Bytes> {
    let mut all = BytesMut::new();
    let Some(mut body) = body else { return Ok(Bytes::new()) };
    while let Some(bytes) = body.next().await {
        // s3s reports a wrong signature or length only as an error of the stream
        let bytes = bytes.map_err(|_| s3_error!(SignatureDoesNotMatch, "The body is not as it was signed."))?;
        if all.len() + bytes.len() > MOST {
            return Err(s3_error!(EntityTooLarge, "The sandbox takes up to 64 MiB at once."));
        }
        all.extend_from_slice(&bytes);
    }
    Ok(all.freeze())
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
