//! Prints the guide for the administrator of a store, which `tests/stores/administrator` runs on real stores.

use std::env::var;

use score_setup::{score::Version, score::provider::provider, store::checks::advice::guide};

use crate::{provision::target, store::Store};

#[tokio::test]
#[ignore = "it prints: cargo test the_guide -- --ignored --nocapture, with PROVIDER and ENDPOINT"]
async fn the_guide() {
    let endpoint = var("ENDPOINT").unwrap();
    let store = score_setup::answers::target::S3Store { endpoint, ..target(&Store::start().await, Version::V4) };
    println!("#begin\n{}\n#end", guide(&store, provider(&var("PROVIDER").unwrap())).script());
}
