//! Seeded random numbers and the few floating-point conversions, bit for bit the same everywhere.
//!
//! Only `+ - * /` and square roots (exact by IEEE 754) and the software functions of `libm` are
//! used, never the platform's own `exp`, `ln` or `cos`.

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use rust_decimal::Decimal;

/// What a stream of random numbers is for; streams of different purpose never overlap.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose {
    DailyPath,
    TimedPath,
    SessionVolume,
    ProcessPrice,
    ProcessVolume,
}

impl Purpose {
    fn number(self) -> u64 {
        match self {
            Self::DailyPath => 1,
            Self::TimedPath => 2,
            Self::SessionVolume => 3,
            Self::ProcessPrice => 4,
            Self::ProcessVolume => 5,
        }
    }
}

/// One stream of random numbers.
#[derive(Clone, Debug)]
pub(super) struct Noise {
    generator: ChaCha8Rng,
    spare: Option<f64>,
}

impl Noise {
    /// The stream that belongs to a seed, a purpose, a symbol and a moment (days or microseconds
    /// since 1970, or 0), and to nothing else.
    pub(super) fn new(seed: u64, purpose: Purpose, symbol: &str, moment: i64) -> Self {
        let words = [
            seed.to_le_bytes(),
            purpose.number().to_le_bytes(),
            fnv1a(symbol).to_le_bytes(),
            moment.to_le_bytes(),
        ];
        let mut key = [0_u8; 32];
        for (target, byte) in key.iter_mut().zip(words.iter().flatten()) {
            *target = *byte;
        }
        Self {
            generator: ChaCha8Rng::from_seed(key),
            spare: None,
        }
    }

    /// A whole number in `0..bound`; 0 for a bound of 0.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        // The bias of the remainder is below one in 2^44 for every bound used here.
        self.generator.next_u64().checked_rem(bound).unwrap_or(0)
    }

    /// A number in `0..1` with 53 random bits.
    fn uniform(&mut self) -> f64 {
        let high = f64::from(self.generator.next_u32() >> 5);
        let low = f64::from(self.generator.next_u32() >> 6);
        (high * 67_108_864.0 + low) / 9_007_199_254_740_992.0
    }

    /// A standard normal number, by the Box–Muller transform.
    pub(super) fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.uniform()));
        let angle = std::f64::consts::TAU * self.uniform();
        self.spare = Some(radius * libm::sin(angle));
        radius * libm::cos(angle)
    }
}

/// The 64-bit FNV-1a hash: fixed by definition, unlike the standard library's hasher.
fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// The nearest whole number; beyond the range of `i64`, its end; 0 for NaN.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the cast saturates, as documented"
)]
pub(super) fn round(value: f64) -> i64 {
    libm::round(value) as i64
}

/// The nearest `f64`.
#[expect(
    clippy::cast_precision_loss,
    reason = "the noise needs no more than 53 bits"
)]
pub(super) fn float(value: i64) -> f64 {
    value as f64
}

/// The `f64` near a decimal, within two roundings.
#[expect(
    clippy::cast_precision_loss,
    reason = "the noise needs no more than 53 bits"
)]
pub(super) fn decimal_float(value: Decimal) -> f64 {
    // The powers of ten up to 10^22 are exact in f64, so one rounding at most is added per step.
    let divisor = (0..value.scale()).fold(1.0_f64, |power, _| power * 10.0);
    value.mantissa() as f64 / divisor
}
