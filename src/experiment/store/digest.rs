//! The digest by which damage is noticed.

/// FNV-1a of 64 bits (Fowler, Noll, Vo; RFC 9923) of several pieces, one after the other.
pub fn digest<const N: usize>(pieces: [&[u8]; N]) -> u64 {
    pieces.iter().flat_map(|piece| piece.iter()).fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::digest;

    /// The test vectors of RFC 9923 (and of the authors' page).
    #[test]
    fn the_published_vectors() {
        assert_eq!(digest([b""]), 0xcbf2_9ce4_8422_2325);
        assert_eq!(digest([b"a"]), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(digest([b"foo", b"bar"]), 0x8594_4171_f739_67e8);
        assert_ne!(digest([b"bar", b"foo"]), digest([b"foo", b"bar"]));
    }
}
