//! The difference between two properties files, by lines, as data for a screen and as text. Secrets are masked before
//! anything leaves this module; what differs is told apart by the true bytes.

use std::{collections::HashMap, fmt::Write as _};

use super::mask::{self, Shown};

/// Lines of context around a change.
const CONTEXT: usize = 3;

/// Above this many pairs of lines a stretch without a line of its own on both sides counts as replaced whole: comparing
/// it closely takes time by the square.
const CLOSELY: usize = 1_000_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diff {
    pub added: usize,
    pub removed: usize,
    /// Changes that lie close together, with three lines of context around.
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
    /// Its number in the old file, counted from one; `None` for an added line.
    pub old: Option<usize>,
    pub new: Option<usize>,
    /// Without its line end, fit for a terminal.
    pub text: String,
    /// The masked value is another one than before.
    pub changed_secret: bool,
}

/// A line of one or both files, counted from zero.
#[derive(Clone, Copy)]
struct Row {
    tag: Tag,
    old: usize,
    new: usize,
}

impl Diff {
    #[must_use]
    pub fn new(old: &[u8], new: &[u8]) -> Self {
        let (old_lines, new_lines): (Vec<&[u8]>, Vec<&[u8]>) =
            (mask::physical(old).collect(), mask::physical(new).collect());
        let rows = rows(&old_lines, &new_lines);
        let count = |tag: Tag| rows.iter().filter(|row| row.tag == tag).count();
        let (added, removed) = (count(Tag::Added), count(Tag::Removed));
        if added + removed == 0 {
            return Self { added, removed, hunks: Vec::new() };
        }
        let (old, new) = (mask::lines(old), mask::lines(new));
        let secrets: HashMap<&str, &[u16]> =
            old.iter().filter_map(|line| line.masked.as_ref()).map(|(key, value)| (&**key, &**value)).collect();
        let line = |row: &Row| {
            let Shown { text, masked } = if row.tag == Tag::Removed { &old[row.old] } else { &new[row.new] };
            let changed = |(key, value): &(String, Vec<u16>)| secrets.get(&**key).is_some_and(|old| *old != &**value);
            DiffLine {
                tag: row.tag,
                old: (row.tag != Tag::Added).then_some(row.old + 1),
                new: (row.tag != Tag::Removed).then_some(row.new + 1),
                text: text.clone(),
                changed_secret: row.tag == Tag::Added && masked.as_ref().is_some_and(changed),
            }
        };
        let hunks = stretches(&rows).map(|rows| Hunk { lines: rows.iter().map(line).collect() }).collect();
        Self { added, removed, hunks }
    }

    /// As `diff -u` prints it; empty where nothing differs.
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
        for DiffLine { tag, text, changed_secret, .. } in &self.lines {
            let sign = match tag {
                Tag::Context => ' ',
                Tag::Removed => '-',
                Tag::Added => '+',
            };
            let note = if *changed_secret { "  (changed)" } else { "" };
            // Writing into a string cannot fail.
            let _ = writeln!(out, "{sign}{text}{note}");
        }
        out
    }
}

/// All lines of both files in order: what is removed in front of what is added in its place.
fn rows(old: &[&[u8]], new: &[&[u8]]) -> Vec<Row> {
    let mut rows = Vec::with_capacity(new.len());
    let (mut from_old, mut from_new) = (0, 0);
    for (to_old, to_new) in common(old, new).into_iter().chain([(old.len(), new.len())]) {
        rows.extend((from_old..to_old).map(|old| Row { tag: Tag::Removed, old, new: from_new }));
        rows.extend((from_new..to_new).map(|new| Row { tag: Tag::Added, old: to_old, new }));
        if to_old < old.len() {
            rows.push(Row { tag: Tag::Context, old: to_old, new: to_new });
        }
        (from_old, from_new) = (to_old + 1, to_new + 1);
    }
    rows
}

/// Pairs of equal lines, in order in both files.
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

/// Lines that are there once in each file: the longest run of them that is in order in both (patience diff).
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
    // Longest increasing run: `tops` are the pairs that runs of each length end in, `before` what is in front of each.
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

/// The rows around changes; what lies closer than twice the context is one stretch.
fn stretches(rows: &[Row]) -> impl Iterator<Item = &[Row]> {
    let changed = |row: &Row| row.tag != Tag::Context;
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
