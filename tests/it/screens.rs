//! Every page as an operator comes to it, by keys and by news, on terminals of three sizes: what it says, and under it
//! what each cell is to the reader (d dim, T title, F focus, o ok, w warn, x fail).

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use chrono::{Local, TimeZone};
use crossterm::event::{Event as Terminal, KeyCode, KeyEvent, KeyModifiers};
use proptest::prelude::*;
use ratatui::{Terminal as Screen, backend::TestBackend, buffer::Buffer, style::Color};
use score_setup::{
    catalogue::{Release, Step, provider::provider},
    checks::{CheckId, Finding, Leftover, News, Outcome, Policy, Repair, Row, Scope, Severity},
    deployment::{Base, Deployment, Environment, EnvironmentOrigin, Running, Sighting, Start, Told, Variable},
    draft::{Origin, Text},
    output::{Receipt, Written},
    secret::Secret,
    tui::{
        Input, Shell,
        theme::{Role, Theme},
        turns,
    },
    wizard::{Effect, Event, Exit, State, Trouble, Way},
};

use crate::picture;

const COLOUR: Theme = Theme { colour: true, unicode: true };
const SIZES: [(u16, u16); 3] = [(80, 24), (120, 36), (60, 16)];
const CANARY: &str = "canary-wJalrXUtnFEMI-canary";

/// The wizard without a performer: the test plays the world.
struct Stage {
    shell: Shell,
    now: Instant,
}

impl Stage {
    fn new(theme: Theme) -> Self {
        let calendar = || Local.with_ymd_and_hms(2026, 11, 23, 10, 15, 0).unwrap();
        let shell = Shell::new(State::new("score-host"), theme, calendar);
        let mut stage = Self { shell, now: Instant::now() };
        stage.happens(Event::PathChosen(PathBuf::from("/opt/score-server-5.11.0/conf/application.properties")));
        stage.happens(Event::Loaded(Ok(Deployment::of_file(Base {
            path: PathBuf::from("/opt/score-server-5.11.0/conf/application.properties"),
            bytes: Some(b"# Object storage\n# of Score".to_vec()),
            notes: Vec::new(),
        })
        .named_after(Some(Release::R5_11)))));
        stage.happens(Event::ReleaseChosen(Release::R5_11));
        stage
    }

    fn happens(&mut self, event: Event) -> Vec<Effect> {
        self.shell.take(Input::Happened(event), self.now)
    }

    fn key(&mut self, code: KeyCode, modifiers: KeyModifiers) -> Vec<Effect> {
        self.shell.take(Input::Terminal(Terminal::Key(KeyEvent::new(code, modifiers))), self.now)
    }

    fn press(&mut self, code: KeyCode) -> Vec<Effect> {
        self.key(code, KeyModifiers::NONE)
    }

    fn types(&mut self, text: &str) {
        for letter in text.chars() {
            self.press(KeyCode::Char(letter));
        }
    }

    fn ctrl(&mut self, letter: char) -> Vec<Effect> {
        self.key(KeyCode::Char(letter), KeyModifiers::CONTROL)
    }

    /// To the connection of a MinIO, by keys alone.
    fn at_connection() -> Self {
        let mut stage = Self::new(COLOUR);
        stage.ctrl('n');
        stage.types("minio");
        stage.press(KeyCode::Enter);
        assert_eq!(stage.shell.state().step, Step::Connection);
        stage
    }

    /// Everything answered.
    fn answered() -> Self {
        let mut stage = Self::at_connection();
        stage.types("http://minio.lab.example:9000/");
        stage.press(KeyCode::Enter);
        stage.types("scoreuser");
        stage.press(KeyCode::Enter);
        stage.types(CANARY);
        for (key, answer) in [
            ("bucket.name.object", "score-object"),
            ("bucket.name.state", "score-state"),
            ("metadata.url", "https://song.lab.example"),
        ] {
            stage.happens(Event::Answered { key, text: Text::Plain(answer.into()), origin: Origin::Typed });
        }
        stage
    }

    /// On the page of the checks, which have begun; the number of the run.
    fn checking() -> (Self, u64) {
        let mut stage = Self::answered();
        for _ in 0..4 {
            stage.ctrl('n');
        }
        assert_eq!(stage.shell.state().step, Step::Checks);
        let run = stage.shell.state().run.as_ref().expect("entering the checks begins them").number;
        stage.tell(run, News::Planned(plan()));
        (stage, run)
    }

    fn checked(missing: bool) -> Self {
        let (mut stage, run) = Self::checking();
        for row in plan() {
            let outcome = match row.id.as_str() {
                "tls" => Outcome::NotProbed("http".into()),
                "state-bucket" if missing => bucket_is_missing().into(),
                "sentinel" if missing => sentinel_is_missing().into(),
                id if missing && id.starts_with("state-") => Outcome::Waiting("state-bucket".into()),
                "client-address" => one_label().into(),
                _ => Outcome::Pass(String::new()),
            };
            stage.tell(run, News::Started(row.id.clone()));
            stage.tell(run, News::Done { id: row.id, outcome, elapsed: Duration::from_millis(3) });
        }
        let leftovers = Vec::new();
        stage.tell(run, News::Finished { leftovers, stopped: false, elapsed: Duration::from_millis(210) });
        stage
    }

    fn tell(&mut self, run: u64, news: News) {
        self.happens(Event::Told { run, news });
    }

