//! Tests the list of deployments, and one deployment opened to install, change, troubleshoot or upgrade it.

use score_setup::{
    answers::{
        draft::{Origin, Text},
        target::Store,
    },
    install::deployment::{Deployment, LoadError, Sighting},
    score::{Release, Scope, Step},
    shell::tui::receipt::receipt,
    store::checks::News,
    wizard::{Effect, Event, Exit, Purpose},
};

use super::{
    Page, page,
    stage::Stage,
    world::{
        as_on_the_page, deployment, fresh, looking, opened, opening, passed, plan, sighted, sightings, troubleshooting,
        unknown, written,
    },
};

pub(super) const PAGES: &[Page] = &[
    ("places-looking", looking, ""),
    ("places", sighted, ""),
    ("where", unknown, ""),
    ("where-existing", existing, ""),
    ("where-older", || opened(0, "<Enter>"), ""),
    ("changes", || opened(1, "c"), "<Down>"),
    ("changes-keys", || opened(1, "c"), "<Down> <Down> <Enter>"),
    ("files", || opened(1, "c"), "<Enter>"),
    ("files-fixed", || opened(1, "c"), "<Enter> F"),
    ("values", || opened(1, "c"), "<Enter> F v"),
    ("troubleshoot-files", troubleshooting_files, ""),
    ("troubleshoot", troubleshooting, ""),
    ("upgrade", || opened(1, "u"), "<Up> <Up> <Up>"),
    ("upgrade-review", || opened(1, "u"), "<Up> <Up> <Up> <Enter> F <PageDown> <Enter>"),
    ("connection-overruled", overruled, ""),
];

fn existing() -> Stage {
    let mut stage = fresh();
    stage.opens(
        "/srv/score-server-5.11.0/conf/application.properties",
        "s3.endpoint=https://s3.eu-central-1.amazonaws.com\ns3.accessKey=AKIAIOSFODNN7EXAMPL0\n",
        Some(Release::R5_11),
    );
    stage
}

