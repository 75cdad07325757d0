//! Provisioning over aws-sdk-s3, sent by the probe's own sender: one TLS stack, one route. The SDK signs V4 only, so a
//! store that takes only V2 is asked with the probe's signer instead. The probe also puts the sentinel: the SDK would bring
//! every checksum that S3 knows into the program, 0.9 MB.

use std::{fmt::Display, sync::Arc, time::Duration};

use aws_sdk_s3::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region, StalledStreamProtectionConfig, retry::RetryConfig},
    error::{ProvideErrorMetadata, SdkError},
    types::{BucketLocationConstraint, CreateBucketConfiguration},
};
use aws_smithy_runtime_api::client::{
    http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::Method;
use http_body_util::BodyExt;
use time::OffsetDateTime;

use super::{
    error::{ProvisionError, SENTINEL},
    lifecycle::{self, RulesKeeper},
};
use crate::{
    answers::{Keys, target::S3Store},
    score::{
        Version,
        provider::{Quirk, of_host},
    },
    store::{
        checks::{Leftover, Repair},
        probe::{Body, Failure, Request, Route, Sender, Signer, lifecycle::AbortRule, xml},
    },
    text::{Endpoint, shown, signing_region},
};

/// For one request.
const LIMIT: Duration = Duration::from_secs(10);
const US_EAST_1: &str = "us-east-1";

/// Performs a repair that changes the store. Says what was done. `keeper` keeps what is replaced.
///
/// # Errors
/// Returns an error if the store does not do it.
pub async fn repair(
    store: &S3Store,
    route: &Route,
    keys: Option<&Keys>,
    repair: &Repair,
    keeper: &dyn RulesKeeper,
) -> Result<String, ProvisionError> {
    let administrator = Administrator::new(store, route, keys)?;
    match repair {
        Repair::CreateBucket { bucket } => administrator.create(bucket).await,
        Repair::PutSentinel { bucket, key } => administrator.put(bucket, key).await,
        Repair::AbortUploads { bucket, prefix, days } => {
            let rule = AbortRule { prefix: prefix.clone(), days: *days };
            lifecycle::add(store, route, keys, bucket, &rule, keeper).await
        }
        Repair::Answer { key, .. } | Repair::Trim { key } | Repair::Swap { one: key, .. } => {
            Err(ProvisionError::Answer(key))
        }
        Repair::CreateContainer { .. } | Repair::SetPolicy { .. } => Err(ProvisionError::NotInS3),
    }
}

/// Removes what a run left over; returns what is still there.
pub async fn remove(store: &S3Store, route: &Route, keys: Option<&Keys>, leftovers: &[Leftover]) -> Vec<Leftover> {
    let Ok(administrator) = Administrator::new(store, route, keys) else { return leftovers.to_vec() };
    let mut left = Vec::new();
    for leftover in leftovers {
        if !administrator.remove(leftover).await {
            left.push(leftover.clone());
        }
    }
    left
}

/// The credentials for creating: those of an administrator, or Score's own.
struct Administrator {
    client: Client,
    signer: Signer,
    /// For stores that take only V2.
    second: Option<Signer>,
    sender: Sender,
    /// The region for new buckets. `None`: the store decides.
    location: Option<String>,
}

/// The reason why a request failed: the error code, if the store gave one, and the words for the operator.
struct ProvisionRefusal {
    code: String,
    words: String,
    /// The store did answer.
    answered: bool,
}

impl Administrator {
    fn new(store: &S3Store, route: &Route, keys: Option<&Keys>) -> Result<Self, ProvisionError> {
        let endpoint = Endpoint::parse(&store.endpoint)?;
        let sender = Sender::new(route)?;
        let (access_key, secret) = match keys {
            Some(keys) => (&keys.access_key, &keys.secret_key),
            None => (&store.access_key, &store.secret_key),
        };
        let region = signing_region(&endpoint.host);
        let constrained = of_host(&endpoint.host).filter(|provider| provider.has(Quirk::LocationConstraint));
        let location =
            store.region.clone().or_else(|| constrained.map(|_| region.clone())).filter(|region| region != US_EAST_1);
        let credentials = Credentials::new(access_key.trim(), secret.for_signing().trim(), None, None, "score-setup");
        let scheme = if endpoint.secure { "https" } else { "http" };
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(format!("{scheme}://{}{}", endpoint.authority(), endpoint.base))
            .region(Region::new(region.clone()))
            .credentials_provider(credentials)
            .force_path_style(true)
            .retry_config(RetryConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .disable_s3_express_session_auth(true)
            .http_client(Wire { sender: sender.clone(), endpoint: Arc::new(endpoint.clone()) })
            .build();
        let signer = Signer {
            version: Version::V4,
            endpoint,
            region,
            access_key: access_key.clone(),
            secret: secret.clone(),
            unescapes_paths: false,
        };
        let second = (store.version == Version::V2).then(|| Signer { version: Version::V2, ..signer.clone() });
        Ok(Self { client: Client::from_conf(config), signer, second, sender, location })
    }

    async fn create(&self, bucket: &str) -> Result<String, ProvisionError> {
        let configuration = self.location.as_deref().map(|region| {
            CreateBucketConfiguration::builder().location_constraint(BucketLocationConstraint::from(region)).build()
        });
        let asked = self.client.create_bucket().bucket(bucket).set_create_bucket_configuration(configuration);
        let body = self.location.as_deref().map_or(Body::Empty, |region| Body::Plain(constraint(region)));
        let made = self.either(answer(asked.send().await), Request::new(Method::PUT, bucket, "").body(body)).await;
        match made {
            Ok(()) => Ok(format!("Created the bucket {bucket}.")),
            Err(refusal) if refusal.code == "BucketAlreadyOwnedByYou" => {
                Ok(format!("The bucket {bucket} already exists."))
            }
            // some stores say so of one's own bucket too: then it can be looked into
            Err(refusal) if refusal.code == "BucketAlreadyExists" && self.sees(bucket).await => {
                Ok(format!("The bucket {bucket} already exists."))
            }
            Err(refusal) => Err(ProvisionError::Bucket { bucket: bucket.to_owned(), why: refusal.words }),
        }
    }

    async fn sees(&self, bucket: &str) -> bool {
        let asked = self.client.list_objects().bucket(bucket).max_keys(1).send().await;
        let listed = Request::new(Method::GET, bucket, "").query("max-keys", 1);
        self.either(answer(asked), listed).await.is_ok()
    }

    async fn put(&self, bucket: &str, key: &str) -> Result<String, ProvisionError> {
        let request = Request::new(Method::PUT, bucket, key)
            .header("content-type", "text/plain")
            .body(Body::Plain(Bytes::from_static(SENTINEL.as_bytes())));
        let put = self.send(&self.signer, &request).await;
        match self.either(put, request).await {
            Ok(()) => Ok(format!("Created the sentinel {key} in the bucket {bucket}.")),
            Err(refusal) => {
                Err(ProvisionError::Sentinel { sentinel: key.to_owned(), place: bucket.to_owned(), why: refusal.words })
            }
        }
    }

    /// Removes one thing. Returns true if it is gone, by this request or by itself. A store may accept the request and keep
    /// the thing, so it is looked for afterwards.
    async fn remove(&self, leftover: &Leftover) -> bool {
        let Leftover { bucket, key, upload } = leftover;
        let request = Request::new(Method::DELETE, bucket, key);
        let removed = if let Some(id) = upload {
            let asked = self.client.abort_multipart_upload().bucket(bucket).key(key).upload_id(id).send().await;
            self.either(answer(asked), request.query("uploadId", id)).await
        } else {
            // never the batch of them: MinIO of 2019 and Swift want a Content-MD5 there that the SDK does not send
            let asked = self.client.delete_object().bucket(bucket).key(key).send().await;
            self.either(answer(asked), request).await
        };
        match removed {
            Ok(()) => !self.finds(leftover).await,
            Err(refusal) => refusal.says_gone(),
        }
    }

    /// Returns true if the store still has this. If these keys may not look, the store's word is taken.
    async fn finds(&self, leftover: &Leftover) -> bool {
        let Leftover { bucket, key, upload } = leftover;
        let found = if let Some(id) = upload {
            let asked = self.client.list_parts().bucket(bucket).key(key).upload_id(id).send().await;
            self.either(answer(asked), Request::new(Method::GET, bucket, key).query("uploadId", id)).await
        } else {
            let asked = self.client.head_object().bucket(bucket).key(key).send().await;
            self.either(answer(asked), Request::new(Method::HEAD, bucket, key)).await
        };
        found.is_ok()
    }

    /// Returns the first result. If the store may not know its signature, tries the same request with V2.
    async fn either(&self, first: Result<(), ProvisionRefusal>, request: Request) -> Result<(), ProvisionRefusal> {
        match (first, &self.second) {
            (Err(refusal), Some(signer)) if refusal.answered => self.send(signer, &request).await,
            (first, _) => first,
        }
    }

    /// Sends a request without the SDK.
    async fn send(&self, signer: &Signer, request: &Request) -> Result<(), ProvisionRefusal> {
        let reply = self.sender.send(signer.by_header(request, OffsetDateTime::now_utc()), LIMIT).await;
        let reply = reply.map_err(|failure| ProvisionRefusal::unanswered(&failure))?;
        if reply.status.is_success() {
            return Ok(());
        }
        let fault = xml::fault(&reply.body).unwrap_or_default();
        Err(ProvisionRefusal::answered(&fault.code, &fault.message, reply.status.as_u16()))
    }
}

/// Returns the result of a request of the SDK.
fn answer<T, E: ProvideErrorMetadata>(sent: Result<T, SdkError<E>>) -> Result<(), ProvisionRefusal> {
    sent.map(drop).map_err(|error| ProvisionRefusal::of(&error))
}

impl ProvisionRefusal {
    fn says_gone(&self) -> bool {
        ["NoSuchUpload", "NoSuchKey", "NoSuchBucket"].contains(&self.code.as_str())
    }

    /// Never by `{:?}`, which shows the whole request.
    fn of<E: ProvideErrorMetadata>(error: &SdkError<E>) -> Self {
        let failure = match error {
            SdkError::DispatchFailure(failure) => {
                let cause = failure.as_connector_error().and_then(std::error::Error::source);
                cause.and_then(|cause| cause.downcast_ref::<Failure>())
            }
            _ => None,
        };
        match (error.raw_response(), failure) {
            (_, Some(failure)) => Self::unanswered(failure),
            (Some(reply), None) => {
                let said = |text: Option<&str>| text.unwrap_or_default().to_owned();
                Self::answered(&said(error.code()), &said(error.message()), reply.status().as_u16())
            }
            (None, None) => Self::unanswered(&"the request could not be made"),
        }
    }

    fn answered(code: &str, message: &str, status: u16) -> Self {
        let fault = xml::Fault { code: code.to_owned(), message: message.to_owned(), ..xml::Fault::default() };
        let words = fault.to_string();
        let words = format!("{} (HTTP {status})", words.trim_end_matches('.'));
        Self { code: code.to_owned(), words, answered: true }
    }

    fn unanswered(why: &impl Display) -> Self {
        Self { code: String::new(), words: shown(why.to_string().as_bytes(), 300), answered: false }
    }
}

fn constraint(region: &str) -> Bytes {
    format!("<CreateBucketConfiguration><LocationConstraint>{region}</LocationConstraint></CreateBucketConfiguration>")
        .into()
}

/// The probe's sender, as the SDK wants to see it.
#[derive(Debug, Clone)]
struct Wire {
    sender: Sender,
    endpoint: Arc<Endpoint>,
}

impl HttpClient for Wire {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Self { sender, endpoint } = self.clone();
        HttpConnectorFuture::new(async move {
            let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
            let (head, body) = request.into_parts();
            let body = body.collect().await.map_err(ConnectorError::user)?.to_bytes();
            let reply = sender.relay(&endpoint, http::Request::from_parts(head, body), LIMIT).await;
            let reply = reply.map_err(|failure| ConnectorError::io(failure.into()))?;
            let mut response = http::Response::new(SdkBody::from(reply.body));
            *response.status_mut() = reply.status;
            *response.headers_mut() = reply.headers;
            HttpResponse::try_from(response).map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}