    fn draw(&mut self, (width, height): (u16, u16)) -> Buffer {
        let mut screen = Screen::new(TestBackend::new(width, height)).unwrap();
        let now = self.now;
        screen.draw(|frame| self.shell.draw(frame, now)).unwrap();
        screen.backend().buffer().clone()
    }

    /// In all sizes, as a snapshot and as a picture; the secret is on none of them.
    #[track_caller]
    fn shows(&mut self, name: &str) {
        for size in SIZES {
            let buffer = self.draw(size);
            let (text, roles) = (text(&buffer), roles(&buffer));
            let secret = ["canary", &crate::azure_draft::KEY[..20]].iter().any(|secret| text.contains(secret));
            assert!(!secret, "the secret is on the screen:\n{text}");
            insta::assert_snapshot!(format!("{name}-{}x{}", size.0, size.1), format!("{text}\n{roles}"));
            picture::keep(&format!("{name}-{}x{}", size.0, size.1), &picture::of_buffer(&buffer));
        }
    }
}

fn plan() -> Vec<Row> {
    #[rustfmt::skip]
    let rows: [(&str, &[(&str, &str)]); 8] = [
        ("Reach", &[("address", "address"), ("port", "port"), ("tls", "TLS")]),
        ("Store", &[("service", "speaks S3"), ("clock", "clock")]),
        ("Sign-in", &[("sign-in", "keys accepted"), ("signature", "signature version 4")]),
        ("Buckets", &[("object-bucket", "score-object"), ("state-bucket", "score-state"), ("absent-key", "absent key answers 404")]),
        ("State", &[("state-meta", "streamed write"), ("state-marker", "empty part marker"), ("state-list", "listed"), ("state-read", "read"), ("state-delete", "deleted")]),
        ("Multipart", &[("multipart", "started"), ("part", "part, ETag is MD5"), ("parts-listed", "parts listed"), ("abort", "aborted")]),
        ("Clients", &[("client-address", "address for clients"), ("ranged-get", "ranged download")]),
        ("Sentinel", &[("sentinel", "data/heliograph")]),
    ];
    let row = |group, (id, title): &(&str, &str)| Row { id: CheckId::from(*id), group, title: (*title).into() };
    rows.iter().flat_map(|(group, rows)| rows.iter().map(|each| row(group, each))).collect()
}

fn bucket_is_missing() -> Finding {
    Finding {
        id: "P43",
        severity: Severity::Transfer,
        summary: "The bucket score-state does not exist (NoSuchBucket).".into(),
        evidence: vec!["GET /score-state?prefix=upload%2F → 404 NoSuchBucket, request 17A3".into()],
        hints: vec!["Score keeps the state of every upload there; without it all uploads fail.".into()],
        settings: vec!["bucket.name.state"],
        repair: Some(Repair::CreateBucket { bucket: "score-state".into() }),
        silent: false,
    }
}

fn sentinel_is_missing() -> Finding {
    Finding {
        id: "P50",
        severity: Severity::Ping,
        summary: "The sentinel data/heliograph is missing.".into(),
        evidence: vec!["GET /score-object/data/heliograph → 404 NoSuchKey".into()],
        hints: vec!["score-client pings it before every command and gives up when it is absent.".into()],
        settings: vec!["object.sentinel"],
        repair: Some(Repair::PutSentinel { bucket: "score-object".into(), key: "data/heliograph".into() }),
        silent: false,
    }
}

fn one_label() -> Finding {
    Finding {
        id: "P31",
        severity: Severity::Note,
        summary: "Clients must reach minio.lab.example under this name.".into(),
        evidence: Vec::new(),
        hints: Vec::new(),
        settings: vec!["s3.endpoint"],
        repair: None,
        silent: false,
    }
}

fn text(buffer: &Buffer) -> String {
    lines(buffer, |at| buffer.content[at].symbol().to_owned())
}

fn roles(buffer: &Buffer) -> String {
    let letters = [
        (Role::Dim, 'd'),
        (Role::Title, 'T'),
        (Role::Focus, 'F'),
        (Role::Ok, 'o'),
        (Role::Warn, 'w'),
        (Role::Fail, 'x'),
    ];
    lines(buffer, |at| {
        let cell = &buffer.content[at];
        let role = letters.iter().find(|(role, _)| {
            let style = COLOUR.style(*role);
            style.fg.unwrap_or(Color::Reset) == cell.fg && style.add_modifier == cell.modifier
        });
        role.filter(|_| cell.symbol() != " ").map_or(" ".to_owned(), |(_, letter)| letter.to_string())
    })
}

fn lines(buffer: &Buffer, cell: impl Fn(usize) -> String) -> String {
    let width = usize::from(buffer.area.width);
    let rows = (0..usize::from(buffer.area.height)).map(|row| {
        let line: String = (row * width..(row + 1) * width).map(&cell).collect();
        format!("{}\n", line.trim_end())
    });
    rows.collect()
}

#[test]
fn where_says_what_was_found() {
    Stage::new(COLOUR).shows("where");
}

#[test]
fn the_provider_is_chosen_from_a_list_that_narrows() {
    let mut stage = Stage::new(COLOUR);
    stage.ctrl('n');
    stage.shows("provider");
    stage.types("ce");
    stage.shows("provider-filtered");
}

#[test]
fn the_connection_tells_what_follows_while_one_types() {
    let mut stage = Stage::at_connection();
    stage.shows("connection-empty");
    let mut stage = Stage::answered();
    stage.shows("connection");
    stage.ctrl('r');
    let shown = text(&stage.draw((80, 24)));
    assert!(shown.contains(CANARY), "revealed on request:\n{shown}");
}

