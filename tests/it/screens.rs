//! Tests every page as an operator reaches it, by keys and by news, on terminals of three sizes: the text, and below it
//! the role of each cell. The frame around the pages has separate snapshots.

mod any;
mod cells;
mod checks;
mod fields;
mod first_page;
mod frame;
mod keys;
mod measure;
mod review;
mod scenarios;
mod stage;
mod world;

use std::panic::catch_unwind;

use ratatui::buffer::Buffer;
use score_setup::shell::tui::view::PageParts;

use self::stage::Stage;
use crate::{azure_draft, picture};

const SIZES: [(u16, u16); 3] = [(60, 16), (80, 24), (120, 36)];

/// A page: the name of its snapshots, the wizard shortly before it, and the keys that lead to it.
type Page = (&'static str, fn() -> Stage, &'static str);

fn pages() -> impl Iterator<Item = Page> {
    [first_page::PAGES, fields::PAGES, measure::PAGES, checks::PAGES, review::PAGES, frame::PAGES].concat().into_iter()
}

fn open((_, begin, keys): Page) -> Stage {
    let mut stage = begin();
    stage.keys(keys);
    stage
}

/// Returns the wizard on the page of that name.
fn page(name: &str) -> Stage {
    open(pages().find(|page| page.0 == name).unwrap_or_else(|| panic!("no page is called {name}")))
}

/// Names a snapshot of one size.
fn named(name: &str, (width, height): (u16, u16)) -> String {
    format!("{name}-{width}x{height}")
}

#[test]
fn every_page_and_its_frame_are_as_they_were_accepted() {
    let (mut frames, mut changed) = (String::new(), Vec::new());
    for page in pages() {
        let mut stage = open(page);
        let screens = SIZES.map(|size| stage.draw(size));
        for (size, screen) in SIZES.into_iter().zip(&screens) {
            let name = named(page.0, size);
            if catch_unwind(|| shows(&name, screen)).is_err() {
                changed.push(name);
            }
        }
        frames += &frame::words(page.0, &screens);
    }
    if catch_unwind(|| accepts("frames", &frames)).is_err() {
        changed.push("frames".into());
    }
    assert!(changed.is_empty(), "changed: {}", changed.join(", "));
}

/// Compares the page inside the frame with its snapshot, and keeps the picture of the screen. The secret is not on it.
fn shows(name: &str, (buffer, parts): &(Buffer, PageParts)) {
    let whole = cells::text(buffer);
    let secret = ["canary", &azure_draft::KEY[..20]].iter().any(|secret| whole.contains(secret));
    assert!(!secret, "the secret is on the screen:\n{whole}");
    let body = cells::cut(buffer, parts.body);
    let (text, roles) = (cells::text(&body), cells::roles(&body));
    accepts(name, &format!("{}\n\n{}", text.trim_end(), roles.trim_end()));
    picture::keep(name, &picture::of_buffer(buffer));
}

/// Returns the names of all snapshots.
pub(crate) fn snapshots() -> impl Iterator<Item = String> {
    let pages = pages().map(|page| page.0).chain(["frame"]).flat_map(|name| SIZES.map(|size| named(name, size)));
    pages.chain(["frames", "ascii", "sessions", "session-frames"].map(String::from))
}

fn accepts(name: &str, text: &str) {
    insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(name, text) });
}
