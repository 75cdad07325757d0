//! Makes what does not depend on a run: the signer, the request that begins an upload, and a URL as Score's server hands
//! it to clients, to try the store from a machine without this program.

use http::Method;
use time::OffsetDateTime;

use crate::{
    answers::target::S3Store,
    score::times,
    store::{
        checks::{Finding, advice},
        probe::{Request, Signer},
    },
    text::{Endpoint, secret::Secret, signing_region},
};

/// Returns a pre-signed GET of the sentinel, as score-client fetches it before every command. The URL is a secret: it
/// lets anyone read that object while it lives.
///
/// # Errors
/// Returns a finding if the endpoint is not valid.
pub fn sentinel(store: &S3Store, now: OffsetDateTime) -> Result<Secret, Finding> {
    let endpoint = Endpoint::parse(&store.endpoint).map_err(|why| advice::bad_endpoint(why, advice::STORE))?;
    let request = Request::new(Method::GET, &store.object_bucket, &store.sentinel_key());
    let presigned = signer(store, &endpoint).by_query(&request, times::PING_URL, now);
    let presigned = match &store.override_host {
        Some(host) => presigned.through(host),
        None => presigned,
    };
    Ok(Secret::new(presigned.url))
}

/// Returns `POST ?uploads`. With a KMS key Score asks for encryption here and nowhere else (Score 5.11
/// `S3Config.java:89-96`).
pub(in crate::store) fn beginning(store: &S3Store, bucket: &str, key: &str) -> Request {
    let request = Request::new(Method::POST, bucket, key).query("uploads", "");
    match &store.kms_key {
        None => request,
        Some(id) => request
            .header("x-amz-server-side-encryption", "aws:kms")
            .header("x-amz-server-side-encryption-aws-kms-key-id", id),
    }
}

/// Returns the signer that signs as Score does.
pub(in crate::store) fn signer(store: &S3Store, endpoint: &Endpoint) -> Signer {
    Signer {
        version: store.version,
        region: signing_region(&endpoint.host),
        endpoint: endpoint.clone(),
        access_key: store.access_key.clone(),
        secret: store.secret_key.clone(),
        unescapes_paths: store.unescapes_paths,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::checks::fixtures::store;

    #[test]
    fn the_url_leads_clients_through_the_override_host_and_is_not_in_any_debug_output() {
        let given = S3Store { override_host: Some("https://objects.example.org".into()), ..store("http://h:1") };
        let url = sentinel(&given, OffsetDateTime::UNIX_EPOCH).unwrap();
        let start = "https://objects.example.org/score-object/data/heliograph?";
        assert!(url.shape(|url| url.starts_with(start) && url.contains("X-Amz-Expires=300")));
        assert!(!format!("{url:?}").contains("Amz"));
    }
}