#[test]
fn the_region_of_aws_gives_the_endpoint() {
    let mut stage = Stage::new(COLOUR);
    stage.ctrl('n');
    stage.types("aws");
    stage.press(KeyCode::Enter);
    stage.types("frank");
    stage.shows("region");
    stage.press(KeyCode::Enter);
    stage.shows("region-chosen");
}

#[test]
fn buckets_and_uploads_have_their_pages() {
    let mut stage = Stage::answered();
    stage.ctrl('n');
    stage.shows("buckets");
    stage.happens(Event::Answered { key: "bucket.size.pool", text: Text::Plain("3".into()), origin: Origin::Typed });
    stage.shows("buckets-pool");
    let mut stage = Stage::answered();
    stage.ctrl('n');
    stage.ctrl('n');
    stage.shows("upload");
    stage.ctrl('n');
    stage.shows("start");
}

/// To the connection of Azure, with everything that comes before the checks answered.
fn on_azure() -> Stage {
    let mut stage = Stage::new(COLOUR);
    stage.ctrl('n');
    stage.types("azure");
    stage.press(KeyCode::Enter);
    stage.press(KeyCode::Enter);
    stage.types("scoredata");
    stage.press(KeyCode::Enter);
    stage.types(crate::azure_draft::KEY);
    for (key, answer) in [("bucket.name.object", "score-object"), ("metadata.url", "https://song.lab.example")] {
        stage.happens(Event::Answered { key, text: Text::Plain(answer.into()), origin: Origin::Typed });
    }
    stage
}

#[test]
fn azure_has_pages_of_its_own() {
    let mut stage = on_azure();
    stage.shows("azure-connection");
    stage.ctrl('n');
    stage.shows("azure-container");
    stage.ctrl('n');
    stage.shows("azure-upload");
}

#[test]
fn the_cloud_is_chosen_by_name_or_typed() {
    let mut stage = on_azure();
    stage.press(KeyCode::Up);
    stage.press(KeyCode::Up);
    stage.press(KeyCode::Right);
    assert_eq!(stage.shell.state().draft.cloud(), "core.chinacloudapi.cn");
    stage.press(KeyCode::Left);
    stage.press(KeyCode::Left);
    stage.press(KeyCode::Enter);
    stage.types("http://127.0.0.1:10000/scoredata");
    stage.shows("azure-own-address");
    let store = stage.shell.state().draft.target().unwrap().store;
    assert_eq!(store.azure().unwrap().endpoint(), "http://127.0.0.1:10000/scoredata");
    stage.ctrl('t');
    assert_eq!(stage.shell.state().draft.cloud(), "core.windows.net");
}

#[test]
fn azure_is_not_chosen_for_a_release_that_cannot_start_with_it() {
    let mut stage = Stage::new(COLOUR);
    stage.happens(Event::ReleaseChosen(Release::R5_12));
    stage.ctrl('n');
    stage.types("azure");
    stage.press(KeyCode::Enter);
    assert_eq!((stage.shell.state().step, stage.shell.state().draft.provider), (Step::Provider, None));
    stage.shows("azure-refused");
}

#[test]
fn a_policy_that_exists_is_changed_only_after_it_was_shown() {
    let mut stage = on_azure();
    for _ in 0..4 {
        stage.ctrl('n');
    }
    let run = stage.shell.state().run.as_ref().unwrap().number;
    let row = Row { id: "upload-policy".into(), group: "Policies", title: "policy for uploads".into() };
    stage.tell(run, News::Planned(vec![row]));
    let before = Policy { start: String::new(), expiry: "2026-12-31T00:00:00Z".into(), permissions: "rw".into() };
    let repair = Repair::SetPolicy {
        name: "UploadPolicy".into(),
        before: Some(Box::new(before)),
        after: Box::new(Policy { permissions: "rcw".into(), ..Policy::default() }),
    };
    let finding = Finding {
        id: "P55",
        severity: Severity::Transfer,
        summary: "The policy UploadPolicy says when it starts or ends.".into(),
        evidence: Vec::new(),
        hints: vec!["Each of Score's URLs says so too, and Azure refuses a URL that repeats it.".into()],
        settings: vec!["bucket.policy.upload"],
        repair: Some(repair),
        silent: false,
    };
    stage.tell(
        run,
        News::Done { id: "upload-policy".into(), outcome: finding.into(), elapsed: Duration::from_millis(3) },
    );
    stage.tell(run, News::Finished { leftovers: Vec::new(), stopped: false, elapsed: Duration::from_millis(210) });
    assert!(stage.press(KeyCode::Char('F')).is_empty(), "F only creates");
    assert!(stage.press(KeyCode::Char('f')).is_empty());
    stage.shows("azure-change");
    stage.press(KeyCode::Esc);
    stage.press(KeyCode::Char('f'));
    let effects = stage.press(KeyCode::Char('f'));
    assert!(matches!(&effects[..], [Effect::Repair { repair: Repair::SetPolicy { .. }, .. }]), "{effects:?}");
}

#[test]
fn checks_are_seen_while_they_run() {
    let (mut stage, run) = Stage::checking();
    stage.tell(run, News::Started("address".into()));
    stage.tell(
        run,
        News::Done { id: "address".into(), outcome: Outcome::Pass(String::new()), elapsed: Duration::from_millis(3) },
    );
    stage.tell(run, News::Started("port".into()));
    stage.tell(run, News::Slow("port".into(), Duration::from_secs(3)));
    stage.now += Duration::from_secs(1);
    stage.shows("checks-running");
}

