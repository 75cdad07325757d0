//! Keeps buckets, objects and multipart uploads in memory, with the rules of AWS that Score can notice: an `ETag` is
//! the MD5, missing things are 404, nothing is written to a bucket that does not exist. Knows nothing of signatures and
//! HTTP.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::{Bytes, BytesMut};
use md5::{Digest, Md5};
use time::OffsetDateTime;

use super::{
    base16,
    refusal::{self, S3Refusal},
};

/// The bytes that the sandbox keeps, and those of the bodies that it is reading.
const SPACE: usize = 1 << 30;
/// The space that a bucket, an object, an upload or a part takes beside its content.
const ENTRY: usize = 1 << 10;
/// The smallest size of a part that is not the last one (AWS, "Multipart upload limits").
const SMALLEST_PART: usize = 5 << 20;
/// The largest number of buckets of an account (AWS, "General purpose bucket quotas").
const MOST_BUCKETS: usize = 10_000;
const PART_NUMBERS: RangeInclusive<u32> = 1..=10_000;

/// The content of the store. It is cheap to clone; clones are the same store.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    buckets: Arc<Mutex<BTreeMap<String, StoredBucket>>>,
    used: Arc<AtomicUsize>,
}

/// A part of the space of the sandbox, until it is dropped.
#[derive(Debug)]
pub struct Room {
    size: usize,
    used: Arc<AtomicUsize>,
}

#[derive(Debug)]
struct StoredBucket {
    objects: BTreeMap<String, StoredObject>,
    uploads: BTreeMap<String, StoredUpload>,
    /// The lifecycle document, as it was sent.
    rules: Option<(Bytes, Room)>,
    _room: Room,
}

/// An object, or a part of an upload.
#[derive(Debug, Clone)]
pub struct StoredObject {
    pub bytes: Bytes,
    /// The `ETag` without quotes.
    pub etag: String,
    pub at: OffsetDateTime,
    /// The content type, if the client gave one.
    pub kind: Option<String>,
    _room: Arc<Room>,
}

#[derive(Debug)]
struct StoredUpload {
    key: String,
    kind: Option<String>,
    at: OffsetDateTime,
    parts: BTreeMap<u32, StoredObject>,
    _room: Room,
}

/// An upload that was neither completed nor aborted.
#[derive(Debug, Clone)]
pub struct UnfinishedUpload {
    pub key: String,
    pub id: String,
    pub at: OffsetDateTime,
}

/// A question for the keys of a bucket.
#[derive(Debug, Clone, Copy)]
pub struct ListQuestion<'a> {
    pub prefix: &'a str,
    /// Keys with the same beginning up to this text are listed as one; empty for none.
    pub delimiter: &'a str,
    /// Only names after this one are listed.
    pub after: &'a str,
    pub most: usize,
}

/// One page of the keys of a bucket.
#[derive(Debug, Default)]
pub struct KeyListing {
    pub objects: Vec<(String, StoredObject)>,
    pub prefixes: BTreeSet<String>,
    /// The last listed name.
    pub last: String,
    /// True if further names follow.
    pub more: bool,
}

impl KeyListing {
    /// Returns the token of the next page. A key may contain what XML cannot, so the token has the digits of its bytes.
    #[must_use]
    pub fn token(&self) -> String {
        base16::write(self.last.as_bytes())
    }
}

/// Returns the name after which the page of a token begins.
///
/// # Errors
/// Returns a refusal if no page has this token.
pub fn name_of_token(token: &str) -> Result<String, S3Refusal> {
    let name = base16::bytes(token).and_then(|name| String::from_utf8(name).ok());
    name.ok_or(refusal::BAD_ARGUMENT)
}

/// Functions for tests, to inspect and to set up the content.
impl Memory {
    pub fn create(&self, bucket: &str) {
        let _ = self.create_bucket(bucket);
    }

    pub fn put(&self, bucket: &str, key: &str, bytes: impl Into<Bytes>) {
        self.create(bucket);
        let _ = self.insert(bucket, key, bytes.into(), None);
    }

    #[must_use]
    pub fn object(&self, bucket: &str, key: &str) -> Option<Bytes> {
        Some(self.get(bucket, key).ok()?.bytes)
    }

