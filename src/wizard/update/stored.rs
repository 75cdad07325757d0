//! Counts the objects that Score no longer finds after a change of bucket, directory or pool: where they are, and the
//! result of the count.

use crate::{
    answers::{
        draft::Draft,
        target::{S3Store, Store},
    },
    install::{recognise, spring::View},
    score::{Scope, key},
    store::provision::{CountError, ObjectCount, StoredPlace},
    wizard::{Effect, State},
};

/// The objects under the names that the deployment has before the change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredObjects {
    /// The number of the question.
    pub run: u64,
    /// The store that was asked.
    store: Store,
    /// The places that were asked about.
    places: Vec<StoredPlace>,
    /// The number of objects. `None` until the store has answered.
    pub result: Option<Result<ObjectCount, CountError>>,
}

impl State {
    /// Returns true while the objects under the old names are being counted.
    #[must_use]
    pub fn counting(&self) -> bool {
        self.stored.as_ref().is_some_and(|stored| stored.result.is_none())
    }

    /// Returns what is said before a write about the objects under the old names. `None` if nothing is stored there, or
    /// nothing moves.
    #[must_use]
    pub fn left_behind(&self) -> Option<String> {
        let stored = self.stored.as_ref()?;
        let number = match &stored.result {
            Some(Ok(Some(0))) => return None,
            Some(Ok(Some(1))) => {
                return Some("1 object is stored under the old name. Score will not find it.".to_owned());
            }
            Some(Ok(Some(number))) => number.to_string(),
            Some(Ok(None)) => "Many".to_owned(),
            Some(Err(error)) => {
                return Some(format!(
                    "The objects under the old name could not be counted: {error}. Score will not find those that are stored there."
                ));
            }
            None => {
                return Some("The objects under the old name are being counted. Score will not find them.".to_owned());
            }
        };
        Some(format!("{number} objects are stored under the old name. Score will not find them."))
    }
}

/// Asks the store how many objects are under the old names, unless that is known, or could not be counted a moment ago.
pub(super) fn begin(state: &mut State) -> Vec<Effect> {
    let Some((store, places)) = moved(state) else {
        state.stored = None;
        return Vec::new();
    };
    if state.stored.as_ref().is_some_and(|stored| stored.store == store && stored.places == places) {
        return Vec::new();
    }
    state.runs += 1;
    let run = state.runs;
    state.stored = Some(StoredObjects { run, store: store.clone(), places: places.clone(), result: None });
    vec![Effect::Count { run, store, route: state.route.clone(), places }]
}

/// Forgets a failure, so that the question is repeated.
pub(super) fn forget_failure(state: &mut State) {
    state.stored.take_if(|stored| matches!(stored.result, Some(Err(_))));
}

pub(super) fn note(state: &mut State, run: u64, result: Result<ObjectCount, CountError>) {
    if let Some(stored) = state.stored.as_mut().filter(|stored| stored.run == run) {
        stored.result = Some(result);
    }
}

/// Returns the store of the deployment as it was read, and the places where Score no longer looks. `None` if it looks
/// in all of them, or if the old store is not known.
fn moved(state: &State) -> Option<(Store, Vec<StoredPlace>)> {
    if state.relocations().is_empty() {
        return None;
    }
    let old = before(state)?;
    let (store, new) = (old.store(Scope::All)?, state.draft.store(Scope::All)?);
    let spreads = |draft: &Draft| draft.value(key::BUCKET_SIZE_KEY);
    let mut places = places(&store);
    let pool = |store: &Store| store.s3().map_or(0, |store| store.pool);
    let same_spread = pool(&store) == pool(&new) && (pool(&new) == 0 || spreads(&old) == spreads(&state.draft));
    if same_spread {
        let kept = self::places(&new);
        places.retain(|place| !kept.contains(place));
    }
    (!places.is_empty()).then_some((store, places))
}

/// Returns the answers of the deployment as it was read.
fn before(state: &State) -> Option<Draft> {
    let read = state.deployment.as_ref()?;
    let launch = recognise::launch(read, None);
    let mut draft = Draft::default();
    draft.release = Some(launch.release);
    draft.keep(&View::answers(read, &launch));
    draft.recognise_provider(recognise::api(read, &launch), recognise::mark(read));
    Some(draft)
}

/// Returns the places where Score looks for files and for the state of uploads.
fn places(store: &Store) -> Vec<StoredPlace> {
    match store {
        Store::S3(store) => places_of_s3(store),
        // Azure has neither directories nor a pool.
        Store::Azure(store) => vec![StoredPlace { bucket: store.container.clone(), prefix: String::new() }],
    }
}

/// Returns the same for S3. Files are in the data directory of the object buckets. Their descriptions are there in the
/// state buckets, and the state of uploads is in the upload directory (Score 5.11 `ObjectKeys.java`).
fn places_of_s3(store: &S3Store) -> Vec<StoredPlace> {
    let within = |directory: &str| if directory.is_empty() { String::new() } else { format!("{directory}/") };
    let (data, upload) = (within(&store.data_directory), within(&store.upload_directory));
    let place = |bucket: &String, prefix: &String| StoredPlace { bucket: bucket.clone(), prefix: prefix.clone() };
    let objects = store.object_buckets();
    let states = store.state_buckets();
    let mut all: Vec<StoredPlace> = objects.iter().map(|bucket| place(bucket, &data)).collect();
    for bucket in &states {
        all.extend([&data, &upload].map(|prefix| place(bucket, prefix)));
    }
    let mut met: Vec<StoredPlace> = Vec::new();
    for place in all {
        if !met.contains(&place) {
            met.push(place);
        }
    }
    met
}
