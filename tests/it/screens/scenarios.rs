//! Plays the sessions that operators have, one line of keys each. `SESSIONS` is the table; a word in capitals stands for an
//! answer.

mod play;

use std::fmt::Write;

use score_setup::{
    score::Step,
    wizard::{Exit, Standing},
};

use self::play::{Behind, Play};
use super::accepts;
use crate::{
    azure_store::{self, Azure},
    store::{ACCESS_KEY, SECRET, Store},
};

/// The answers that words in capitals stand for.
const ANSWERS: &[(&str, &str)] = &[
    ("ENDPOINT", "http://minio.lab.example:9000"),
    ("CONSOLE", "http://minio.lab.example:9001/browser/score-object"),
    ("REGION", "frankfurt"),
    ("KEY", ACCESS_KEY),
    ("SECRET", SECRET),
    ("WRONG", "another-secret-that-nobody-may-see"),
    ("LONGKEY", "AKIAIOSFODNN7EXAMPL0"),
    ("LONGSECRET", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYnobody-see"),
    ("OBJECT", "score-object"),
    ("STATE", "score-state"),
    ("MISSPELLED", "score-sate"),
    ("SONG", "https://song.lab.example"),
    ("OTHERKEY", "OTHERACCESSKEY000001"),
    ("ACCOUNT", azure_store::ACCOUNT),
    ("CONTAINER", azure_store::CONTAINER),
    ("CLOUD", "http://azure.lab.example:10000/acct"),
];

/// The secret that a file has before new keys.
const OLD_SECRET: &str = "an-old-secret-that-nobody-may-see";

/// A session: its name, how it begins, and its keys.
type Session = (&'static str, fn() -> Play, &'static str);

const CONF: &str = "/opt/score-server-5.11.0/conf/";

/// The lines of the distribution's file that are read.
const WRAPPER: &str = "wrapper.app.parameter.1=org.springframework.boot.loader.JarLauncher\n\
    wrapper.app.parameter.2=--spring.config.location=../conf/\n\
    wrapper.app.parameter.3=--spring.profiles.active=secure,amazon\n";

const FIRST: &str = "<Enter> minio <Enter> ENDPOINT <Enter> KEY <Enter> SECRET <Enter> OBJECT <Enter> STATE <Enter>";

#[rustfmt::skip]
const SESSIONS: &[Session] = &[
    ("minio, typed", || fresh(good), FIRST),
    ("minio, typed and written", || fresh(good), "FIRST <Enter> SONG <Enter> <Enter> w"),
    ("minio, release unknown", || nothing(good),
        "<Enter> <Enter> minio <Enter> ENDPOINT <Enter> KEY <Enter> SECRET <Enter> OBJECT <Enter> STATE <Enter>"),
    ("back from the list of providers", || nothing(good), "<Enter> <Enter> <Esc>"),
    ("minio, pasted", || pasting(good, &format!("mc alias set lab http://minio.lab.example:9000 {ACCESS_KEY} {SECRET}\n")),
        "<Down> <Down> <Down> <Enter> <Paste> <Enter> <Enter> OBJECT <Enter> STATE <Enter>"),
    ("aws, typed", || fresh(|_| Behind::Good),
        "<Enter> aws <Enter> REGION <Enter> AKIAIOSFODNN7EXAMPL0 <Enter> SECRET <Enter> OBJECT <Enter> STATE <Enter>"),
    ("aws, pasted", || pasting(|_| Behind::Good, &format!("[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPL0\naws_secret_access_key = {SECRET}1234567\nregion = eu-central-1\n")),
        "<Down> <Down> <Down> <Enter> <Paste> <Enter> <Enter> OBJECT <Enter> STATE <Enter>"),
    ("azure, typed", || fresh(azure), "<Enter> azure <Enter> <Up> <Left> <Enter> CLOUD <Enter> ACCOUNT <Enter> ACCOUNTKEY <Enter> CONTAINER <Enter>"),
    ("azure, the URL as the account, the next field", || fresh(azure), "<Enter> azure <Enter> CLOUD <Enter>"),
    ("azure, the URL as the account", || fresh(azure), "<Enter> azure <Enter> CLOUD <Enter> ACCOUNTKEY <Enter> CONTAINER <Enter>"),
    ("azure, a connection string in the field of the account", || pasting(azure, &format!("DefaultEndpointsProtocol=http;AccountName=acct;AccountKey={};BlobEndpoint=http://azure.lab.example:10000/acct;", azure_store::key())),
        "<Enter> azure <Enter> <Paste>"),
    ("azure, with a release that cannot use it", || nothing(azure), "<Enter> <Enter> azure <Enter> <C-f>"),
    ("azure, pasted", || pasting(azure, &format!("DefaultEndpointsProtocol=http;AccountName=acct;AccountKey={};BlobEndpoint=http://azure.lab.example:10000/acct;", azure_store::key())),
        "<Down> <Down> <Down> <Enter> <Paste> <Enter> <Enter> CONTAINER <Enter>"),
    ("a wrong secret", || fresh(good), "<Enter> minio <Enter> ENDPOINT <Enter> KEY <Enter> WRONG <Enter>"),
    ("a wrong secret, typed again", || fresh(good),
        "<Enter> minio <Enter> ENDPOINT <Enter> KEY <Enter> WRONG <Enter> SECRET <Enter> OBJECT <Enter> STATE <Enter>"),
    ("a wrong secret, and going on", || fresh(good),
        "<Enter> minio <Enter> ENDPOINT <Enter> KEY <Enter> WRONG <Enter> <Enter> OBJECT <Enter> STATE <Enter>"),
    ("a wrong secret, left with Tab", || fresh(good),
        "<Enter> minio <Enter> ENDPOINT <Enter> KEY <Enter> WRONG <S-Tab> <Tab> <Enter>"),
    ("a wrong secret, replaced from the checks", || fresh(good),
        "<Enter> minio <Enter> ENDPOINT <Enter> KEY <Enter> WRONG <Enter> <Enter> OBJECT <Enter> STATE <Enter> <Enter> SECRET <Enter>"),
    ("an unknown access key", || fresh(good), "<Enter> minio <Enter> ENDPOINT <Enter> anotherkey <Enter> SECRET <Enter>"),
    ("a space after the secret", || fresh(good), "<Enter> minio <Enter> ENDPOINT <Enter> KEY <Enter> SECRET <Space>"),
    ("a space after the secret, removed", || fresh(good),
        "<Enter> minio <Enter> ENDPOINT <Enter> KEY <Enter> SECRET <Space> <C-f> <Enter> OBJECT <Enter> STATE <Enter>"),
    ("a space after the secret, removed on the checks", || fresh(good),
        "<Enter> minio <Enter> ENDPOINT <Enter> KEY <Enter> SECRET <Space> <Enter> OBJECT <Enter> STATE <Enter> f"),
    ("a refused secret, then another access key", || fresh(good),
        "<Enter> minio <Enter> ENDPOINT <Enter> KEY <Enter> WRONG <Enter> <S-Tab> <C-u> OTHERKEY <Enter> SECRET"),
    ("an empty required field", || fresh(good), "<Enter> minio <Enter> <Enter>"),
    ("an empty required field, passed", || fresh(good), "<Enter> minio <Enter> <Enter> <Enter>"),
    ("authorization on", || fresh(good), "FIRST <Enter> SONG <Enter> <Right> <Enter>"),
    ("from the checks to the next page", || fresh(good), "FIRST <Tab>"),
    ("from the checks to the page before", || fresh(good), "FIRST <Up> <S-Tab>"),
    ("Song without its scheme", || fresh(good), "FIRST <Enter> song.lab.example"),
    ("keys that are swapped", || fresh(long_keys),
        "<Enter> minio <Enter> ENDPOINT <Enter> LONGSECRET <Enter> LONGKEY <Enter> OBJECT <Enter> STATE <Enter>"),
    ("keys that are swapped, exchanged", || fresh(long_keys),
        "<Enter> minio <Enter> ENDPOINT <Enter> LONGSECRET <Enter> LONGKEY <Enter> OBJECT <Enter> STATE <Enter> f"),
    ("the console's address with a bucket", || fresh(good), "<Enter> minio <Enter> CONSOLE <Enter>"),
    ("a misspelled bucket", || fresh(good),
        "<Enter> minio <Enter> ENDPOINT <Enter> KEY <Enter> SECRET <Enter> OBJECT <Enter> MISSPELLED <Enter>"),
    ("a misspelled bucket, corrected", || fresh(good),
        "<Enter> minio <Enter> ENDPOINT <Enter> KEY <Enter> SECRET <Enter> OBJECT <Enter> MISSPELLED <Enter> f"),
    ("nothing in the store", || fresh(empty), "FIRST F"),
    ("nothing in the store, created and written", || fresh(empty), "FIRST F <Enter> <Enter> SONG <Enter> <Enter> w"),
    ("no rights to create", || fresh(closed), "FIRST F <Enter>"),
    ("a key that only reads", || fresh(read_only), FIRST),
    ("a file that every user can read", || exposed(fresh(good), Some("score")), "FIRST <Up>"),
    ("a file that every user can read, by an unknown user", || exposed(fresh(good), None), "FIRST <Up>"),
    ("a file that every user can read, closed", || exposed(fresh(good), Some("score")), "FIRST <Up> f"),
    ("a file that every user can read, reviewed", || exposed(fresh(good), Some("score")), "FIRST <Up> f <Enter> SONG <Enter> <Enter>"),
    ("a file that every user can read, written", || exposed(fresh(good), Some("score")), "FIRST <Up> f <Enter> SONG <Enter> <Enter> w"),
    ("troubleshoot, only the mode", || exposed(configured(good, |_| {}), Some("score")), "<Enter> p <Up> f <Enter>"),
    ("troubleshoot, only the mode, written", || exposed(configured(good, |_| {}), Some("score")), "<Enter> p <Up> f <Enter> w"),
    ("song is not known yet", || fresh(good), "FIRST <Enter> <Enter> <Enter> w"),
    ("written and opened again", || fresh(good), "FIRST <Enter> SONG <Enter> <Enter> w <Enter> <Enter>"),
    ("written and left", || fresh(good), "FIRST <Enter> SONG <Enter> <Enter> w <C-c>"),
    ("the last page explains its keys", || fresh(good), "FIRST <Enter> SONG <Enter> <Enter> w <C-g>"),
    ("interrupted", || fresh(good), "<Enter> minio <Enter> ENDPOINT <Enter> KEY <Enter> <C-c> <Up>"),
    ("interrupted and continued", || fresh(good), "<Enter> minio <Enter> ENDPOINT <Enter> KEY <Enter> <C-c> <Enter>"),
    ("enter alone", || fresh(good), "<Enter> <Enter> <Enter> <Enter> <Enter> <Enter>"),
    ("what can be changed", || configured(good, |_| {}), "c"),
    ("another bucket", || configured(good, |_| {}), "c <Down> <Down> <Down> <Enter> objects <Enter> <Enter>"),
    ("another bucket, with files in the old one", || configured(with_files, |_| {}), "c <Down> <Down> <Down> <Enter> objects <Enter> <Enter> <Enter>"),
    ("another bucket, with files in the old one, asked", || configured(with_files, |_| {}),
        "c <Down> <Down> <Down> <Enter> objects <Enter> <Enter> <Enter> w"),
    ("another bucket, with files in the old one, written", || configured(with_files, |_| {}),
        "c <Down> <Down> <Down> <Enter> objects <Enter> <Enter> <Enter> w w"),
    ("another bucket, and the old one cannot be listed", || configured(unlisted, |_| {}),
        "c <Down> <Down> <Down> <Enter> objects <Enter> <Enter> <Enter> w"),
    ("another bucket, and nothing in the old one", || configured(two_buckets, |_| {}),
        "c <Down> <Down> <Down> <Enter> objects <Enter> <Enter> <Enter> w"),
    ("new keys, asked", || with_old_keys(good), "KEYS"),
    ("new keys", || with_old_keys(good), "KEYS KEY <Enter> SECRET <Enter>"),
    ("new keys, reviewed", || with_old_keys(good), "KEYS KEY <Enter> SECRET <Enter> <Enter>"),
    ("new keys, written", || with_old_keys(good), "KEYS KEY <Enter> SECRET <Enter> <Enter> w"),
    ("new keys, written and left", || with_old_keys(good), "KEYS KEY <Enter> SECRET <Enter> <Enter> w <C-c>"),
    ("new keys, used by Score", || taking(with_old_keys(good)), "KEYS KEY <Enter> SECRET <Enter> <Enter> w"),
    ("new keys, used by Score, and left", || taking(with_old_keys(good)), "KEYS KEY <Enter> SECRET <Enter> <Enter> w <C-c>"),
    ("new keys that the store refuses", || with_old_keys(good), "KEYS KEY <Enter> WRONG <Enter>"),
    ("new keys that the store refuses, typed again", || with_old_keys(good), "KEYS KEY <Enter> WRONG <Enter> <Enter> SECRET <Enter>"),
    ("only a new secret, asked", || configured(good, |file| *file = file.replace(SECRET, OLD_SECRET)),
        "KEYS <Enter> SECRET <Enter> <Enter> w"),
    ("only a new secret, written", || configured(good, |file| *file = file.replace(SECRET, OLD_SECRET)),
        "KEYS <Enter> SECRET <Enter> <Enter> w w"),
    ("only a new secret, without New keys, asked", || configured(good, |file| *file = file.replace(SECRET, OLD_SECRET)),
        "c <Down> <Enter> <Tab> <Tab> SECRET <Enter> <Enter> w"),
    ("new keys, and a different signature version", || with_old_keys(good),
        "KEYS KEY <Enter> SECRET <Tab> <Right> <Enter> <Enter>"),
    ("new keys, interrupted", || with_old_keys(good), "KEYS KEY <Enter> <C-c> <Up>"),
    ("new keys, interrupted and continued", || with_old_keys(good), "KEYS KEY <Enter> <C-c> <Enter>"),
    ("new keys, continued and reviewed", || with_old_keys(good), "KEYS KEY <Enter> <C-c> <Enter> SECRET <Enter> <Enter>"),
    ("keys that come from elsewhere", || configured(good, |file| *file = file.replace(SECRET, "${VAULT_SECRET}")), "KEYS"),
    ("a new account key, written", || configured_azure(|file| *file = file.replace(&azure_store::key(), "b2xkLW9sZC1rZXk=")),
        "KEYS ACCOUNTKEY <Enter> <Enter> w"),
    ("troubleshoot", || configured(good, |file| *file = file.replace("score-state", "score-sate")), "<Enter>"),
    ("troubleshoot, fixed", || configured(good, |file| *file = file.replace("score-state", "score-sate")), "<Enter> f"),
    ("troubleshoot, fixed and written", || configured(good, |file| *file = file.replace("score-state", "score-sate")),
        "<Enter> f p <Enter> w"),
    ("upgrade with a new folder", || upgrade(good), "<Down> <Enter>"),
    ("upgrade with a new folder, settings taken", || upgrade(good), "<Down> <Enter> <Enter>"),
    ("upgrade with a new folder, written", || upgrade(good), "<Down> <Enter> <Enter> <Enter> w"),
];

fn good(serving: &tokio::runtime::Runtime) -> Behind {
    let store = serving.block_on(Store::with(&["score-object", "score-state"]));
    store.memory.put("score-object", "data/heliograph", "a test object");
    Behind::S3(store)
}

/// Returns a store with a second bucket for files.
fn two_buckets(serving: &tokio::runtime::Runtime) -> Behind {
    let Behind::S3(store) = good(serving) else { unreachable!() };
    store.memory.create("objects");
    store.memory.put("objects", "data/heliograph", "a test object");
    Behind::S3(store)
}

/// Returns the same store with three files in the first bucket.
fn with_files(serving: &tokio::runtime::Runtime) -> Behind {
    let Behind::S3(store) = two_buckets(serving) else { unreachable!() };
    for name in ["data/a", "data/b", "data/c", "other"] {
        store.memory.put("score-object", name, "a file");
    }
    Behind::S3(store)
}

/// Returns the same store, which does not list the files of the first bucket.
fn unlisted(serving: &tokio::runtime::Runtime) -> Behind {
    let Behind::S3(store) = with_files(serving) else { unreachable!() };
    store.refuse(
        |asked| {
            let of_files = |(name, value): &(String, String)| name == "prefix" && value == "data/";
            asked.path.trim_matches('/') == "score-object" && asked.query.iter().any(of_files)
        },
        403,
        "AccessDenied",
    );
    Behind::S3(store)
}

/// Returns a store whose keys have the shape of those of AWS.
fn long_keys(serving: &tokio::runtime::Runtime) -> Behind {
    let keys = ["LONGKEY", "LONGSECRET"].map(spelled);
    let store = serving.block_on(Store::of(&keys[0], &keys[1]));
    store.memory.create("score-object");
    store.memory.create("score-state");
    store.memory.put("score-object", "data/heliograph", "a test object");
    Behind::S3(store)
}

fn empty(serving: &tokio::runtime::Runtime) -> Behind {
    Behind::S3(serving.block_on(Store::start()))
}

/// Returns an empty store that refuses to create buckets.
fn closed(serving: &tokio::runtime::Runtime) -> Behind {
    let store = serving.block_on(Store::start());
    store.refuse(|asked| asked.method == http::Method::PUT, 403, "AccessDenied");
    Behind::S3(store)
}

/// Returns a store whose key may only read.
fn read_only(serving: &tokio::runtime::Runtime) -> Behind {
    let Behind::S3(store) = good(serving) else { unreachable!() };
    let reads = [http::Method::GET, http::Method::HEAD];
    store.refuse(move |asked| !reads.contains(&asked.method), 403, "AccessDenied");
    Behind::S3(store)
}

fn azure(serving: &tokio::runtime::Runtime) -> Behind {
    Behind::Azure(serving.block_on(Azure::good()))
}

type Serve = fn(&tokio::runtime::Runtime) -> Behind;

/// Begins on a machine with an unpacked distribution.
fn fresh(behind: Serve) -> Play {
    let file = |name: &str, text: &str| (format!("{CONF}{name}"), text.to_owned());
    let files = [file("application.properties", "# Score"), file("wrapper.conf", WRAPPER)];
    Play::begin(&files.each_ref().map(|(path, text)| (path.as_str(), text.clone())), behind)
}

/// Lets every user of the machine read application.properties.
fn exposed(mut play: Play, reader: Option<&str>) -> Play {
    play.expose(&format!("{CONF}application.properties"), reader);
    play
}

/// Begins on a machine without any Score.
fn nothing(behind: Serve) -> Play {
    Play::begin(&[], behind)
}

fn pasting(behind: Serve, text: &str) -> Play {
    let mut play = fresh(behind);
    text.clone_into(&mut play.clipboard);
    play
}

/// Begins on a machine with a configured Score, whose file is changed.
fn configured(behind: Serve, change: fn(&mut String)) -> Play {
    let mut play = fresh(behind);
    play.press(&spelled("FIRST <Enter> SONG <Enter> <Enter> w <C-c>"));
    play.edit(&format!("{CONF}application.properties"), change);
    play
}

/// Begins on a machine whose Score has old keys.
fn with_old_keys(behind: Serve) -> Play {
    configured(behind, |file| *file = file.replace(ACCESS_KEY, "OLDACCESSKEY").replace(SECRET, OLD_SECRET))
}

/// Lets a running Score take the written keys at once.
fn taking(mut play: Play) -> Play {
    play.score_takes = true;
    play
}

/// Begins on a machine with a configured Score on Azure, whose file is changed.
fn configured_azure(change: fn(&mut String)) -> Play {
    let mut play = fresh(azure);
    play.press(&spelled(
        "<Enter> azure <Enter> <Up> <Left> <Enter> CLOUD <Enter> ACCOUNT <Enter> ACCOUNTKEY <Enter> CONTAINER <Enter> <Enter> SONG \
         <Enter> <Enter> w <C-c>",
    ));
    play.edit(&format!("{CONF}application.properties"), change);
    play
}

/// Begins on a machine with a configured Score 5.11 and the folder of Score 5.12.
fn upgrade(behind: Serve) -> Play {
    let mut play = configured(behind, |_| {});
    play.add("/opt/score-server-5.12.0/conf/application.properties", "# Score");
    play.add("/opt/score-server-5.12.0/conf/wrapper.conf", WRAPPER);
    play
}

/// Replaces the words in capitals by what they stand for.
fn spelled(keys: &str) -> String {
    let account = azure_store::key();
    let word = |word: &str| match word {
        "FIRST" => spelled(FIRST),
        "KEYS" => "c <Down> <Down> <Enter>".to_owned(),
        "ACCOUNTKEY" => account.clone(),
        word => ANSWERS.iter().find(|(name, _)| *name == word).map_or(word, |(_, answer)| answer).to_owned(),
    };
    keys.split_whitespace().map(word).collect::<Vec<_>>().join(" ")
}

fn played(name: &str) -> Play {
    let (_, begin, keys) = SESSIONS.iter().find(|session| session.0 == name).unwrap();
    let mut play = begin();
    play.press(&spelled(keys));
    play
}

#[test]
fn settings_that_are_taken_keep_no_name_of_the_other_release() {
    let (old, new) = ("/opt/score-server-5.11.0", "/opt/score-server-5.12.0");
    let play = played("upgrade with a new folder, written");
    let text = |folder: &str| play.text(&format!("{folder}/conf/application.properties"));
    assert!(text(old).contains("\ncollaboratory.data.directory=data"));
    assert!(text(new).contains("\ns3.data.directory=data") && !text(new).contains("\ncollaboratory."), "{}", text(new));
}

#[test]
fn every_session_is_as_it_was_accepted() {
    let (mut pages, mut frames) = (String::new(), String::new());
    for (name, begin, keys) in SESSIONS {
        let mut play = begin();
        play.press(&spelled(keys));
        let (page, frame) = play.shown();
        assert!(!page.contains("nobody"), "{name}: the secret is on the screen:\n{page}");
        writeln!(pages, "{}\n{name}: {keys}\n\n{page}", "=".repeat(80)).unwrap();
        writeln!(frames, "{name}\n{frame}").unwrap();
    }
    accepts("sessions", &pages);
    accepts("session-frames", &frames);
}

/// Counts the answers and the Enters of a line. Arrows count as neither.
fn counted(keys: &str) -> (usize, usize) {
    let keys = keys.replace("FIRST", FIRST);
    let enters = keys.split_whitespace().filter(|word| *word == "<Enter>").count();
    let answers = keys.split_whitespace().filter(|word| !word.starts_with('<') && word.len() > 1 || *word == "<Paste>");
    (answers.count(), enters)
}

#[test]
fn from_nothing_to_a_tested_and_a_written_configuration_takes_few_keys() {
    // The name, the most answers, the most Enters, and whether it ends written.
    let limits = [
        ("minio, typed", 6, 8, false),
        ("minio, release unknown", 7, 9, false),
        ("minio, pasted", 6, 7, false),
        ("aws, pasted", 6, 7, false),
        ("azure, pasted", 6, 7, false),
        ("nothing in the store, created and written", 7, 13, true),
    ];
    for (name, most_answers, most_enters, written) in limits {
        let play = played(name);
        let keys = SESSIONS.iter().find(|session| session.0 == name).unwrap().2;
        let (answers, enters) = counted(keys);
        println!("{name}: {answers} answers, {enters} Enters");
        assert!(answers <= most_answers && enters <= most_enters, "{name}");
        let state = play.stage.state();
        assert_eq!(state.receipt.is_some(), written, "{name}");
        assert!(written || matches!(state.standing(), Standing::Ended(_)) && state.may_write(), "{name}");
    }
}

#[test]
fn a_repair_that_can_be_guessed_is_one_key() {
    for name in ["keys that are swapped, exchanged", "a misspelled bucket, corrected", "troubleshoot, fixed"] {
        let play = played(name);
        let Standing::Ended(_) = play.stage.state().standing() else { panic!("{name}") };
        assert!(!play.stage.state().failed(), "{name}");
    }
    // Others take two keys beside the value: Enter leads to the field, and Enter takes the value and checks again.
    for name in ["a wrong secret, typed again", "a wrong secret, replaced from the checks"] {
        assert!(played(name).stage.state().may_write(), "{name}");
    }
}

#[test]
fn enter_alone_never_goes_round() {
    // Without any answer, it passes every problem once, and then lists what is missing.
    let mut play = fresh(good);
    let mut steps = Vec::new();
    while play.stage.state().step != Step::Review {
        play.press("<Enter>");
        steps.push(play.stage.state().step);
        assert!(steps.len() < 30, "{steps:?}");
    }
    // With everything answered, it ends on the review.
    let mut play = configured(good, |_| {});
    for _ in 0..6 {
        play.press("<Enter>");
    }
    assert_eq!(play.stage.state().step, Step::Review);
    play.press("w");
    assert_eq!(play.stage.state().over, None::<Exit>);
}
