//! Feeds random inputs to everything that reads what others wrote. No input may cause a panic or take long.
//!
//! `FUZZ_SECONDS=60 FUZZ_SEED=7 cargo test --release --test it fuzz -- --ignored --nocapture` runs longer, and repeats
//! a run. A failure prints its input.

use std::{
    env, panic,
    path::Path,
    time::{Duration, Instant},
};

use score_setup::{
    forms::{self, Source, Wrapper, environment},
    score::{Api, Release, SETTINGS, provider::provider},
    store::probe::{azure, xml},
    text::{
        Endpoint,
        mask::{masked, shown_value},
        properties::Document,
        secret::Secret,
        shown,
        values::{self, Terms},
        yaml,
    },
    wizard::proposal::Diff,
};

/// A generator of pseudo-random numbers (xorshift), so that a seed repeats a run.
struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % most.max(1) as u64).unwrap_or_default()
    }
}

/// Pieces of the formats that are read.
const PIECES: &[&str] = &[
    "s3.secretKey",
    "s3.endpoint",
    "S3_ENDPOINT",
    "bucket.name.object",
    "export ",
    "services",
    "environment",
    "image",
    "env_file",
    "Config",
    "Env",
    "apiVersion",
    "kind",
    "wrapper.app.parameter.1",
    "set.",
    "--",
    "-D",
    "=",
    ":",
    ": ",
    "\n",
    "\r\n",
    "\n  ",
    "\n    ",
    " ",
    "\t",
    "#",
    "!",
    "\\",
    "\\u00",
    "\\u0041",
    "${",
    "}",
    "$",
    "$$",
    "$A",
    "${A:-",
    "\"",
    "'",
    "{",
    "[",
    "]",
    ",",
    "- ",
    "&a ",
    "*a",
    "<<: *a",
    "---\n",
    "#---\n",
    "|\n",
    ">\n",
    "~",
    "null",
    "0x1F",
    "1e10",
    "012",
    "http://",
    "https://",
    "u:p@",
    "h:9000",
    "/",
    "?",
    "sig=",
    "Bearer ",
    "-----BEGIN PRIVATE KEY-----",
    "-----END",
    "<Error>",
    "</Error>",
    "<Code>",
    "</Code>",
    "<ListBucketResult",
    "</ListBucketResult>",
    "<Contents><Key>",
    "</Key></Contents>",
    "<InitiateMultipartUploadResult><UploadId>",
    "<SignedIdentifiers><SignedIdentifier><Id>",
    " xmlns=\"a\"",
    " xmlns:a=\"b\"",
    " a=\"b\"",
    "<a>",
    "/>",
    "<!--",
    "<![CDATA[",
    "]]>",
    "&amp;",
    "&#x0;",
    "<!DOCTYPE a [",
    "<?xml version=\"1.0\"?>",
    "\u{0}",
    "\u{1b}",
    "\u{202e}",
    "é",
    "\u{feff}",
    "0 0 0 * * ?",
    "*/5",
    "L",
    "#1",
    "64 MiB",
    "true",
    "AccountKey=",
    ";",
    "[Unit]",
    "%A%",
];

fn input(random: &mut Random) -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..random.below(60)).flat_map(|_| PIECES[random.below(PIECES.len())].bytes()).collect();
    for _ in 0..random.below(4) {
        match (random.below(3), bytes.len()) {
            (_, 0) => {}
            (0, length) => bytes[random.below(length)] = u8::try_from(random.below(256)).unwrap_or_default(),
            (1, length) => bytes.truncate(random.below(length)),
            (_, length) => {
                let from = random.below(length);
                let copy = bytes[from..].to_vec();
                bytes.extend(copy);
            }
        }
    }
    bytes
}

type Target = (&'static str, fn(&[u8]));

const TARGETS: &[Target] = &[
    ("properties", |bytes| {
        if let Ok(document) = Document::parse(bytes) {
            assert_eq!(document.to_bytes(), bytes);
            assert!(document.pairs().count() <= bytes.len() + 1);
        }
    }),
    ("env file", |bytes| {
        let _ = environment::literal(bytes);
        let _ = environment::compose(bytes, &|_| None);
        let _ = environment::told_apart(bytes);
    }),
    ("YAML", |bytes| {
        let _ = yaml::read(&String::from_utf8_lossy(bytes)).map(|all| all.iter().map(yaml::flat).count());
    }),
    ("wrapper.conf", |bytes| {
        let _ = Wrapper::read(bytes);
        let (after, _) = forms::with_profiles(bytes, "s3,secure");
        let _ = Wrapper::read(&after);
    }),
    ("form", |bytes| {
        for name in ["-", "compose.yml", ".env", "a.json", "a", "application.properties"] {
            let env = |path: &Path| (path == Path::new(".env")).then(|| bytes.to_vec());
            let source = Source { path: Path::new(name), bytes, open: &env };
            let _ = forms::recognise(&source).map(|form| form.reading(&source).is_ok());
        }
        for form in &forms::FORMS {
            let _ = form.reading(&Source { path: Path::new("a"), bytes, open: &|_| None });
        }
    }),
    ("replies", |bytes| {
        let _ = (xml::root(bytes), xml::fault(bytes), xml::upload_id(bytes), xml::completed_etag(bytes));
        let _ = (xml::parts(bytes), xml::keys(bytes), xml::acl(bytes), xml::unfinished(bytes), xml::buckets(bytes));
        let _ = azure::policies(bytes);
    }),
    ("masks", |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let _ = masked(&text);
        let _ = shown_value("a.b", &Secret::new(text.as_ref()));
        let _ = shown(bytes, 80);
        let _ = Diff::new(b"a=b\n", bytes).to_text("a", "b");
    }),
    ("values", |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let text: String = text.chars().take(60).collect();
        let terms = Terms {
            release: Release::R5_11,
            provider: provider("minio"),
            pool: 0,
            secured: None,
            buckets: vec!["a".into()],
        };
        for setting in SETTINGS.iter().filter(|setting| !setting.secret() && setting.serves(Api::S3)) {
            if let Ok(parsed) = values::parse(setting, &text, &terms) {
                let again = values::parse(setting, &parsed.value, &terms).map(|again| again.value);
                assert_eq!(again.as_deref(), Ok(parsed.value.as_str()), "{}", setting.key);
            }
        }
        let _ = Endpoint::parse(&text);
    }),
];

fn run(time: Duration, seed: u64) {
    for (name, target) in TARGETS {
        let mut random = Random(seed.max(1));
        let until = Instant::now() + time / u32::try_from(TARGETS.len()).unwrap();
        let mut count = 0;
        while Instant::now() < until {
            let bytes = input(&mut random);
            let began = Instant::now();
            let done = panic::catch_unwind(|| target(&bytes));
            let shown = String::from_utf8_lossy(&bytes);
            assert!(done.is_ok(), "{name}, seed {seed}, input {count}: {shown:?}");
            assert!(
                began.elapsed() < Duration::from_secs(2),
                "{name}, seed {seed}, input {count} takes long: {shown:?}"
            );
            count += 1;
        }
    }
}

#[test]
fn random_inputs_are_read_or_refused() {
    run(Duration::from_secs(2), 20_261_127);
}

#[test]
#[ignore = "runs as long as FUZZ_SECONDS says"]
fn random_inputs_are_read_or_refused_for_long() {
    let number = |name: &str| env::var(name).ok().and_then(|text| text.parse().ok());
    let seed = number("FUZZ_SEED").unwrap_or_else(|| u64::from(std::process::id()));
    let seconds = number("FUZZ_SECONDS").unwrap_or(60);
    run(Duration::from_secs(seconds), seed);
}