fn troubleshooting_files() -> Stage {
    let (mut stage, effects) = opening(1, "<Enter>");
    // Score stops at the quotes around the endpoint, so the check uses the intended value. The quotes around the key
    // are part of it.
    let [Effect::Check { run, store: Store::S3(store), .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(
        (store.endpoint.as_str(), store.access_key.as_str()),
        ("http://minio.lab.example:9000", "\"scoreuser\"")
    );
    stage.tell(*run, News::Planned(plan()));
    stage
}

/// Returns the wizard at the connection of a file whose endpoint the environment overrides.
fn overruled() -> Stage {
    let mut stage = looking();
    let environment = sightings().swap_remove(2).deployment.environment;
    let file = as_on_the_page().replace('"', "");
    let deployment = Deployment { environment, ..deployment("/srv/score-5.9/conf", Release::R5_9, &file) };
    stage.happens(Event::PathChosen("/srv/score-5.9/conf".into()));
    stage.happens(Event::Loaded(Ok(deployment)));
    stage.happens(Event::StepChosen(Step::Connection));
    stage
}

#[test]
fn the_first_page_shows_what_was_found_and_offers_to_begin_anew() {
    let mut stage = sighted();
    stage.keys("<Down>");
    let shown = stage.text();
    assert!(shown.contains("⏎ check   c change   t troubleshoot   u upgrade"), "{shown}");
    assert!(stage.keys("<Down> <Down> <Down> <Enter>").is_empty());
    let shown = stage.text();
    assert!(shown.contains("File") && shown.contains("⏎ next"), "{shown}");
    stage.keys("<Esc>");
    assert!(stage.text().contains("On this machine"));
    // Nothing is lost, so no question is asked.
    stage.keys("<Esc>");
    assert!(stage.state().over.is_some());
}

#[test]
fn keys_that_are_not_offered_do_nothing() {
    for key in ["c", "t", "u"] {
        let mut stage = sighted();
        stage.keys("<Down> <Down> <Down>");
        assert!(stage.text().contains(" ▸ Create a new configuration"), "{}", stage.text());
        let before = stage.text();
        assert!(stage.keys(key).is_empty() && stage.text() == before, "{key}: {}", stage.text());
    }
}

#[test]
fn the_last_row_leaves_for_the_sandbox_without_a_receipt() {
    let mut stage = sighted();
    stage.keys("<Down> <Down> <Down> <Down> <Down> <Down>");
    assert!(stage.text().contains(" ▸ Try it in a sandbox"), "{}", stage.text());
    stage.keys("<Enter>");
    assert_eq!(stage.state().over, Some(Exit::ForSandbox));
    assert_eq!(receipt(stage.state(), &[], true), "");
}

#[test]
fn a_path_that_cannot_be_read_keeps_the_cursor() {
    let mut stage = sighted();
    stage.keys("<Down> <Down> <Down> <Down> <Enter>");
    assert!(stage.text().contains("The folder of a Score installation"), "{}", stage.text());
    stage.keys("/srv/nothing <Enter>");
    stage.happens(Event::Loaded(Err(LoadError {
        path: "/srv/nothing".into(),
        cause: "no such file or directory".into(),
        hint: "name a properties file, or Score's folder".into(),
        wrong: true,
    })));
    let shown = stage.text();
    assert!(shown.contains("Cannot read /srv/nothing.") && shown.contains("No such file or directory."), "{shown}");
    stage.keys("<Enter> /here");
    assert!(stage.text().contains(" ▸ File          /srv/nothing/here"), "{}", stage.text());
}

#[test]
fn a_file_of_comments_is_installed_and_its_missing_keys_are_one_sentence() {
    let mut stage = looking();
    let found = sightings().swap_remove(0);
    stage.happens(Event::Sighted(vec![found.clone()]));
    stage.keys("<Enter>");
    stage.happens(Event::Loaded(Ok(found.deployment)));
    assert_eq!(stage.state().purpose, Some(Purpose::Install));
    let shown = stage.text();
    assert!(shown.contains("First installation") && shown.contains("Which store keeps the files?"), "{shown}");
    assert_eq!(stage.state().step, Step::Provider);
}

#[test]
fn an_empty_installation_beside_a_configured_one_first_offers_its_settings() {
    let mut stage = opened(0, "<Enter>");
    let shown = stage.text();
    assert!(shown.contains(" ▸ Offer         Take the settings of /srv/score-5.9/conf"), "{shown}");
    stage.keys("<Down>");
    assert!(stage.text().contains("▸ 5.11"), "the row of the release that was found: {}", stage.text());
    let mut stage = opened(0, "<Enter>");
    stage.keys("<Enter>");
    assert_eq!(stage.state().purpose, Some(Purpose::Upgrade));
    assert_eq!(stage.state().draft.value("bucket.name.state").as_deref(), Some("score-state"));
}

#[test]
fn an_existing_file_leads_past_what_it_answers() {
    let mut stage = existing();
    stage.keys("<Enter>");
    let endpoint = stage.state().draft.value("s3.endpoint");
    assert_eq!(endpoint.as_deref(), Some("https://s3.eu-central-1.amazonaws.com"));
}

#[test]
fn what_is_wrong_in_the_files_is_the_page_that_opens_and_one_key_mends_it() {
    let before = page("files").state().lint().len();
    let after = page("files-fixed").state().lint();
    assert!(after.len() < before && after.iter().all(|finding| finding.edits.is_empty()), "{after:#?}");
    let mut stage = page("values");
    stage.keys("<Esc> <PageDown> <Enter>");
    assert_eq!(stage.state().step, Step::Checks);
    // The keys lead back to the list, through the opened deployment.
    stage.keys("<Esc> <Esc> <Esc>");
    assert!(stage.text().contains("On this machine"));
}

#[test]
fn troubleshooting_shows_the_checks_at_once_and_offers_to_prove_uploads() {
    let effects = troubleshooting().keys("p");
    assert!(matches!(effects[..], [Effect::Check { scope: Scope::All, .. }]), "{effects:?}");
}

#[test]
fn a_finding_in_a_file_is_gone_once_an_answer_replaces_the_value() {
    let mut stage = troubleshooting();
    let quoted = |stage: &Stage| {
        stage
            .state()
            .lint()
            .iter()
            .any(|finding| !stage.state().replaces(finding) && finding.settings == ["s3.endpoint"])
    };
    assert!(quoted(&stage));
    stage.happens(Event::Answered {
        key: "s3.endpoint",
        text: Text::Plain("http://store:9000".into()),
        origin: Origin::Typed,
    });
    assert!(!quoted(&stage));
}

#[test]
fn an_upgrade_asks_for_the_release_and_shows_what_changes() {
    let review = page("upgrade-review");
    assert_eq!((review.state().step, review.state().draft.release), (Step::Review, Some(Release::R5_12)));
}

#[test]
fn the_first_page_says_whether_the_store_was_contacted_and_a_file_written() {
    let shows = |mut stage: Stage, said: &str| {
        stage.happens(Event::StepChosen(Step::Where));
        assert!(stage.text().contains(said), "{}", stage.text());
    };
    shows(fresh(), "Nothing is contacted or changed yet.");
    shows(passed(), "The store was contacted. No file is changed yet.");
    shows(written(), "Files were written in this session.");
}

#[test]
fn each_change_leads_to_its_fields_and_then_to_the_checks() {
    let changes = [
        ("http://other:9000 <Enter>", "s3.endpoint", "http://other:9000"),
        ("newuser <Enter> newsecret <Enter>", "s3.accessKey", "newuser"),
        ("objects <Enter> <Enter>", "bucket.name.object", "objects"),
        ("<Right> <Enter>", "upload.partsize", "134217728"),
    ];
    for (row, (typed, key, value)) in changes.into_iter().enumerate() {
        let mut stage = looking();
        let clean = as_on_the_page().replace('"', "").replace(" # objects", "").replace("1048576", "67108864");
        let clean = deployment("/srv/score-5.9/conf", Release::R5_9, &clean);
        let found = Sighting { deployment: clean.clone(), ..sightings().swap_remove(1) };
        stage.happens(Event::Sighted(vec![found]));
        stage.keys("c");
        stage.happens(Event::Loaded(Ok(clean)));
        // The findings in the files come first.
        let wrong = usize::from(!stage.state().lint().is_empty());
        stage.keys(&"<Down> ".repeat(wrong + row));
        assert!(stage.keys("<Enter>").is_empty());
        let effects = stage.keys(typed);
        assert!(matches!(effects[..], [.., Effect::Check { scope: Scope::All, .. }]), "{key}: {effects:?}");
        assert_eq!(stage.state().step, Step::Checks, "{key}");
        assert_eq!(stage.state().draft.value(key).as_deref(), Some(value));
    }
    // Another release is the same as u.
    let mut stage = opened(1, "c");
    stage.keys("<Down> <Down> <Down> <Down> <Down> <Enter>");
    assert_eq!(stage.state().purpose, Some(Purpose::Upgrade));
}
