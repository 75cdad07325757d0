//! Compares the part arithmetic with the answers of real servers (Score 5.9.0 and 5.11.0): `data/parts.tsv`.

use score_setup::score::part_sizes::{Parts, largest, parts};

#[test]
fn every_part_is_as_the_real_server_cuts_it() {
    let table = include_str!("data/parts.tsv");
    let mut rows = 0;
    for row in table.lines().skip(1) {
        let cells: Vec<u64> = row.split('\t').map(|cell| cell.parse().unwrap_or(0)).collect();
        let [given, length, count, size, last] = cells[..] else { panic!("a row of five cells: {row}") };
        assert_eq!(parts(given, length), Parts { count, size, last }, "part size {given}, file of {length} bytes");
        rows += 1;
    }
    assert_eq!(rows, 154);
}

#[test]
fn the_largest_file_is_the_last_before_parts_grow() {
    for given in [1, 20_971_520, 67_108_864, 2_147_483_647] {
        let size = score_setup::score::part_sizes::effective(given, 0);
        assert_eq!(parts(given, largest(given)).size, size);
        assert!(parts(given, largest(given) + 1).size > size);
    }
}
