//! Compares two properties files by lines, as data for a screen and as text. Masks secrets in all output, but compares
//! the real bytes.

use std::{collections::HashMap, fmt::Write as _};

use crate::text::{
    mask::{self, ShownLine},
    properties::physical,
};

/// The number of context lines around a change.
const CONTEXT: usize = 3;

/// The limit for a detailed comparison, in pairs of lines. A larger range without unique common lines counts as
/// replaced as a whole, because the detailed comparison takes quadratic time.
const CLOSELY: usize = 1_000_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diff {
    pub added: usize,
    pub removed: usize,
    /// The changes, grouped with three lines of context around them.
    pub hunks: Vec<Hunk>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunk {
    pub lines: Vec<DiffLine>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    Context,
    Removed,
    Added,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffLine {
    pub tag: Tag,
    /// The line number in the old file, counted from one. `None` for an added line.
    pub old: Option<usize>,
    pub new: Option<usize>,
    /// The line without its line end, safe for a terminal.
    pub text: String,
    /// True if the masked value differs from the old one.
    pub changed_secret: bool,
    /// True for a last line without a line end.
    pub unended: bool,
}

/// A line of one or both files, counted from zero.
#[derive(Clone, Copy)]
struct DiffRow {
    tag: Tag,
    old: usize,
    new: usize,
}

impl Diff {
    #[must_use]
    pub fn new(old: &[u8], new: &[u8]) -> Self {
        Self::with(old, new, mask::lines)
    }

    /// Compares YAML or JSON that describes containers.
    #[must_use]
    pub fn of_objects(old: &[u8], new: &[u8]) -> Self {
        Self::with(old, new, mask::lines_of_objects)
    }

    fn with(old: &[u8], new: &[u8], shown: fn(&[u8]) -> Vec<ShownLine>) -> Self {
        let (old_lines, new_lines): (Vec<&[u8]>, Vec<&[u8]>) = (physical(old).collect(), physical(new).collect());
        let rows = rows(&old_lines, &new_lines);
        let count = |tag: Tag| rows.iter().filter(|row| row.tag == tag).count();
        let (added, removed) = (count(Tag::Added), count(Tag::Removed));
        if added + removed == 0 {
            return Self { added, removed, hunks: Vec::new() };
        }
        let (old, new) = (shown(old), shown(new));
        let secrets: HashMap<&str, &[u16]> =
            old.iter().filter_map(|line| line.masked.as_ref()).map(|(key, value)| (&**key, &**value)).collect();
        let line = |row: &DiffRow| {
            let (ShownLine { text, masked }, raw) = match row.tag {
                Tag::Removed => (&old[row.old], old_lines[row.old]),
                Tag::Context | Tag::Added => (&new[row.new], new_lines[row.new]),
            };
            let changed = |(key, value): &(String, Vec<u16>)| secrets.get(&**key).is_some_and(|old| *old != &**value);
            DiffLine {
                tag: row.tag,
                old: (row.tag != Tag::Added).then_some(row.old + 1),
                new: (row.tag != Tag::Removed).then_some(row.new + 1),
                text: text.clone(),
                changed_secret: row.tag == Tag::Added && masked.as_ref().is_some_and(changed),
                unended: !raw.ends_with(b"\n") && !raw.ends_with(b"\r"),
            }
        };
        let hunks = stretches(&rows).map(|rows| Hunk { lines: rows.iter().map(line).collect() }).collect();
        Self { added, removed, hunks }
    }

    /// Formats the difference as `diff -u` does. Returns an empty string if there is none.
    #[must_use]
    pub fn to_text(&self, old_name: &str, new_name: &str) -> String {
        if self.hunks.is_empty() {
            return String::new();
        }
        let mut out = format!("--- {old_name}\n+++ {new_name}\n");
        for hunk in &self.hunks {
            out.push_str(&hunk.to_text());
        }
        out
    }
}

impl Hunk {
    fn to_text(&self) -> String {
        let range = |number: fn(&DiffLine) -> Option<usize>| {
            let count = self.lines.iter().filter_map(number).count();
            (self.lines.iter().find_map(number).unwrap_or(0), count)
        };
        let ((old, old_count), (new, new_count)) = (range(|line| line.old), range(|line| line.new));
        let mut out = format!("@@ -{old},{old_count} +{new},{new_count} @@\n");
        for DiffLine { tag, text, changed_secret, unended, .. } in &self.lines {
            let sign = match tag {
                Tag::Context => ' ',
                Tag::Removed => '-',
                Tag::Added => '+',
            };
            let note = if *changed_secret { "  (changed)" } else { "" };
            // Writing into a string cannot fail.
            let _ = writeln!(out, "{sign}{text}{note}");
            if *unended {
                out.push_str("\\ No newline at end of file\n");
            }
        }
        out
    }
}

/// Returns all lines of both files in order. Removed lines come before the lines that replace them.
fn rows(old: &[&[u8]], new: &[&[u8]]) -> Vec<DiffRow> {
    let mut rows = Vec::with_capacity(new.len());
    let (mut from_old, mut from_new) = (0, 0);
    for (to_old, to_new) in common(old, new).into_iter().chain([(old.len(), new.len())]) {
        rows.extend((from_old..to_old).map(|old| DiffRow { tag: Tag::Removed, old, new: from_new }));
        rows.extend((from_new..to_new).map(|new| DiffRow { tag: Tag::Added, old: to_old, new }));
        if to_old < old.len() {
            rows.push(DiffRow { tag: Tag::Context, old: to_old, new: to_new });
        }
        (from_old, from_new) = (to_old + 1, to_new + 1);
    }
    rows
}

/// Returns pairs of equal lines, in the order of both files.
fn common(old: &[&[u8]], new: &[&[u8]]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::with_capacity(new.len());
    let (mut from_old, mut from_new) = (0, 0);
    for (to_old, to_new) in anchors(old, new).into_iter().chain([(old.len(), new.len())]) {
        let (mut front, mut back) = (0, 0);
        let (gap_old, gap_new) = (&old[from_old..to_old], &new[from_new..to_new]);
        let shorter = gap_old.len().min(gap_new.len());
        while front < shorter && gap_old[front] == gap_new[front] {
            front += 1;
        }
        while back < shorter - front && gap_old[gap_old.len() - 1 - back] == gap_new[gap_new.len() - 1 - back] {
            back += 1;
        }
        pairs.extend((0..front).map(|at| (from_old + at, from_new + at)));
        let (mid_old, mid_new) = (&gap_old[front..gap_old.len() - back], &gap_new[front..gap_new.len() - back]);
        if mid_old.len().saturating_mul(mid_new.len()) <= CLOSELY {
            for op in similar::capture_diff_slices(similar::Algorithm::Myers, mid_old, mid_new) {
                if let similar::DiffOp::Equal { old_index, new_index, len } = op {
                    let (old_index, new_index) = (from_old + front + old_index, from_new + front + new_index);
                    pairs.extend((0..len).map(|at| (old_index + at, new_index + at)));
                }
            }
        }
        pairs.extend((1..=back).rev().map(|at| (to_old - at, to_new - at)));
        if to_old < old.len() {
            pairs.push((to_old, to_new));
        }
        (from_old, from_new) = (to_old + 1, to_new + 1);
    }
    pairs
}

/// Returns the longest run of lines that are unique in each file and in the same order in both (patience diff).
fn anchors(old: &[&[u8]], new: &[&[u8]]) -> Vec<(usize, usize)> {
    let mut places: HashMap<&[u8], [Option<usize>; 2]> = HashMap::with_capacity(old.len());
    let mut repeated: std::collections::HashSet<&[u8]> = std::collections::HashSet::new();
    for (side, lines) in [old, new].into_iter().enumerate() {
        for (at, line) in lines.iter().enumerate() {
            if places.entry(line).or_default()[side].replace(at).is_some() {
                repeated.insert(line);
            }
        }
    }
    let unique = old.iter().filter(|line| !repeated.contains(*line)).filter_map(|line| match places[line] {
        [Some(old), Some(new)] => Some((old, new)),
        _ => None,
    });
    // Longest increasing run: `tops` has the last pair of a run of each length, `before` the predecessor of each pair.
    let unique: Vec<(usize, usize)> = unique.collect();
    let mut tops: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(unique.len());
    for (at, (_, new)) in unique.iter().enumerate() {
        let length = tops.partition_point(|top| unique[*top].1 < *new);
        before.push(length.checked_sub(1).map(|shorter| tops[shorter]));
        if length < tops.len() { tops[length] = at } else { tops.push(at) }
    }
    let mut run: Vec<(usize, usize)> =
        std::iter::successors(tops.last().copied(), |at| before[*at]).map(|at| unique[at]).collect();
    run.reverse();
    run
}

/// Groups the rows around changes. Changes less than twice the context apart are in one group.
fn stretches(rows: &[DiffRow]) -> impl Iterator<Item = &[DiffRow]> {
    let changed = |row: &DiffRow| row.tag != Tag::Context;
    let mut at = 0;
    std::iter::from_fn(move || {
        let first = at + rows[at..].iter().position(changed)?;
        let mut last = first;
        while let Some(ahead) = rows[last + 1..].iter().take(2 * CONTEXT + 1).position(changed) {
            last += ahead + 1;
        }
        let from = first.saturating_sub(CONTEXT).max(at);
        at = (last + 1 + CONTEXT).min(rows.len());
        Some(&rows[from..at])
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(old: &[u8], new: &[u8]) -> String {
        Diff::new(old, new).to_text("old", "new")
    }

    #[test]
    fn a_difference_reads_as_diff_u_prints_it_with_secrets_masked() {
        let old = "# mine\n1=1\n2=2\n3=3\ns3.endpoint=a\ns3.secretKey=canary-old\n4=4\n5=5\n6=6\n7=7\n8=8\n9=9\n10=10\n11=11\nend=1\n";
        let new = "# mine\n1=1\n2=2\n3=3\ns3.endpoint=b\ns3.secretKey=canary-new\n4=4\n5=5\n6=6\n7=7\n8=8\n9=9\n10=10\n11=11\nend=1\nmore=1\n";
        let expected = "\
--- old
+++ new
@@ -2,8 +2,8 @@
 1=1
 2=2
 3=3
-s3.endpoint=a
-s3.secretKey=••••••••
+s3.endpoint=b
+s3.secretKey=••••••••  (changed)
 4=4
 5=5
 6=6
@@ -13,3 +13,4 @@
 10=10
 11=11
 end=1
+more=1
";
        assert_eq!(text(old.as_bytes(), new.as_bytes()), expected);
        assert_eq!(text(old.as_bytes(), old.as_bytes()), "");
    }

    #[test]
    fn a_new_file_is_all_added() {
        assert_eq!(text(b"", b"a=1\nb=2\n"), "--- old\n+++ new\n@@ -0,0 +1,2 @@\n+a=1\n+b=2\n");
    }

    #[test]
    fn a_line_that_only_gets_an_end_is_told_apart() {
        let expected = "--- old\n+++ new\n@@ -1,1 +1,2 @@\n-# a\n\\ No newline at end of file\n+# a\n+b=1\n";
        assert_eq!(text(b"# a", b"# a\nb=1\n"), expected);
    }

    #[test]
    fn secrets_are_masked_in_every_spelling_and_place() {
        let dots = "••••••••";
        let cases = [
            ("s3.secretKey=canary", format!("s3.secretKey={dots}")),
            ("s3.secretKey = canary", format!("s3.secretKey = {dots}")),
            ("S3.SECRET_KEY:canary", format!("S3.SECRET_KEY:{dots}")),
            ("s3.secret-key canary", format!("s3.secret-key {dots}")),
            ("#s3.secretKey=canary", format!("#s3.secretKey={dots}")),
            ("! s3.secret-key : canary", format!("! s3.secret-key : {dots}")),
            ("## s3.secretKey canary", format!("## s3.secretKey {dots}")),
            ("s3.secret\\u004bey=canary", format!("s3.secret\\u004bey={dots}")),
            ("s3.secretKey=canary\\u00zz", format!("s3.secretKey={dots}")),
            ("s3.secretKey=\\\n  canary\\\n canary", format!("s3.secretKey=\\|  {dots}| {dots}")),
            ("#s3.secretKey=canary\\\n#  canary", format!("#s3.secretKey={dots}|#  {dots}")),
            ("s3.secr\\\n  etKey=canary", format!("s3.secr\\|  etKey={dots}")),
            ("server.ssl.key-store-password=canary", format!("server.ssl.key-store-password={dots}")),
            ("azure.accountKey=canary", format!("azure.accountKey={dots}")),
            ("vault.token=canary", format!("vault.token={dots}")),
            ("my.private.key=canary", format!("my.private.key={dots}")),
            ("db.url=postgres://me:canary@host/db", format!("db.url=postgres://{dots}@host/db")),
            ("s3.secretKey=", "s3.secretKey=".into()),
            ("s3.accessKey=shown", "s3.accessKey=shown".into()),
            ("bucket.size.key=2", "bucket.size.key=2".into()),
            ("auth.server.tokenName=token", "auth.server.tokenName=token".into()),
            ("# Secret of the store, see the manual", "# Secret of the store, see the manual".into()),
            ("a=\u{1b}[2Jb\u{7}\u{202e}", "a=\\u{1b}[2Jb\\u{7}\\u{202e}".into()),
            ("a=\tb", "a=    b".into()),
        ];
        for (bytes, shown) in cases {
            let diff = Diff::new(b"", bytes.as_bytes());
            let lines: Vec<&str> =
                diff.hunks.iter().flat_map(|hunk| &hunk.lines).map(|line| line.text.as_str()).collect();
            assert_eq!(lines.join("|"), shown, "{bytes:?}");
        }
    }

    #[test]
    fn an_unchanged_secret_that_is_written_anew_is_not_called_changed() {
        let diff = text(b"s3.secretKey = canary\n", b"s3.secretKey=canary\n");
        assert_eq!(diff, "--- old\n+++ new\n@@ -1,1 +1,1 @@\n-s3.secretKey = ••••••••\n+s3.secretKey=••••••••\n");
    }

    #[test]
    fn ten_megabytes_are_compared_in_time_by_their_length() {
        let mut old = String::new();
        for at in 0..60_000 {
            let _ = write!(old, "some.key.{at}={}\nsame=1\n", "value".repeat(30));
        }
        assert!(old.len() > 10_000_000);
        let diff = Diff::new(old.as_bytes(), old.replace("same=1", "#same=1").as_bytes());
        assert_eq!((diff.added, diff.removed), (60_000, 60_000));
        // A file without a unique line.
        let diff = Diff::new("same=1\n\n".repeat(60_000).as_bytes(), "#same=1\n\n".repeat(60_000).as_bytes());
        assert!(diff.added >= 60_000 && diff.added == diff.removed);
    }

    /// Generates small files of similar lines.
    fn files() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop::sample::select(vec![
            &b"a"[..],
            b"=",
            b"\n",
            b"\n",
            b"\r",
            b"\r\n",
            b"\\",
            b"#",
            b" ",
            b"s3.secretKey=",
            b"\\u0",
            b"\xff",
            b"b=1\n",
            b"c=2\n",
        ]);
        prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
    }

    fn check(old: &[u8], new: &[u8]) -> Result<(), TestCaseError> {
        let (old_lines, new_lines): (Vec<_>, Vec<_>) = (physical(old).collect(), physical(new).collect());
        prop_assert_eq!(mask::lines(old).len(), old_lines.len());
        let mut rebuilt = Vec::new();
        let mut gone = 0;
        for row in rows(&old_lines, &new_lines) {
            match row.tag {
                Tag::Added => rebuilt.push(new_lines[row.new]),
                Tag::Removed => gone += 1,
                Tag::Context => {
                    prop_assert_eq!(old_lines[row.old], new_lines[row.new]);
                    rebuilt.push(old_lines[row.old]);
                }
            }
        }
        prop_assert_eq!(&rebuilt, &new_lines);
        let diff = Diff::new(old, new);
        prop_assert_eq!(diff.removed, gone);
        let shown: Vec<_> = diff.hunks.iter().flat_map(|hunk| &hunk.lines).collect();
        prop_assert_eq!(shown.iter().filter(|line| line.tag == Tag::Added).count(), diff.added);
        prop_assert_eq!(shown.iter().filter(|line| line.tag == Tag::Removed).count(), diff.removed);
        prop_assert!(shown.iter().all(|line| !line.text.chars().any(char::is_control)));
        Ok(())
    }

    proptest! {
        #[test]
        fn a_difference_leads_from_the_old_file_to_the_new(old in files(), new in files()) {
            check(&old, &new)?;
        }

        #[test]
        fn any_bytes_can_be_compared(old in prop::collection::vec(any::<u8>(), 0..200), new in prop::collection::vec(any::<u8>(), 0..200)) {
            check(&old, &new)?;
        }

        #[test]
        fn a_secret_is_in_no_line_that_is_shown(front in files(), name in prop::sample::select(vec!["s3.secretKey", "S3.secret-key", "a.password"]), separator in prop::sample::select(vec!["=", " = ", ":"]), comment in prop::sample::select(vec!["", "#", "# ", "!"])) {
            let mut file = front;
            // The blank line ends a continued line of `front`.
            file.extend(b"\n\n");
            file.extend(format!("{comment}{name}{separator}canary\n").bytes());
            prop_assert!(!text(b"", &file).contains("canary"), "{:?}", String::from_utf8_lossy(&file));
        }
    }
}