#[test]
fn who_was_silent_is_given_as_long_as_score_gives_by_one_key() {
    let (mut stage, run) = Stage::checking();
    let finding = Finding { silent: true, ..bucket_is_missing() };
    stage.tell(run, News::Done { id: "port".into(), outcome: finding.into(), elapsed: Duration::from_secs(4) });
    assert!(stage.press(KeyCode::Char('l')).is_empty(), "it still runs");
    stage.tell(run, News::Finished { leftovers: Vec::new(), stopped: false, elapsed: Duration::from_secs(4) });
    assert!(text(&stage.draw((80, 24))).contains("l  wait as long as Score does"));
    let effects = stage.press(KeyCode::Char('l'));
    let [.., Effect::Check { route, run, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert!(route.patient);
    stage.tell(*run, News::Finished { leftovers: Vec::new(), stopped: false, elapsed: Duration::from_secs(50) });
    assert!(stage.press(KeyCode::Char('l')).is_empty(), "longer than Score nobody waits");
}

#[test]
fn every_finding_is_a_door() {
    let mut stage = Stage::checked(true);
    stage.shows("checks-failed");
    stage.press(KeyCode::Char('e'));
    stage.shows("checks-evidence");
    stage.press(KeyCode::Esc);
    stage.press(KeyCode::Down);
    stage.press(KeyCode::Enter);
    assert_eq!(stage.shell.state().step, Step::Buckets);
    stage.shows("checks-jumped");
}

#[test]
fn mending_is_one_key_and_asks_the_store() {
    let mut stage = Stage::checked(true);
    let effects = stage.press(KeyCode::Down);
    assert!(effects.is_empty());
    let effects = stage.press(KeyCode::Char('f'));
    assert!(matches!(&effects[..], [Effect::Repair { repair: Repair::CreateBucket { .. }, .. }]), "{effects:?}");
}

#[test]
fn a_pool_of_hundreds_is_told_in_numbers() {
    let (mut stage, run) = Stage::checking();
    let rows: Vec<_> = (0..256)
        .map(|at| Row { id: format!("object-bucket:{at}"), group: "Buckets", title: format!("score-object.{at}") })
        .collect();
    stage.tell(run, News::Planned(rows));
    for at in 0..100 {
        let outcome = if at == 42 { bucket_is_missing().into() } else { Outcome::Pass(String::new()) };
        stage.tell(run, News::Done { id: format!("object-bucket:{at}"), outcome, elapsed: Duration::from_millis(40) });
    }
    stage.shows("checks-pool");
}

#[test]
fn leftovers_are_listed() {
    let (mut stage, run) = Stage::checking();
    let leftover = Leftover { bucket: "score-state".into(), key: "upload/x_y/part-00000001".into(), upload: None };
    stage.tell(run, News::Finished { leftovers: vec![leftover], stopped: true, elapsed: Duration::from_secs(1) });
    stage.shows("checks-stopped");
}

#[test]
fn the_review_shows_the_difference_with_secrets_masked() {
    let mut stage = Stage::checked(false);
    stage.press(KeyCode::Char('c'));
    stage.now += Duration::from_secs(8);
    assert_eq!(stage.shell.state().step, Step::Review);
    stage.shows("review");
}

#[test]
fn writing_without_a_pass_asks_once_more() {
    let mut stage = Stage::checked(true);
    stage.press(KeyCode::Char('c'));
    assert!(stage.press(KeyCode::Char('w')).is_empty());
    stage.shows("write-anyway");
    let effects = stage.press(KeyCode::Char('w'));
    assert!(matches!(&effects[..], [Effect::Write(_)]), "{effects:?}");
}

#[test]
fn the_last_page_tells_what_to_do() {
    let mut stage = Stage::checked(false);
    stage.press(KeyCode::Char('c'));
    let effects = stage.press(KeyCode::Char('w'));
    assert!(matches!(&effects[..], [Effect::Write(_)]), "{effects:?}");
    stage.happens(Event::Written(Ok(receipt())));
    stage.shows("written");
}

fn receipt() -> Receipt {
    let path = PathBuf::from("/opt/score-server-5.11.0/conf/application.properties");
    Receipt {
        files: vec![Written {
            backup: Some(path.with_extension("properties.20261123T101500Z.bak")),
            path,
            changed: true,
            mode: 0o600,
            owner: "score".into(),
            keys: 27,
            notes: Vec::new(),
        }],
    }
}

#[test]
fn trouble_help_and_leaving_lie_on_top() {
    let mut stage = Stage::at_connection();
    stage.press(KeyCode::F(1));
    stage.shows("help");
    stage.press(KeyCode::Esc);
    stage.ctrl('c');
    stage.shows("leave");
    stage.press(KeyCode::Esc);
    stage.happens(Event::Loaded(Err(score_setup::deployment::LoadError {
        path: PathBuf::from("/etc/score/application.properties"),
        cause: "permission denied".into(),
        hint: "Run as the user that owns the folder.".into(),
        wrong: false,
    })));
    stage.shows("trouble");
}

#[test]
fn a_terminal_that_is_too_small_says_so_and_lets_one_leave() {
    let mut stage = Stage::new(COLOUR);
    let small = text(&stage.draw((40, 10)));
    assert!(small.contains("40 by 10"), "{small}");
    stage.ctrl('c');
    assert!(text(&stage.draw((40, 10))).contains("y leave"));
    stage.press(KeyCode::Char('y'));
    assert!(stage.shell.state().over.is_some());
}

#[test]
fn without_colour_no_cell_has_any_and_without_utf8_all_is_ascii() {
    let mut stage = Stage::checked(true);
    let plain = Theme { colour: false, unicode: false };
    let facts = stage.shell.state().clone();
    let mut shell = Shell::new(facts, plain, || Local.with_ymd_and_hms(2026, 11, 23, 10, 15, 0).unwrap());
    std::mem::swap(&mut stage.shell, &mut shell);
    let buffer = stage.draw((80, 24));
    assert!(buffer.content.iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
    let text = text(&buffer);
    assert!(text.is_ascii(), "{text}");
    insta::assert_snapshot!("ascii", text);
}

#[test]
fn a_paste_loses_its_line_break_and_says_so() {
    let mut stage = Stage::at_connection();
    stage.shell.take(Input::Terminal(Terminal::Paste("http://minio.lab.example:9000\r\n".into())), stage.now);
    let shown = text(&stage.draw((80, 24)));
    assert!(shown.contains("2 line breaks or control characters were removed"), "{shown}");
    assert!(shown.contains("http://minio.lab.example:9000 "), "{shown}");
}

#[test]
fn a_paste_that_no_answer_can_be_is_not_taken() {
    let mut stage = Stage::at_connection();
    let before = stage.shell.state().draft.clone();
    stage.shell.take(Input::Terminal(Terminal::Paste("a".repeat(100_000))), stage.now);
    assert_eq!(stage.shell.state().draft, before);
    let shown = text(&stage.draw((80, 24)));
    assert!(shown.contains("no answer is 100000 characters long"), "{shown}");
}

#[test]
fn a_choice_is_stepped_by_arrows_and_blank_and_taken_back() {
    let mut stage = Stage::answered();
    stage.press(KeyCode::Enter);
    let signature = |stage: &Stage| stage.shell.state().draft.value("s3.sigV4Enabled");
    assert!(text(&stage.draw((80, 24))).contains("‹ 4 ›"));
    stage.press(KeyCode::Right);
    assert_eq!(signature(&stage).as_deref(), Some("false"));
    assert!(text(&stage.draw((80, 24))).contains("‹ 2 ›"));
    stage.press(KeyCode::Char(' '));
    assert_eq!(signature(&stage).as_deref(), Some("true"));
    stage.press(KeyCode::Left);
    stage.ctrl('t');
    assert_eq!(signature(&stage).as_deref(), Some("true"));
}

#[test]
fn enter_on_what_no_field_changes_shows_what_was_seen() {
    let (mut stage, run) = Stage::checking();
    let finding = Finding { settings: vec!["server.version"], ..one_label() };
    let outcome = Outcome::Warn(finding);
    stage.tell(run, News::Done { id: "client-address".into(), outcome, elapsed: Duration::ZERO });
    assert!(text(&stage.draw((80, 24))).contains("⏎ evidence"));
    assert!(stage.press(KeyCode::Enter).is_empty());
    assert!(text(&stage.draw((80, 24))).contains("Evidence · P31"));
}

#[test]
fn what_is_to_be_copied_stands_alone_over_the_whole_width() {
    let mut stage = Stage::checked(false);
    stage.press(KeyCode::Char('i'));
    stage.shows("policy");
    stage.press(KeyCode::Esc);
    let effects = stage.press(KeyCode::Char('k'));
    assert!(matches!(&effects[..], [Effect::Link(_)]), "{effects:?}");
    let url =
        format!("http://minio.lab.example:9000/score-object/data/heliograph?X-Amz-Signature={}", "5e".repeat(100));
    stage.happens(Event::Linked(Ok(Secret::new(url))));
    stage.shows("link");
    // Gone with the page it was asked on.
    stage.press(KeyCode::Esc);
    stage.press(KeyCode::Char('c'));
    assert_eq!(stage.shell.state().link, None);
}

#[test]
fn a_review_without_a_proposal_leads_to_the_first_wrong_answer() {
    let mut stage = Stage::answered();
    stage.happens(Event::Answered { key: "metadata.url", text: Text::Plain(String::new()), origin: Origin::Typed });
    stage.happens(Event::StepChosen(Step::Review));
    stage.shows("review-wrong");
    stage.press(KeyCode::Enter);
    assert_eq!(stage.shell.state().step, Step::Start);
}

#[test]
fn an_existing_file_says_what_it_is_and_leads_past_what_it_answers() {
    let mut stage = Stage::new(COLOUR);
    let bytes = b"s3.endpoint=https://s3.eu-central-1.amazonaws.com\ns3.accessKey=AKIAIOSFODNN7EXAMPL0\n".to_vec();
    stage.happens(Event::Loaded(Ok(Deployment::of_file(Base {
        path: PathBuf::from("/srv/score-server-5.11.0/conf/application.properties"),
        bytes: Some(bytes),
        notes: Vec::new(),
    })
    .named_after(Some(Release::R5_11)))));
    stage.shows("where-existing");
    stage.ctrl('n');
    stage.press(KeyCode::Enter);
    stage.press(KeyCode::Enter);
    let endpoint = stage.shell.state().draft.value("s3.endpoint");
    assert_eq!(endpoint.as_deref(), Some("https://s3.eu-central-1.amazonaws.com"));
}

#[test]
fn leaving_the_endpoint_and_the_secret_tries_quietly() {
    let mut stage = Stage::at_connection();
    stage.types("http://minio.lab.example:9000");
    let effects = stage.press(KeyCode::Enter);
    assert!(matches!(&effects[..], [Effect::Check { scope: score_setup::checks::Scope::Reach, .. }]), "{effects:?}");
    stage.types("scoreuser");
    assert!(stage.press(KeyCode::Enter).is_empty());
    stage.types(CANARY);
    let effects = stage.press(KeyCode::Enter);
    let signs_in = |effect: &Effect| matches!(effect, Effect::Check { scope: score_setup::checks::Scope::SignIn, .. });
    assert!(effects.iter().any(signs_in), "{effects:?}");
}

#[test]
fn a_secret_of_the_file_is_kept_and_never_shown() {
    let mut stage = Stage::at_connection();
    stage.happens(Event::Loaded(Ok(Deployment::of_file(Base {
        path: PathBuf::from("/srv/application.properties"),
        bytes: Some(format!("s3.accessKey=scoreuser\ns3.secretKey={CANARY}\n").into_bytes()),
        notes: Vec::new(),
    })
    .named_after(None))));
    stage.press(KeyCode::Enter);
    stage.press(KeyCode::Enter);
    stage.ctrl('r');
    let shown = text(&stage.draw((80, 24)));
    assert!(shown.contains("kept as in file"), "{shown}");
    assert!(!shown.contains("canary"), "{shown}");
}

/// As the distribution ships it, as far as it is read.
const WRAPPER: &[u8] = b"wrapper.app.parameter.1=org.springframework.boot.loader.JarLauncher\n\
    wrapper.app.parameter.2=--spring.config.location=../conf/\n\
    wrapper.app.parameter.3=--spring.profiles.active=secure,amazon\n";

fn deployment(folder: &str, release: Release, file: &str) -> Deployment {
    let base = |name: &str, text: &[u8]| Base {
        path: PathBuf::from(folder).join(name),
        bytes: Some(text.to_vec()),
        notes: Vec::new(),
    };
    Deployment {
        wrapper: base("wrapper.conf", WRAPPER),
        start: Some(Told { what: Start::Wrapper, by: "wrapper.conf".into() }),
        ..Deployment::of_file(base("application.properties", file.as_bytes())).named_after(release)
    }
}

/// What the public page tells one to write, in short: quotes, and a part size that means something else.
fn as_on_the_page() -> String {
    format!(
        "s3.endpoint=\"http://minio.lab.example:9000/\"\ns3.accessKey=\"scoreuser\"\ns3.secretKey=\"{CANARY}\"\n\
         s3.sigV4Enabled=true\nbucket.name.object=score-object # objects\nbucket.name.state=score-state\n\
         upload.partsize=1048576\nmetadata.url=https://song.lab.example\n"
    )
}

fn sightings() -> Vec<Sighting> {
    let compose = Deployment {
        start: Some(Told { what: Start::Docker, by: "the compose file".into() }),
        wrapper: Base::absent("/home/op/overture/wrapper.conf".into()),
        environment: Some(Environment {
            origin: EnvironmentOrigin::Compose {
                path: "/home/op/overture/docker-compose.yml".into(),
                service: "score".into(),
            },
            variables: [("S3_ENDPOINT", "http://minio:9000"), ("S3_SECRETKEY", CANARY)]
                .map(|(name, value)| Variable {
                    name: name.into(),
                    value: Secret::new(value),
                    file: None,
                    line: Some(12),
                })
                .to_vec(),
        }),
        application: Base::absent("/home/op/overture/application.properties".into()),
        ..deployment("/home/op/overture", Release::R5_11, "")
    };
    let running = Running {
        process: 4711,
        since: time::OffsetDateTime::from_unix_timestamp(1_777_777_777).unwrap(),
        outdated: true,
    };
    let found = |path: &str, deployment, running| Sighting { path: path.into(), deployment, running };
    vec![
        found(
            "/opt/score-server-5.11.0/conf",
            deployment("/opt/score-server-5.11.0/conf", Release::R5_11, "# Score"),
            None,
        ),
        found(
            "/srv/score-5.9/conf",
            deployment("/srv/score-5.9/conf", Release::R5_9, &as_on_the_page()),
            Some(running),
        ),
        found("/home/op/overture/docker-compose.yml", compose, None),
    ]
}

/// The wizard without an argument.
fn looking() -> Stage {
    let calendar = || Local.with_ymd_and_hms(2026, 11, 23, 10, 15, 0).unwrap();
    let begun = State { here: "/home/op".into(), ..State::new("score-host") };
    let mut stage = Stage { shell: Shell::new(begun, COLOUR, calendar), now: Instant::now() };
    let effects = stage.happens(Event::LookAsked);
    assert!(matches!(&effects[..], [Effect::Look(from)] if from.as_os_str() == "/home/op"), "{effects:?}");
    stage
}

/// On the list, with the deployment of this row opened by this key.
fn opened(row: usize, key: KeyCode) -> Stage {
    let mut stage = looking();
    stage.happens(Event::Sighted(sightings()));
    for _ in 0..row {
        stage.press(KeyCode::Down);
    }
    let effects = stage.press(key);
    let sighting = sightings().swap_remove(row);
    assert!(matches!(&effects[..], [Effect::Load(path)] if *path == sighting.path), "{effects:?}");
    stage.happens(Event::Loaded(Ok(sighting.deployment)));
    stage
}

#[test]
fn the_first_page_shows_what_was_found_and_offers_to_begin_anew() {
    let mut stage = looking();
    stage.shows("places-looking");
    stage.happens(Event::Sighted(sightings()));
    stage.shows("places");
    stage.press(KeyCode::Down);
    let shown = text(&stage.draw((80, 24)));
    assert!(shown.contains("⏎ check   c change   t troubleshoot   u upgrade"), "{shown}");
    for _ in 0..2 {
        stage.press(KeyCode::Down);
    }
    assert!(stage.press(KeyCode::Enter).is_empty());
    let shown = text(&stage.draw((80, 24)));
    assert!(shown.contains("File") && shown.contains("⏎ next"), "{shown}");
    stage.press(KeyCode::Esc);
    assert!(text(&stage.draw((80, 24))).contains("Found here"));
    stage.press(KeyCode::Esc);
    assert!(text(&stage.draw((80, 24))).contains("Leave without writing anything?"));
}

#[test]
fn a_file_of_comments_is_installed_and_its_missing_keys_are_one_sentence() {
    let mut stage = opened(0, KeyCode::Enter);
    assert_eq!(stage.shell.state().way, Some(Way::Install));
    let shown = text(&stage.draw((80, 24)));
    assert!(shown.contains("First installation") && shown.contains("will be written"), "{shown}");
    stage.press(KeyCode::Enter);
    stage.press(KeyCode::Enter);
    assert_eq!(stage.shell.state().step, Step::Provider);
}

#[test]
fn what_is_wrong_in_the_files_is_the_page_that_opens_and_one_key_mends_it() {
    let mut stage = opened(1, KeyCode::Char('c'));
    stage.shows("files");
    let before = stage.shell.state().lint().len();
    stage.press(KeyCode::Char('F'));
    let after = stage.shell.state().lint();
    assert!(after.len() < before && after.iter().all(|finding| finding.mend.is_empty()), "{after:#?}");
    stage.shows("files-mended");
    stage.press(KeyCode::Char('v'));
    stage.shows("values");
    stage.press(KeyCode::Esc);
    stage.press(KeyCode::Char('c'));
    assert_eq!(stage.shell.state().step, Step::Provider);
    // Back to the list, by way of what was opened.
    for _ in 0..3 {
        stage.press(KeyCode::Esc);
    }
    assert!(text(&stage.draw((80, 24))).contains("Found here"));
}

#[test]
fn troubleshooting_shows_the_checks_at_once_and_offers_to_prove_uploads() {
    let mut stage = looking();
    stage.happens(Event::Sighted(sightings()));
    stage.press(KeyCode::Down);
    stage.press(KeyCode::Enter);
    let effects = stage.happens(Event::Loaded(Ok(sightings().swap_remove(1).deployment)));
    // Score stops at the quotes around the address, so what was meant is tried; those around the key are part of it.
    let [Effect::Check { run: first, store: score_setup::target::Store::S3(store), .. }] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(
        (store.endpoint.as_str(), store.access_key.as_str()),
        ("http://minio.lab.example:9000", "\"scoreuser\"")
    );
    stage.tell(*first, News::Planned(plan()));
    stage.shows("troubleshoot-files");
    let clean = as_on_the_page().replace('"', "").replace(" # objects", "");
    stage.happens(Event::PathChosen("/srv/score-5.9/conf".into()));
    stage.happens(Event::WayChosen(Way::Troubleshoot));
    let effects = stage.happens(Event::Loaded(Ok(deployment("/srv/score-5.9/conf", Release::R5_9, &clean))));
    let [Effect::Check { run, scope: Scope::ReadOnly, .. }] = effects[..] else { panic!("{effects:?}") };
    stage.tell(run, News::Planned(plan()));
    for row in plan() {
        let outcome = match row.id.as_str() {
            "sentinel" => sentinel_is_missing().into(),
            "state-meta" | "state-marker" | "multipart" | "part" => Outcome::NotProbed("read-only".into()),
            _ => Outcome::Pass(String::new()),
        };
        stage.tell(run, News::Done { id: row.id, outcome, elapsed: Duration::from_millis(3) });
    }
    stage.tell(run, News::Finished { leftovers: Vec::new(), stopped: false, elapsed: Duration::from_millis(210) });
    stage.shows("troubleshoot");
    let effects = stage.press(KeyCode::Char('p'));
    assert!(matches!(effects[..], [Effect::Check { scope: Scope::All, .. }]), "{effects:?}");
}

#[test]
fn an_upgrade_asks_for_the_release_and_shows_what_changes() {
    let mut stage = opened(1, KeyCode::Char('u'));
    for _ in 0..3 {
        stage.press(KeyCode::Right);
    }
    assert_eq!(stage.shell.state().draft.release, Some(Release::R5_12));
    stage.shows("upgrade");
    stage.press(KeyCode::Enter);
    stage.press(KeyCode::Enter);
    stage.press(KeyCode::Char('F'));
    stage.press(KeyCode::Char('c'));
    assert_eq!(stage.shell.state().step, Step::Review);
    stage.shows("upgrade-review");
}

#[test]
fn without_authorization_the_pages_say_what_becomes_of_transfers() {
    let mut stage = Stage::answered();
    stage.happens(Event::StepChosen(Step::Start));
    stage.shows("start-open");
    stage.press(KeyCode::Down);
    stage.press(KeyCode::Down);
    stage.press(KeyCode::Right);
    assert!(stage.shell.state().secure());
    stage.shows("start-secure");
}

#[test]
fn the_last_page_is_rows_to_copy_and_the_answers_are_saved_without_secrets() {
    let mut stage = Stage::checked(false);
    stage.press(KeyCode::Char('c'));
    stage.press(KeyCode::Char('w'));
    stage.happens(Event::Written(Ok(receipt())));
    let effects = stage.press(KeyCode::Char('s'));
    let [Effect::SaveAnswers { text: saved, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert!(saved.contains("\"s3.secretKey\" = { env = \"S3_SECRETKEY\" }"), "{saved}");
    assert!(!saved.contains("canary"));
    stage.happens(Event::Saved(Ok("/home/op/score.toml".into())));
    stage.press(KeyCode::PageDown);
    stage.shows("written-saved");
    stage.press(KeyCode::Up);
    stage.press(KeyCode::Char('y'));
    assert_eq!(stage.shell.copied().as_deref(), Some("score-setup apply --answers /home/op/score.toml"));
}

#[test]
fn a_value_that_wins_over_the_file_is_told_under_its_field() {
    let mut stage = looking();
    let sighting = sightings().swap_remove(2);
    let file = as_on_the_page().replace('"', "");
    let environment = sighting.deployment.environment;
    let deployment = Deployment { environment, ..deployment("/srv/score-5.9/conf", Release::R5_9, &file) };
    stage.happens(Event::PathChosen("/srv/score-5.9/conf".into()));
    stage.happens(Event::Loaded(Ok(deployment)));
    stage.happens(Event::StepChosen(Step::Connection));
    stage.shows("connection-overruled");
}

fn any_key() -> impl Strategy<Value = KeyEvent> {
    let codes = prop_oneof![
        any::<char>().prop_map(KeyCode::Char),
        prop::sample::select(vec![
            KeyCode::Enter,
            KeyCode::Esc,
            KeyCode::Tab,
            KeyCode::BackTab,
            KeyCode::Up,
            KeyCode::Down,
            KeyCode::Left,
            KeyCode::Right,
            KeyCode::PageDown,
            KeyCode::PageUp,
            KeyCode::Home,
            KeyCode::End,
            KeyCode::Backspace,
            KeyCode::Delete,
            KeyCode::F(1),
            KeyCode::Char('w'),
            KeyCode::Char('c'),
            KeyCode::Char('e'),
            KeyCode::Char('f'),
            KeyCode::Char('F'),
            KeyCode::Char('t'),
            KeyCode::Char('u'),
            KeyCode::Char('v'),
            KeyCode::Char('y'),
            KeyCode::Char('r'),
            KeyCode::Char('p'),
        ]),
    ];
    let modifiers = prop::sample::select(vec![KeyModifiers::NONE, KeyModifiers::NONE, KeyModifiers::CONTROL]);
    (codes, modifiers).prop_map(|(code, modifiers)| KeyEvent::new(code, modifiers))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_size_and_any_keys_draw_without_a_panic(
        start in 0..9_usize,
        keys in prop::collection::vec(any_key(), 0..24),
        width in 0..300_u16,
        height in 0..100_u16,
    ) {
        let mut stage = match start {
            0 => Stage::new(COLOUR),
            1 => Stage::at_connection(),
            2 => Stage::answered(),
            3 => Stage::checked(true),
            4 => Stage::checking().0,
            5 => opened(1, KeyCode::Char('c')),
            6 => opened(2, KeyCode::Enter),
            7 => {
                let mut stage = looking();
                stage.happens(Event::Sighted(sightings()));
                stage
            }
            _ => {
                let mut stage = Stage::checked(false);
                stage.happens(Event::Written(Ok(receipt())));
                stage
            }
        };
        for key in keys {
            stage.shell.take(Input::Terminal(Terminal::Key(key)), stage.now);
            stage.draw((width, height));
        }
        stage.draw((80, 24));
    }
}

#[test]
fn what_the_shell_holds_is_not_in_its_debug_output() {
    let stage = Stage::answered();
    let debug = format!("{:?}", stage.shell);
    assert!(!debug.contains("canary"), "{debug}");
    drop((Secret::new(""), provider("minio"), None::<Trouble>));
}

#[test]
fn the_loop_takes_everything_that_is_there_draws_and_ends_when_the_operator_leaves() {
    let (sender, inbox) = std::sync::mpsc::channel();
    let key = |code, modifiers| Input::Terminal(Terminal::Key(KeyEvent::new(code, modifiers)));
    sender.send(Input::Happened(Event::PathChosen("/conf".into()))).unwrap();
    sender.send(Input::Happened(Event::ReleaseChosen(Release::R5_11))).unwrap();
    sender.send(key(KeyCode::Char('n'), KeyModifiers::CONTROL)).unwrap();
    for letter in "minio".chars() {
        sender.send(key(KeyCode::Char(letter), KeyModifiers::NONE)).unwrap();
    }
    sender.send(key(KeyCode::Enter, KeyModifiers::NONE)).unwrap();
    sender.send(Input::Terminal(Terminal::Paste("http://127.0.0.1:9".into()))).unwrap();
    sender.send(key(KeyCode::Enter, KeyModifiers::NONE)).unwrap();
    // The terminal is gone: nobody is asked.
    sender.send(Input::Gone).unwrap();
    let mut screen = Screen::new(TestBackend::new(80, 24)).unwrap();
    let mut shell = Shell::new(State::new("score-host"), COLOUR, Local::now);
    let mut performed = Vec::new();
    let exit = turns(
        &mut screen,
        &mut shell,
        &inbox,
        Instant::now,
        |_| Ok(()),
        |effect| {
            performed.push(effect);
            Ok(())
        },
    );
    assert_eq!(exit.unwrap(), Exit::Left);
    assert!(matches!(&performed[..], [Effect::Load(_), Effect::Check { .. }, Effect::Stop { .. }]), "{performed:?}");
    assert!(text(screen.backend().buffer()).contains("score-setup"), "the first frame waits for nothing");
}
