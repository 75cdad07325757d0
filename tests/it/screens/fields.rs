//! Tests the pages with fields: the provider, the connection, the buckets, uploads, and what Score needs to start.

use score_setup::{
    score::{Release, Scope, Step},
    wizard::{Effect, Event},
};

use super::{
    Page, page,
    stage::Stage,
    world::{CANARY, answered, at_connection, fresh, on_azure},
};

pub(super) const PAGES: &[Page] = &[
    ("provider", fresh, ""),
    ("provider-filtered", fresh, "ce"),
    ("connection-empty", at_connection, ""),
    ("connection", answered, ""),
    ("region", fresh, "aws <Enter> frank"),
    ("region-chosen", fresh, "aws <Enter> frank <Enter>"),
    ("buckets", || on_page(answered(), Step::Buckets), ""),
    ("buckets-pool", || on_page(pool(), Step::Buckets), ""),
    ("upload", || on_page(answered(), Step::Upload), ""),
    ("server", || on_page(answered(), Step::Server), ""),
    ("server-secure", || on_page(answered(), Step::Server), "<Down> <Right>"),
    ("azure-connection", on_azure, ""),
    ("azure-container", || on_page(on_azure(), Step::Buckets), ""),
    ("azure-upload", || on_page(on_azure(), Step::Upload), ""),
    ("azure-own-address", on_azure, "<Up> <Up> <Left> <Enter> http://127.0.0.1:10000/scoredata"),
    ("azure-refused", on_5_12, "azure <Enter>"),
];

fn pool() -> Stage {
    let mut stage = answered();
    stage.answers("bucket.size.pool", "3");
    stage
}

fn on_page(mut stage: Stage, step: Step) -> Stage {
    stage.happens(Event::StepChosen(step));
    stage
}

fn on_5_12() -> Stage {
    let mut stage = fresh();
    stage.happens(Event::ReleaseChosen(Release::R5_12));
    stage
}

#[test]
fn a_secret_is_revealed_on_request() {
    let mut stage = answered();
    stage.keys("<C-r>");
    let shown = stage.text();
    assert!(shown.contains(CANARY), "{shown}");
}

#[test]
fn the_cloud_is_chosen_by_name_or_typed() {
    let mut stage = on_azure();
    stage.keys("<Up> <Up> <Right>");
    assert_eq!(stage.state().draft.cloud(), "core.chinacloudapi.cn");
    stage.keys("<Left> <Left> <Enter> http://127.0.0.1:10000/scoredata");
    let store = stage.state().draft.target().unwrap().store;
    assert_eq!(store.azure().unwrap().endpoint(), "http://127.0.0.1:10000/scoredata");
    stage.keys("<C-t>");
    assert_eq!(stage.state().draft.cloud(), "core.windows.net");
}

#[test]
fn azure_is_not_chosen_for_a_release_that_cannot_start_with_it() {
    let stage = page("azure-refused");
    assert_eq!((stage.state().step, stage.state().draft.provider), (Step::Provider, None));
}

#[test]
fn without_authorization_the_pages_say_what_becomes_of_transfers() {
    assert!(!page("server").state().secure());
    assert!(page("server-secure").state().secure());
}

#[test]
fn a_paste_loses_its_line_break_and_says_so() {
    let mut stage = at_connection();
    stage.pastes("http://minio.lab.example:9000\r\n");
    let shown = stage.text();
    assert!(shown.contains("2 line breaks or control characters were removed"), "{shown}");
    assert!(shown.contains("http://minio.lab.example:9000 "), "{shown}");
}

#[test]
fn a_paste_that_no_answer_can_be_is_not_taken() {
    let mut stage = at_connection();
    let before = stage.state().draft.clone();
    stage.pastes(&"a".repeat(100_000));
    assert_eq!(stage.state().draft, before);
    let shown = stage.text();
    assert!(shown.contains("No answer has 100000 characters"), "{shown}");
}

#[test]
fn a_choice_is_stepped_by_arrows_and_blank_and_taken_back() {
    let mut stage = answered();
    stage.keys("<Down> <Enter>");
    let signature = |stage: &Stage| stage.state().draft.value("s3.sigV4Enabled");
    assert!(stage.text().contains("‹ 4 ›"));
    stage.keys("<Right>");
    assert_eq!(signature(&stage).as_deref(), Some("false"));
    assert!(stage.text().contains("‹ 2 ›"));
    stage.keys("<Space>");
    assert_eq!(signature(&stage).as_deref(), Some("true"));
    stage.keys("<Left> <C-t>");
    assert_eq!(signature(&stage).as_deref(), Some("true"));
}

#[test]
fn leaving_the_endpoint_and_the_secret_tries_quietly() {
    let mut stage = at_connection();
    let effects = stage.keys("http://minio.lab.example:9000 <Enter>");
    assert!(matches!(&effects[..], [Effect::Check { scope: Scope::Reach, .. }]), "{effects:?}");
    assert!(stage.keys("scoreuser <Enter>").is_empty());
    let effects = stage.keys(&format!("{CANARY} <Enter>"));
    let signs_in = |effect: &Effect| matches!(effect, Effect::Check { scope: Scope::SignIn, .. });
    assert!(effects.iter().any(signs_in), "{effects:?}");
}

#[test]
fn a_secret_of_the_file_is_kept_and_never_shown() {
    let mut stage = at_connection();
    let file = format!("s3.accessKey=scoreuser\ns3.secretKey={CANARY}\n");
    stage.opens("/srv/application.properties", &file, None);
    stage.keys("<Down> <Down> <C-r>");
    let shown = stage.text();
    assert!(shown.contains("kept from the file"), "{shown}");
    assert!(!shown.contains("canary"), "{shown}");
}

#[test]
fn a_shown_secret_is_hidden_after_ten_seconds_by_a_frame_of_its_own() {
    let mut stage = at_connection();
    stage.keys("http://minio.lab.example:9000/ <Enter> scoreuser <Enter> shown-secret <C-r>");
    let test = stage.state().background.as_ref().expect("leaving the endpoint tests it").number;
    stage.finishes(test);
    assert!(stage.text().contains("shown-secret") && stage.shell.heartbeat().is_some());
    stage.now += std::time::Duration::from_secs(9);
    assert!(stage.text().contains("shown-secret"));
    stage.now += std::time::Duration::from_secs(1);
    assert!(!stage.text().contains("shown-secret"));
    assert!(stage.shell.heartbeat().is_none(), "nothing changes any more");
}
