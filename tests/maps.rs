//! Maps against independent, naive ways to say the same.

#[path = "maps/damage.rs"]
mod damage;
#[path = "maps/formats.rs"]
mod formats;
#[path = "maps/generators.rs"]
mod generators;
#[path = "maps/reach.rs"]
mod reach;
#[path = "maps/real.rs"]
mod real;
#[path = "maps/samples.rs"]
mod samples;

use throng::world::map::{MOST_CELLS, Map};

#[test]
fn an_open_map_is_all_free_and_its_words_end_in_zeros() {
    for (width, height) in [(1, 1), (31, 1), (32, 1), (33, 1), (5, 13), (64, 2), (1, 65)] {
        let map = Map::open(width, height).expect("the size is fine");
        assert!(map.is_open());
        assert_eq!(map.cells(), u64::from(width) * u64::from(height));
        assert_eq!(map.free_cells(), map.cells());
        let bits: u32 = map.free_words().iter().map(|word| word.count_ones()).sum();
        assert_eq!(u64::from(bits), map.cells(), "bits behind the last cell must be 0");
        assert_eq!(map.free_words().len() as u64, map.cells().div_ceil(32));
        assert!(!map.is_free(width, 0) && !map.is_free(0, height), "outside is not free");
    }
}

#[test]
fn the_layout_is_row_after_row_from_the_lowest_bit() {
    let map = Map::from_fn("corner", 33, 2, |x, y| (x, y) == (32, 0) || (x, y) == (1, 1))
        .expect("the size is fine");
    assert_eq!(map.free_words(), [0, 0b101, 0]);
    assert!(map.is_free(32, 0) && map.is_free(1, 1) && !map.is_free(0, 1));
    assert!(!map.is_open());
    assert_eq!((map.name(), map.width(), map.height()), ("corner", 33, 2));
}

#[test]
fn absurd_sizes_are_refused_with_the_number() {
    let message = |width, height| Map::open(width, height).expect_err("the size is absurd").to_string();
    assert!(message(0, 7).contains("0 x 7"));
    assert!(message(7, 0).contains("7 x 0"));
    assert!(message(65536, 65536).contains("4294967296"));
    assert!(message(u32::MAX, u32::MAX).contains("18446744065119617025"));
    assert!(message(46341, 46341).contains(&MOST_CELLS.to_string()));
    assert!(Map::from_fn("huge", 1 << 31, 2, |_, _| panic!("must not be asked")).is_err());
}

/// FNV-1a as its authors describe it, one byte after the other.
fn fnv1a(bytes: impl IntoIterator<Item = u8>) -> u64 {
    let mut hash: u64 = 14_695_981_039_346_656_037;
    for byte in bytes {
        hash ^= u64::from(byte);
        hash = hash.wrapping_mul(1_099_511_628_211);
    }
    hash
}

#[test]
fn the_hash_is_fnv1a_of_size_and_cells() {
    // Published vector: http://www.isthe.com/chongo/src/fnv/test_fnv.c, FNV-1a of "foobar".
    assert_eq!(fnv1a(*b"foobar"), 0x8594_4171_f739_67e8);
    let map = Map::from_fn("dots", 3, 2, |x, y| (x + y) % 2 == 0).expect("the size is fine");
    assert_eq!(map.hash(), fnv1a([3, 0, 0, 0, 2, 0, 0, 0, 0b010_101, 0, 0, 0]));
    let turned = Map::from_fn("dots", 2, 3, |x, y| (x + 2 * y) % 2 == 0).expect("the size is fine");
    assert_eq!(turned.free_words(), map.free_words());
    assert_ne!(turned.hash(), map.hash(), "the size counts");
}
