//! Compares the properties document with `java.util.Properties` itself, on random files: 20,000 each run, or the number
//! in `ORACLE_DOCUMENTS`, from the seed `ORACLE_SEED`. Without a Java it is skipped with a message, which fails under
//! `CI`.

#![expect(clippy::unwrap_used, reason = "what fails in a helper of a test fails the test")]

use std::{
    collections::BTreeMap,
    env,
    io::{self, BufReader, BufWriter, Read, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use score_setup::{
    score::Spelling,
    text::properties::{Document, Units},
};

type Map = BTreeMap<Units, Units>;

struct Oracle {
    java: Child,
    questions: Option<BufWriter<ChildStdin>>,
    answers: BufReader<ChildStdout>,
}

impl Oracle {
    fn start() -> io::Result<Self> {
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/data/Oracle.java");
        let mut java = Command::new("java")
            .args(["-XX:TieredStopAtLevel=1", source])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let questions = java.stdin.take().map(BufWriter::new);
        let answers = BufReader::new(java.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?);
        let mut oracle = Self { java, questions, answers };
        // A Java that cannot compile is not usable.
        oracle.load(b"")?;
        Ok(oracle)
    }

    /// Loads the file in Java. `None` if Java refuses it.
    fn load(&mut self, bytes: &[u8]) -> io::Result<Option<Map>> {
        let questions = self.questions.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        questions.write_all(&u32::try_from(bytes.len()).unwrap().to_be_bytes())?;
        questions.write_all(bytes)?;
        questions.flush()?;
        let Ok(count) = u32::try_from(self.number()?) else { return Ok(None) };
        (0..count).map(|_| Ok((self.text()?, self.text()?))).collect::<io::Result<Map>>().map(Some)
    }

    fn number(&mut self) -> io::Result<i32> {
        let mut bytes = [0; 4];
        self.answers.read_exact(&mut bytes)?;
        Ok(i32::from_be_bytes(bytes))
    }

    fn text(&mut self) -> io::Result<Units> {
        let mut bytes = vec![0; usize::try_from(self.number()?).unwrap() * 2];
        self.answers.read_exact(&mut bytes)?;
        Ok(bytes.chunks(2).map(|unit| u16::from_be_bytes([unit[0], unit[1]])).collect())
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        // Java ends when its input ends.
        self.questions = None;
        let _ = self.java.wait();
    }
}

/// A random generator (xorshift): the same seed gives the same documents everywhere.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 16) % end as u64).unwrap()
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    fn many<T: Copy>(&mut self, of: &[T], end: usize) -> Vec<T> {
        (0..self.below(end)).map(|_| self.one(of)).collect()
    }
}

const PIECES: &[&[u8]] = &[
    b"a",
    b"b",
    b"k",
    b"=",
    b"=",
    b":",
    b" ",
    b"\t",
    b"\x0c",
    b"\\",
    b"\n",
    b"\n",
    b"\n",
    b"\r",
    b"\r\n",
    b"#",
    b"!",
    b"\0",
    b"\xe9",
    b"\\u0041",
    b"\\ud83d",
    b"\\u00",
    b"\\\n",
    b"\\\r",
    b"\\\r\n  ",
    b"s3.x",
    b"s3.secretKey=",
    b"s3.secret-key=",
    b"\nS3.SECRETKEY=",
    b"\n#s3.secretKey=",
    b"\n# s3.secretKey=x",
    b"\n#---\n",
    b"---",
    b"\xef\xbb\xbf",
    b"a.b=1\n",
    b"a.b.c = 2\r\n",
    b"\n#k=\n",
];

const LETTERS: &[char] =
    &['a', 'b', 'k', ' ', '=', ':', '#', '!', '\\', '\t', '\n', '\r', '\u{c}', 'é', '😀', '$', '\0', '-'];

const NAMES: &[&str] = &["s3.secretKey", "s3.secret-key", "s3.x", "a.b", "a.b.d", "k"];

fn map(document: &Document) -> Map {
    document.pairs().map(|pair| (pair.key.to_vec(), pair.value.to_vec())).collect()
}

fn units(text: &str) -> Units {
    text.encode_utf16().collect()
}

#[test]
fn the_document_reads_and_writes_as_java_does() {
    let mut oracle = match Oracle::start() {
        Ok(oracle) => oracle,
        Err(error) => {
            assert!(env::var_os("CI").is_none(), "java is needed under CI: {error}");
            eprintln!("skipped: the_document_reads_and_writes_as_java_does (no java: {error})");
            return;
        }
    };
    let number = |name: &str, usual: u64| env::var(name).map_or(usual, |text| text.parse().unwrap());
    let mut dice = Dice(number("ORACLE_SEED", 0x9e37_79b9_7f4a_7c15));
    for _ in 0..number("ORACLE_DOCUMENTS", 20_000) {
        let bytes = dice.many(PIECES, 16).concat();
        let java = oracle.load(&bytes).unwrap();
        let document = Document::parse(&bytes);
        let shown = String::from_utf8_lossy(&bytes).into_owned();
        let (Some(java), Ok(document)) = (&java, &document) else {
            assert_eq!(java.is_some(), document.is_ok(), "{shown:?}");
            continue;
        };
        assert_eq!(map(document), *java, "{shown:?}");
        assert_eq!(document.to_bytes(), bytes, "{shown:?}");
        let word = dice.many(LETTERS, 5).into_iter().collect::<String>();
        let value = dice.many(LETTERS, 5).into_iter().collect::<String>();
        let (key, spelling) = match dice.below(4) {
            0 => (word, Spelling::Exact),
            1 if !java.is_empty() => {
                let key = java.keys().nth(dice.below(java.len())).unwrap();
                (String::from_utf16_lossy(key), Spelling::Exact)
            }
            _ => (dice.one(NAMES).to_owned(), Spelling::Relaxed),
        };
        let what = format!("{shown:?} {key:?} {spelling:?} {value:?}");
        set(&mut oracle, document.clone(), java, (&key, spelling, &value), &what);
        unset(&mut oracle, document.clone(), java, (&key, spelling), &what);
    }
}

fn set(
    oracle: &mut Oracle,
    mut document: Document,
    java: &Map,
    (key, spelling, value): (&str, Spelling, &str),
    what: &str,
) {
    let before = document.to_bytes();
    document.set(key, spelling, value);
    let bytes = document.to_bytes();
    let what = format!("{what} → {:?}", String::from_utf8_lossy(&bytes));
    let got = oracle.load(&bytes).unwrap().unwrap_or_else(|| panic!("refused: {what}"));
    assert_eq!(map(&document), got, "{what}");
    assert!(document.pairs().eq(Document::parse(&bytes).unwrap().pairs()), "{what}");
    let ours = |name: &Units| spelling.matches(name, key);
    let again = document.set_again(key, spelling);
    if again.is_empty() {
        let set: Vec<_> = got.iter().filter(|(name, _)| ours(name)).collect();
        let [(name, found)] = set[..] else { panic!("{} spellings: {what}", set.len()) };
        assert_eq!(*found, units(value), "{what}");
        assert!(spelling == Spelling::Relaxed || *name == units(key), "{what}");
    }
    let effective = document.effective(key, spelling).map(|pair| pair.value.to_vec());
    assert_eq!(effective, Some(units(value)), "{what}");
    let others = |map: &Map| -> Map {
        // The empty key is left out too: a backslash alone at the end of a file is one, unless another line follows.
        map.iter()
            .filter(|(name, _)| !ours(name) && !name.is_empty())
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    };
    assert_eq!(others(&got), others(java), "{what}");
    let original = Document::parse(&before).unwrap();
    let spelt: Vec<_> = original.pairs().filter(|pair| ours(&pair.key.to_vec())).collect();
    if let [pair] = &spelt[..]
        && again.is_empty()
        && pair.value == units(value)
        && (pair.key == units(key)
            || String::from_utf16_lossy(pair.key)
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || ".-_".contains(letter)))
    {
        assert_eq!(bytes, before, "touched: {what}");
    }
    document.set(key, spelling, value);
    assert_eq!(document.to_bytes(), bytes, "not settled: {what}");
}

fn unset(oracle: &mut Oracle, mut document: Document, java: &Map, (key, spelling): (&str, Spelling), what: &str) {
    let again = document.set_again(key, spelling);
    document.unset(key, spelling);
    let bytes = document.to_bytes();
    let what = format!("{what} ↛ {:?}", String::from_utf8_lossy(&bytes));
    let got = oracle.load(&bytes).unwrap().unwrap_or_else(|| panic!("refused: {what}"));
    assert_eq!(map(&document), got, "{what}");
    let mut left = java.clone();
    left.retain(|name, _| !spelling.matches(name, key));
    let mut still = got;
    if !again.is_empty() {
        still.retain(|name, _| !spelling.matches(name, key));
    }
    assert_eq!(still, left, "{what}");
}
