//! Every page as an operator comes to it, by keys and by news, on terminals of three sizes: what it says, and under it
//! what each cell is to the reader. `tests/accept` accepts pages that have changed.

mod any;
mod cells;
mod checks;
mod fields;
mod first_page;
mod frame;
mod keys;
mod review;
mod stage;
mod world;

use std::panic::catch_unwind;

use self::stage::Stage;
use crate::{azure_draft, picture};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 36), (60, 16)];

/// A page: the name of its snapshots, the wizard shortly before it, and the keys that lead there from then on.
type Page = (&'static str, fn() -> Stage, &'static str);

fn pages() -> impl Iterator<Item = Page> {
    [first_page::PAGES, fields::PAGES, checks::PAGES, review::PAGES, frame::PAGES].concat().into_iter()
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

#[test]
fn every_page_is_as_it_was_accepted() {
    let changed: Vec<_> = pages().filter(|page| catch_unwind(|| shows(*page)).is_err()).map(|page| page.0).collect();
    assert!(changed.is_empty(), "changed: {}", changed.join(", "));
}

/// In all sizes, as a snapshot and as a picture; the secret is on none of them.
fn shows(page: Page) {
    let mut stage = open(page);
    for size in SIZES {
        let buffer = stage.draw(size);
        let (text, roles) = (cells::text(&buffer), cells::roles(&buffer));
        let secret = ["canary", &azure_draft::KEY[..20]].iter().any(|secret| text.contains(secret));
        assert!(!secret, "the secret is on the screen:\n{text}");
        let name = format!("{}-{}x{}", page.0, size.0, size.1);
        hold(&name, &format!("{text}\n{roles}"));
        picture::keep(&name, &picture::of_buffer(&buffer));
    }
}

fn hold(name: &str, text: &str) {
    insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(name, text) });
}