    #[must_use]
    pub fn bucket_names(&self) -> Vec<String> {
        self.all().keys().cloned().collect()
    }

    /// Returns the names of all objects, as `bucket/key`.
    #[must_use]
    pub fn objects(&self) -> Vec<String> {
        let all = self.all();
        all.iter().flat_map(|(name, bucket)| bucket.objects.keys().map(move |key| format!("{name}/{key}"))).collect()
    }

    /// Returns the names of unfinished uploads, as `bucket/key`.
    #[must_use]
    pub fn uploads(&self) -> Vec<String> {
        let all = self.all();
        let keys = |bucket: &StoredBucket| bucket.uploads.values().map(|one| one.key.clone()).collect::<Vec<_>>();
        all.iter().flat_map(|(name, bucket)| keys(bucket).into_iter().map(move |key| format!("{name}/{key}"))).collect()
    }
}

/// The operations of S3.
impl Memory {
    /// Creates an empty bucket.
    ///
    /// # Errors
    /// Returns a refusal if the bucket exists, or if the sandbox is full.
    pub fn create_bucket(&self, bucket: &str) -> Result<(), S3Refusal> {
        let room = self.room(bucket.len())?;
        let mut all = self.all();
        if all.contains_key(bucket) {
            return Err(refusal::OWN_BUCKET);
        }
        if all.len() >= MOST_BUCKETS {
            return Err(refusal::MANY_BUCKETS);
        }
        let (objects, uploads) = (BTreeMap::new(), BTreeMap::new());
        all.insert(bucket.to_owned(), StoredBucket { objects, uploads, rules: None, _room: room });
        Ok(())
    }

    /// Removes an empty bucket.
    ///
    /// # Errors
    /// Returns a refusal if the bucket does not exist, or is not empty.
    pub fn remove_bucket(&self, bucket: &str) -> Result<(), S3Refusal> {
        let mut all = self.all();
        let stored = all.get(bucket).ok_or(refusal::NO_BUCKET)?;
        if !stored.objects.is_empty() || !stored.uploads.is_empty() {
            return Err(refusal::BUCKET_NOT_EMPTY);
        }
        all.remove(bucket);
        Ok(())
    }

    /// Succeeds if there is such a bucket.
    ///
    /// # Errors
    /// Returns a refusal if the bucket does not exist.
    pub fn expect_bucket(&self, bucket: &str) -> Result<(), S3Refusal> {
        self.within(bucket, |_| Ok(()))
    }

    /// Stores an object, and returns its `ETag`.
    ///
    /// # Errors
    /// Returns a refusal if the bucket does not exist, or if the sandbox is full.
    pub fn insert(&self, bucket: &str, key: &str, bytes: Bytes, kind: Option<String>) -> Result<String, S3Refusal> {
        let object = StoredObject { kind, ..self.stored(key, bytes)? };
        self.within(bucket, |bucket| {
            let etag = object.etag.clone();
            bucket.objects.insert(key.to_owned(), object);
            Ok(etag)
        })
    }

    /// Returns an object.
    ///
    /// # Errors
    /// Returns a refusal if the bucket or the object does not exist.
    pub fn get(&self, bucket: &str, key: &str) -> Result<StoredObject, S3Refusal> {
        self.within(bucket, |bucket| bucket.objects.get(key).cloned().ok_or(refusal::NO_KEY))
    }

    /// Removes an object, if it exists.
    ///
    /// # Errors
    /// Returns a refusal if the bucket does not exist.
    pub fn remove(&self, bucket: &str, key: &str) -> Result<(), S3Refusal> {
        self.within(bucket, |bucket| {
            bucket.objects.remove(key);
            Ok(())
        })
    }

    /// Lists keys and common prefixes, in their order.
    ///
    /// # Errors
    /// Returns a refusal if the bucket does not exist.
    pub fn list(&self, bucket: &str, question: ListQuestion) -> Result<KeyListing, S3Refusal> {
        self.within(bucket, |bucket| Ok(bucket.list(question)))
    }

    /// Returns the lifecycle document of a bucket.
    ///
    /// # Errors
    /// Returns a refusal if the bucket does not exist or has no such document.
    pub fn rules(&self, bucket: &str) -> Result<Bytes, S3Refusal> {
        let document = |bucket: &mut StoredBucket| bucket.rules.as_ref().map(|(document, _)| document.clone());
        self.within(bucket, |bucket| document(bucket).ok_or(refusal::NO_RULES))
    }

