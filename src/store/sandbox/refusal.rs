//! The refusals of the sandbox, with the codes and statuses of S3 (AWS, "List of error codes"). Knows nothing of requests.

use http::StatusCode;

/// An error as S3 reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct S3Refusal {
    pub code: &'static str,
    pub status: StatusCode,
    pub message: &'static str,
}

const BAD: StatusCode = StatusCode::BAD_REQUEST;
const FORBIDDEN: StatusCode = StatusCode::FORBIDDEN;
const ABSENT: StatusCode = StatusCode::NOT_FOUND;
const CONFLICT: StatusCode = StatusCode::CONFLICT;

const fn refusal(code: &'static str, status: StatusCode, message: &'static str) -> S3Refusal {
    S3Refusal { code, status, message }
}

pub const UNSIGNED: S3Refusal = refusal("AccessDenied", FORBIDDEN, "The sandbox takes only signed requests.");
pub const EXPIRED: S3Refusal = refusal("AccessDenied", FORBIDDEN, "Request has expired");
pub const HEADERS_NOT_SIGNED: S3Refusal =
    refusal("AccessDenied", FORBIDDEN, "There were headers present in the request which were not signed");
pub const SEVERAL_SIGNATURES: S3Refusal =
    refusal("InvalidArgument", BAD, "Only one way to sign a request is allowed, header or query.");
pub const BAD_AUTHORIZATION: S3Refusal =
    refusal("AuthorizationHeaderMalformed", BAD, "The Authorization header cannot be read.");
pub const BAD_SIGNED_QUERY: S3Refusal =
    refusal("AuthorizationQueryParametersError", BAD, "The parameters of the signature cannot be read.");
pub const NO_DATE: S3Refusal = refusal("AccessDenied", FORBIDDEN, "A signed request needs a valid Date or x-amz-date.");
pub const SKEWED: S3Refusal =
    refusal("RequestTimeTooSkewed", FORBIDDEN, "The time of the request and the time of the sandbox differ too much.");
pub const UNKNOWN_KEY: S3Refusal =
    refusal("InvalidAccessKeyId", FORBIDDEN, "The access key is not that of the sandbox.");
pub const WRONG_SIGNATURE: S3Refusal =
    refusal("SignatureDoesNotMatch", FORBIDDEN, "The signature is not that of this request with this secret key.");
pub const NO_CONTENT_HASH: S3Refusal =
    refusal("InvalidRequest", BAD, "Missing required header for this request: x-amz-content-sha256");
pub const BAD_CONTENT_HASH: S3Refusal =
    refusal("InvalidArgument", BAD, "x-amz-content-sha256 must be a SHA-256 or a known word.");
pub const WRONG_CONTENT_HASH: S3Refusal =
    refusal("XAmzContentSHA256Mismatch", BAD, "The body is not the one that x-amz-content-sha256 describes.");
pub const BAD_CONTENT_MD5: S3Refusal = refusal("InvalidDigest", BAD, "Content-MD5 is not an MD5.");
pub const WRONG_CONTENT_MD5: S3Refusal = refusal("BadDigest", BAD, "Content-MD5 is not that of the body.");
pub const NO_LENGTH: S3Refusal =
    refusal("MissingContentLength", StatusCode::LENGTH_REQUIRED, "A request with a body needs its length.");
pub const INCOMPLETE: S3Refusal =
    refusal("IncompleteBody", BAD, "The body does not have the length that was announced.");
pub const TOO_LARGE: S3Refusal = refusal("EntityTooLarge", BAD, "The sandbox takes up to 64 MiB at once.");
pub const LONG_DOCUMENT: S3Refusal = refusal("MaxMessageLengthExceeded", BAD, "The document is too long.");
pub const FULL: S3Refusal = refusal("QuotaExceeded", FORBIDDEN, "The sandbox keeps up to 1 GiB.");
pub const BAD_URI: S3Refusal = refusal("InvalidURI", BAD, "The path of the request cannot be read.");
pub const BAD_BUCKET_NAME: S3Refusal = refusal("InvalidBucketName", BAD, "The name breaks the rules for buckets.");
pub const LONG_KEY: S3Refusal = refusal("KeyTooLongError", BAD, "A key has up to 1024 bytes.");
pub const BAD_ARGUMENT: S3Refusal = refusal("InvalidArgument", BAD, "A parameter of the request is not valid.");
pub const BAD_DOCUMENT: S3Refusal =
    refusal("MalformedXML", BAD, "The document is not the one that this request needs.");
pub const BAD_RANGE: S3Refusal =
    refusal("InvalidRange", StatusCode::RANGE_NOT_SATISFIABLE, "The object has no such bytes.");
pub const NO_BUCKET: S3Refusal = refusal("NoSuchBucket", ABSENT, "The bucket does not exist.");
pub const OWN_BUCKET: S3Refusal =
    refusal("BucketAlreadyOwnedByYou", CONFLICT, "The bucket already exists, and it is yours.");
pub const MANY_BUCKETS: S3Refusal = refusal("TooManyBuckets", BAD, "The sandbox has up to 10000 buckets.");
pub const BUCKET_NOT_EMPTY: S3Refusal = refusal("BucketNotEmpty", CONFLICT, "The bucket is not empty.");
pub const NO_KEY: S3Refusal = refusal("NoSuchKey", ABSENT, "The key does not exist.");
pub const NO_UPLOAD: S3Refusal = refusal("NoSuchUpload", ABSENT, "The upload does not exist.");
pub const WRONG_PART: S3Refusal = refusal("InvalidPart", BAD, "A part does not exist, or has another ETag.");
pub const PART_ORDER: S3Refusal = refusal("InvalidPartOrder", BAD, "The parts are not in ascending order.");
pub const SMALL_PART: S3Refusal = refusal("EntityTooSmall", BAD, "Only the last part may have less than 5 MiB.");
pub const NO_RULES: S3Refusal = refusal("NoSuchLifecycleConfiguration", ABSENT, "The bucket has no lifecycle rules.");
pub const NO_LOCK: S3Refusal = refusal("ObjectLockConfigurationNotFoundError", ABSENT, "The bucket locks no objects.");
pub const NO_ENCRYPTION: S3Refusal =
    refusal("ServerSideEncryptionConfigurationNotFoundError", ABSENT, "The bucket does not encrypt.");
pub const NO_POLICY: S3Refusal = refusal("NoSuchBucketPolicy", ABSENT, "The bucket has no policy.");
pub const NO_CORS: S3Refusal = refusal("NoSuchCORSConfiguration", ABSENT, "The bucket has no rules for browsers.");
pub const NOT_IMPLEMENTED: S3Refusal =
    refusal("NotImplemented", StatusCode::NOT_IMPLEMENTED, "The sandbox does not know this request.");
