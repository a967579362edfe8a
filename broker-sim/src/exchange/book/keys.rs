//! Hash maps of the exchange.
//!
//! In a simulator there is no attacker to defend against, and no result depends on the order of a
//! map: only single keys are looked up, or what is found is sorted.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

pub(in crate::exchange) type KeyMap<K, V> = HashMap<K, V, BuildHasherDefault<KeyHasher>>;

/// 2⁶⁴ divided by the golden ratio: consecutive keys land far apart.
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;

/// One multiplication per word, whose high half is folded onto the low one: every bit of the word
/// reaches the bits from which the map takes its bucket.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::exchange) struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.write_u64(u64::from_le_bytes(*word));
        }
        for byte in rest {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
        if !rest.is_empty() {
            self.write_u64(0);
        }
    }

    fn write_u8(&mut self, value: u8) {
        self.write_u64(u64::from(value));
    }

    fn write_u32(&mut self, value: u32) {
        self.write_u64(u64::from(value));
    }

    fn write_u64(&mut self, value: u64) {
        let product = u128::from(self.0 ^ value ^ SPREAD) * u128::from(SPREAD);
        let [low, high] = halves(product);
        self.0 = low ^ high;
    }

    fn write_usize(&mut self, value: usize) {
        self.write_u64(value as u64);
    }
}

/// The low and the high half of a product.
const fn halves(product: u128) -> [u64; 2] {
    const LOW: u128 = u64::MAX as u128;
    [(product & LOW) as u64, (product >> 64) as u64]
}
