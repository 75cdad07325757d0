//! Counts what is stored in a place, with the keys of Score. Only lists, one page for each place.

use std::time::Duration;

use http::Method;
use time::OffsetDateTime;
use tokio::time::{Instant, timeout_at};

use crate::{
    answers::target::{AzureStore, S3Store, Store},
    store::{
        checks::s3::link::signer,
        probe::{Failure, Reply, Request, Route, RouteError, Sender, azure, azure::Account, xml},
    },
    text::{BadEndpoint, Endpoint, shown},
};

/// The time for all requests together.
const LIMIT: Duration = Duration::from_secs(10);
/// The time for one request.
const REQUEST: Duration = Duration::from_secs(5);
/// The length of a page. The count ends here.
const MOST: usize = 1000;

/// A bucket or container, and the beginning of the names of objects in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPlace {
    pub bucket: String,
    pub prefix: String,
}

/// The number of stored objects. `None` if one page does not list them all.
pub type ObjectCount = Option<usize>;

/// The reason why the objects could not be counted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CountError {
    #[error(transparent)]
    Endpoint(#[from] BadEndpoint),
    #[error(transparent)]
    Route(#[from] RouteError),
    #[error(transparent)]
    AccountKey(#[from] azure::BadKey),
    #[error("the list took longer than {} s", LIMIT.as_secs())]
    TooSlow,
    #[error("{0}")]
    Unanswered(String),
    /// The status of the reply and the code of the store.
    #[error("{code} ({status})")]
    Refused { status: u16, code: String },
    #[error("the list cannot be read: {0}")]
    Unreadable(xml::Misread),
}

/// A client that lists one page of a place.
enum Lister {
    S3(S3Store, Box<Endpoint>),
    Azure(Box<Account>),
}

/// Counts the objects in these places, without the sentinel. A bucket that does not exist has none.
///
/// # Errors
/// Returns an error if one of the places cannot be listed.
pub async fn count(store: &Store, route: &Route, places: &[StoredPlace]) -> Result<ObjectCount, CountError> {
    let (lister, sentinel) = match store {
        Store::S3(store) => {
            let endpoint = Endpoint::parse(&store.endpoint)?;
            (Lister::S3(store.clone(), Box::new(endpoint)), (store.object_bucket.clone(), store.sentinel_key()))
        }
        Store::Azure(store) => {
            (Lister::Azure(Box::new(account(store)?)), (store.container.clone(), store.sentinel.clone()))
        }
    };
    let sender = Sender::new(route)?;
    let deadline = Instant::now() + LIMIT;
    let mut all = 0;
    for place in places {
        let answer = timeout_at(deadline, lister.page(&sender, place)).await.map_err(|_| CountError::TooSlow)?;
        let (page, more) = answer?;
        if more || page.len() >= MOST {
            return Ok(None);
        }
        let is_sentinel = |name: &String| (&place.bucket, name) == (&sentinel.0, &sentinel.1);
        all += page.iter().filter(|name| !is_sentinel(name)).count();
        if all >= MOST {
            return Ok(None);
        }
    }
    Ok(Some(all))
}

fn account(store: &AzureStore) -> Result<Account, CountError> {
    Ok(Account::new(Endpoint::parse(&store.endpoint())?, &store.account, &store.key)?)
}

impl Lister {
    /// Returns the names of the first objects in a place, and whether more follow.
    async fn page(&self, sender: &Sender, place: &StoredPlace) -> Result<(Vec<String>, bool), CountError> {
        let request = Request::new(Method::GET, &place.bucket, "").query("prefix", &place.prefix);
        let now = OffsetDateTime::now_utc();
        let signed = match self {
            Self::S3(store, endpoint) => {
                signer(store, endpoint).by_header(&request.query("max-keys", MOST).query("encoding-type", "url"), now)
            }
            Self::Azure(account) => {
                let request = request.query("restype", "container").query("comp", "list").query("maxresults", MOST);
                account.by_header(&request, now)
            }
        };
        let reply = sender.send(signed, REQUEST).await.map_err(|failure| unanswered(&failure))?;
        if reply.status.is_success() {
            let listed = match self {
                Self::S3(..) => xml::keys(&reply.body).and_then(|keys| Ok((keys, xml::continues(&reply.body)?))),
                Self::Azure(_) => azure::blobs(&reply.body),
            };
            return listed.map_err(CountError::Unreadable);
        }
        let code = self.code(&reply);
        if ["NoSuchBucket", "ContainerNotFound"].contains(&code.as_str()) {
            return Ok((Vec::new(), false));
        }
        Err(CountError::Refused { status: reply.status.as_u16(), code })
    }

    fn code(&self, reply: &Reply) -> String {
        let code = match self {
            Self::S3(..) => xml::fault(&reply.body).unwrap_or_default().code,
            Self::Azure(_) => azure::fault(&reply.body).code,
        };
        if code.is_empty() { "no reason was given".to_owned() } else { shown(code.as_bytes(), 60) }
    }
}

fn unanswered(failure: &Failure) -> CountError {
    CountError::Unanswered(failure.to_string())
}