    /// Replaces or removes the lifecycle document of a bucket.
    ///
    /// # Errors
    /// Returns a refusal if the bucket does not exist, or if the sandbox is full.
    pub fn set_rules(&self, bucket: &str, document: Option<Bytes>) -> Result<(), S3Refusal> {
        let kept = document.map(|document| Ok((document.clone(), self.room(document.len())?))).transpose()?;
        self.within(bucket, |bucket| {
            bucket.rules = kept;
            Ok(())
        })
    }

    /// Starts an upload, and returns its id.
    ///
    /// # Errors
    /// Returns a refusal if the bucket does not exist, or if the sandbox is full.
    pub fn begin(&self, bucket: &str, key: &str, kind: Option<String>) -> Result<String, S3Refusal> {
        let id = uuid::Uuid::new_v4().to_string();
        let (at, room) = (OffsetDateTime::now_utc(), self.room(key.len())?);
        let upload = StoredUpload { key: key.to_owned(), kind, at, parts: BTreeMap::new(), _room: room };
        self.within(bucket, |bucket| Ok(bucket.uploads.insert(id.clone(), upload)))?;
        Ok(id)
    }

    /// Succeeds if there is such an upload.
    ///
    /// # Errors
    /// Returns a refusal if there is no such upload.
    pub fn expect_upload(&self, bucket: &str, key: &str, id: &str) -> Result<(), S3Refusal> {
        self.within(bucket, |bucket| bucket.upload(id, key).map(drop))
    }

    /// Stores a part, and returns its `ETag`.
    ///
    /// # Errors
    /// Returns a refusal if there is no such upload, the number is not valid, or the sandbox is full.
    pub fn insert_part(
        &self,
        bucket: &str,
        key: &str,
        id: &str,
        number: u32,
        bytes: Bytes,
    ) -> Result<String, S3Refusal> {
        if !PART_NUMBERS.contains(&number) {
            return Err(refusal::BAD_ARGUMENT);
        }
        let part = self.stored("", bytes)?;
        self.within(bucket, |bucket| {
            let etag = part.etag.clone();
            bucket.upload(id, key)?.parts.insert(number, part);
            Ok(etag)
        })
    }

    /// Returns at most `most` parts with larger numbers than `after`, and whether more follow.
    ///
    /// # Errors
    /// Returns a refusal if there is no such upload.
    pub fn parts(
        &self,
        bucket: &str,
        key: &str,
        id: &str,
        after: u32,
        most: usize,
    ) -> Result<(Vec<(u32, StoredObject)>, bool), S3Refusal> {
        self.within(bucket, |bucket| {
            let upload = bucket.upload(id, key)?;
            let mut rest = upload.parts.iter().filter(|(number, _)| **number > after);
            let parts = rest.by_ref().take(most).map(|(number, part)| (*number, part.clone())).collect();
            Ok((parts, rest.next().is_some()))
        })
    }

    /// Returns at most `most` unfinished uploads whose keys begin with the prefix, in the order of keys and ids, and whether
    /// more follow. `after` is the key and the id of the last one that is known.
    ///
    /// # Errors
    /// Returns a refusal if the bucket does not exist.
    pub fn unfinished(
        &self,
        bucket: &str,
        prefix: &str,
        after: (&str, &str),
        most: usize,
    ) -> Result<(Vec<UnfinishedUpload>, bool), S3Refusal> {
        self.within(bucket, |bucket| {
            let named = bucket
                .uploads
                .iter()
                .filter(|(id, upload)| upload.key.starts_with(prefix) && (upload.key.as_str(), id.as_str()) > after);
            let mut uploads: Vec<_> = named
                .map(|(id, upload)| UnfinishedUpload { key: upload.key.clone(), id: id.clone(), at: upload.at })
                .collect();
            uploads.sort_by(|one, other| (&one.key, &one.id).cmp(&(&other.key, &other.id)));
            let more = uploads.len() > most;
            uploads.truncate(most);
            Ok((uploads, more))
        })
    }

