//! Hash maps from small integers.
//!
//! The keys are chosen by the exchange itself, so there is no attacker to defend against, and no
//! result depends on the order of a map: the book only ever looks up single keys.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

pub(super) type KeyMap<K, V> = HashMap<K, V, BuildHasherDefault<KeyHasher>>;

/// 2⁶⁴ divided by the golden ratio: consecutive keys land far apart.
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;

/// One multiplication per key; the rotation brings the well mixed high bits down to where the map
/// takes its bucket from.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0.rotate_left(26)
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u32(&mut self, value: u32) {
        self.write_u64(u64::from(value));
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = self.0.wrapping_add(value).wrapping_mul(SPREAD);
    }
}
