//! Recognises the provider of an existing file. The file does not contain its name, but the endpoint shows whether it
//! is AWS, and which region. An Azure account is recognised by the kind of store.

use super::Draft;
use crate::{
    install::mark::Mark,
    score::{
        Api, key,
        provider::{Region, fallback, of_api, of_endpoint},
    },
};

impl Draft {
    /// Chooses the provider by the kind of store, as far as the deployment shows it, by the endpoint, and else by the
    /// mark of a file that this program wrote. Keeps a provider that was chosen.
    pub fn recognise_provider(&mut self, api: Option<Api>, mark: Option<Mark>) {
        if self.provider.is_some() {
            return;
        }
        if api == Some(Api::Azure) {
            self.provider = of_api(Api::Azure);
            return;
        }
        let Some(endpoint) = self.value(key::S3_ENDPOINT) else { return };
        // A store that cannot work is not chosen: the checks then say what it refuses.
        let provider = of_endpoint(&endpoint).filter(|provider| provider.unusable().is_none());
        let marked = || mark?.provider.filter(|provider| provider.api == Api::S3);
        let provider = provider.or_else(marked).or_else(fallback);
        let Some(provider) = provider else { return };
        let of = |region: &&Region| provider.endpoint(&region.id).as_ref() == Some(&endpoint);
        self.region = provider.regions.iter().find(of).map(|region| region.id.clone());
        self.provider = Some(provider);
    }
}