    /// Makes an object of the named parts, each with the `ETag` that the client knows, and returns its `ETag`.
    ///
    /// # Errors
    /// Returns a refusal if there is no such upload, or if its parts are not these.
    pub fn complete(
        &self,
        bucket: &str,
        key: &str,
        id: &str,
        named: &[(u32, Option<String>)],
    ) -> Result<String, S3Refusal> {
        if !named.is_sorted_by(|one, next| one.0 < next.0) {
            return Err(refusal::PART_ORDER);
        }
        let (parts, kind) = self.within(bucket, |bucket| {
            let upload = bucket.upload(id, key)?;
            let kept = named.iter().map(|(number, told)| {
                let kept = upload.parts.get(number).cloned();
                kept.filter(|kept| told.as_ref().is_none_or(|told| *told == kept.etag)).ok_or(refusal::WRONG_PART)
            });
            Ok((kept.collect::<Result<Vec<_>, _>>()?, upload.kind.clone()))
        })?;
        let Some((_, first)) = parts.split_last() else { return Err(refusal::BAD_DOCUMENT) };
        if first.iter().any(|part| part.bytes.len() < SMALLEST_PART) {
            return Err(refusal::SMALL_PART);
        }
        let (mut bytes, mut sums) = (BytesMut::new(), Md5::new());
        let room = self.room(parts.iter().map(|part| part.bytes.len()).sum())?;
        for part in &parts {
            bytes.extend_from_slice(&part.bytes);
            sums.update(Md5::digest(&part.bytes));
        }
        let etag = format!("{}-{}", base16::write(&sums.finalize()), parts.len());
        let (bytes, at) = (bytes.freeze(), OffsetDateTime::now_utc());
        let object = StoredObject { bytes, etag: etag.clone(), at, kind, _room: Arc::new(room) };
        self.within(bucket, |bucket| {
            bucket.uploads.remove(id).ok_or(refusal::NO_UPLOAD)?;
            bucket.objects.insert(key.to_owned(), object);
            Ok(etag)
        })
    }

    /// Removes an upload and its parts.
    ///
    /// # Errors
    /// Returns a refusal if there is no such upload.
    pub fn abort(&self, bucket: &str, key: &str, id: &str) -> Result<(), S3Refusal> {
        self.within(bucket, |bucket| {
            bucket.upload(id, key)?;
            bucket.uploads.remove(id);
            Ok(())
        })
    }

    /// Takes space for so many bytes.
    ///
    /// # Errors
    /// Returns a refusal if the sandbox is full.
    pub fn room(&self, size: usize) -> Result<Room, S3Refusal> {
        let size = size.saturating_add(ENTRY);
        let more = |used: usize| used.checked_add(size).filter(|used| *used <= SPACE);
        let taken = self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        taken.map_err(|_| refusal::FULL)?;
        Ok(Room { size, used: self.used.clone() })
    }

    fn stored(&self, key: &str, bytes: Bytes) -> Result<StoredObject, S3Refusal> {
        let room = Arc::new(self.room(key.len() + bytes.len())?);
        let etag = base16::write(&Md5::digest(&bytes));
        Ok(StoredObject { bytes, etag, at: OffsetDateTime::now_utc(), kind: None, _room: room })
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<String, StoredBucket>> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn within<T>(
        &self,
        bucket: &str,
        work: impl FnOnce(&mut StoredBucket) -> Result<T, S3Refusal>,
    ) -> Result<T, S3Refusal> {
        work(self.all().get_mut(bucket).ok_or(refusal::NO_BUCKET)?)
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.used.fetch_sub(self.size, Ordering::Relaxed);
    }
}

impl StoredBucket {
    fn upload(&mut self, id: &str, key: &str) -> Result<&mut StoredUpload, S3Refusal> {
        self.uploads.get_mut(id).filter(|upload| upload.key == key).ok_or(refusal::NO_UPLOAD)
    }

    fn list(&self, question: ListQuestion) -> KeyListing {
        let ListQuestion { prefix, delimiter, after, most } = question;
        let mut listing = KeyListing::default();
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
                // A page of no names is the last one (AWS, `max-keys=0`).
                listing.more = most > 0;
                break;
            }
            name.clone_into(&mut listing.last);
            match common {
                Some(common) => drop(listing.prefixes.insert(common.to_owned())),
                None => listing.objects.push((key.clone(), object.clone())),
            }
        }
        listing
    }
}
