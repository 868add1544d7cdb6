//! All chance of the agent: one seeded generator, given at construction.

use std::time::Duration;

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

/// Draws tags, branches, Call-IDs, cnonces, weights and back-off times.
///
/// The same seed gives the same conversation, octet for octet.
#[derive(Debug, Clone)]
pub struct Chance(ChaCha20Rng);

impl Chance {
    /// Starts the generator from 32 octets; outside tests they come from the system's own source.
    pub fn new(seed: [u8; 32]) -> Self {
        Self(ChaCha20Rng::from_seed(seed))
    }

    /// A number below `bound`; 0 when `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        // The high half of the product is within one part in 2^64 of uniform.
        let wide = u128::from(self.0.next_u64()) * u128::from(bound);
        u64::try_from(wide >> 64).unwrap_or(0)
    }

    /// A time from `low` to `high`, in whole milliseconds; `low` when `high` is not above it.
    pub fn between(&mut self, low: Duration, high: Duration) -> Duration {
        let span = high.saturating_sub(low).as_millis();
        let span = u64::try_from(span).unwrap_or(u64::MAX).saturating_add(1);
        low + Duration::from_millis(self.below(span))
    }

    /// `octets` random octets as lower-case hexadecimal digits: twice as many characters.
    pub fn token(&mut self, octets: usize) -> String {
        let mut token = String::with_capacity(octets.saturating_mul(2));
        let mut word = 0;
        for at in 0..octets {
            if at % 8 == 0 {
                word = self.0.next_u64();
            }
            for nibble in [word & 15, (word >> 4) & 15] {
                let digit = u32::try_from(nibble).ok().and_then(|n| char::from_digit(n, 16));
                token.push(digit.unwrap_or('0'));
            }
            word >>= 8;
        }
        token
    }

    /// A tag with more than the 32 random bits that RFC 3261 §19.3 asks for.
    pub fn tag(&mut self) -> String {
        self.token(8)
    }

    /// A Call-ID as RFC 3261 §8.1.1.4 recommends it, without a word of this host.
    pub fn call_id(&mut self) -> String {
        let host = self.token(4);
        format!("{}@{host}", self.token(12))
    }

    /// A branch with the magic cookie of RFC 3261 §8.1.1.7.
    pub fn branch(&mut self) -> String {
        format!("z9hG4bK{}", self.token(10))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same() {
        let (mut a, mut b) = (Chance::new([7; 32]), Chance::new([7; 32]));
        assert_eq!(a.branch(), b.branch());
        assert_eq!(a.token(5).len(), 10);
        assert_ne!(a.tag(), a.tag());
    }

    #[test]
    fn numbers_stay_in_their_bounds() {
        let mut chance = Chance::new([1; 32]);
        let (low, high) = (Duration::from_millis(2100), Duration::from_millis(4000));
        let mut seen = [0u32; 10];
        for _ in 0..10_000 {
            let drawn = chance.between(low, high);
            assert!(low <= drawn && drawn <= high);
            seen[usize::try_from(chance.below(10)).unwrap()] += 1;
        }
        assert!(seen.iter().all(|&n| (850..1150).contains(&n)), "{seen:?}");
        assert_eq!(chance.below(0), 0);
    }
}
