//! ITU-T G.711: PCMU (mu-law) and PCMA (A-law), by tables that are computed at compile time after
//! the compression of ITU-T G.191 (STL), which truncates 16-bit input to 14 and 13 bits.

use super::{Codec, CodecError, Spec};

/// PCMU, payload type 0.
pub static PCMU: Spec = Spec {
    name: "PCMU",
    payload_type: Some(0),
    clock_rate: 8000,
    sample_rate: 8000,
    channels: 1,
    ie: 0.0,
    bpl: BPL_WITH_APPENDIX_I,
    open: |_| Box::new(G711 { law: Law::Mu }),
};

/// PCMA, payload type 8.
pub static PCMA: Spec = Spec {
    name: "PCMA",
    payload_type: Some(8),
    clock_rate: 8000,
    sample_rate: 8000,
    channels: 1,
    ie: 0.0,
    bpl: BPL_WITH_APPENDIX_I,
    open: |_| Box::new(G711 { law: Law::A }),
};

/// The PCMU code of positive zero.
pub const PCMU_SILENCE: u8 = 0xff;
/// The PCMA code of the smallest positive value.
pub const PCMA_SILENCE: u8 = 0xd5;

/// The PCMU code of a 16-bit sample.
pub fn encode_mu(sample: i16) -> u8 {
    let index = usize::from((sample >> 2).cast_unsigned() & 0x3fff);
    MU_ENCODE.get(index).copied().unwrap_or(PCMU_SILENCE)
}

/// The 16-bit value of a PCMU code.
pub fn decode_mu(code: u8) -> i16 {
    MU_DECODE.get(usize::from(code)).copied().unwrap_or(0)
}

/// The PCMA code of a 16-bit sample.
pub fn encode_a(sample: i16) -> u8 {
    let index = usize::from((sample >> 4).cast_unsigned() & 0x0fff);
    A_ENCODE.get(index).copied().unwrap_or(PCMA_SILENCE)
}

/// The 16-bit value of a PCMA code.
pub fn decode_a(code: u8) -> i16 {
    A_DECODE.get(usize::from(code)).copied().unwrap_or(0)
}

/// G.113 appendix I, table I.4: Bpl of G.711 with the concealment of its appendix I, random loss.
const BPL_WITH_APPENDIX_I: f32 = 25.1;

#[derive(Clone, Copy)]
enum Law {
    A,
    Mu,
}

struct G711 {
    law: Law,
}

impl Codec for G711 {
    fn spec(&self) -> &'static Spec {
        match self.law {
            Law::A => &PCMA,
            Law::Mu => &PCMU,
        }
    }

    fn encode(&mut self, sound: &[i16], payload: &mut [u8]) -> Result<usize, CodecError> {
        let out = payload.get_mut(..sound.len()).ok_or(CodecError::Room)?;
        match self.law {
            Law::A => map(out, sound, encode_a),
            Law::Mu => map(out, sound, encode_mu),
        }
        Ok(sound.len())
    }

    fn decode(&mut self, payload: &[u8], sound: &mut [i16]) -> Result<usize, CodecError> {
        let out = sound.get_mut(..payload.len()).ok_or(CodecError::Room)?;
        match self.law {
            Law::A => map(out, payload, decode_a),
            Law::Mu => map(out, payload, decode_mu),
        }
        Ok(payload.len())
    }

    fn samples(&self, payload: &[u8]) -> usize {
        payload.len()
    }
}

/// One copy of the loop for each law, so that the tables are read in place.
fn map<From: Copy, To>(out: &mut [To], from: &[From], convert: impl Fn(From) -> To) {
    for (out, from) in out.iter_mut().zip(from) {
        *out = convert(*from);
    }
}

static MU_ENCODE: [u8; 0x4000] = mu_encode_table();
static MU_DECODE: [i16; 0x100] = mu_decode_table();
static A_ENCODE: [u8; 0x1000] = a_encode_table();
static A_DECODE: [i16; 0x100] = a_decode_table();

/// Indexed by the upper 14 bits of the sample, two's complement.
#[expect(clippy::indexing_slicing, reason = "evaluated at compile time")]
const fn mu_encode_table() -> [u8; 0x4000] {
    let mut table = [0; 0x4000];
    let mut index = 0;
    while index < 0x4000 {
        let negative = index & 0x2000 != 0;
        let magnitude = if negative { 0x3fff - index } else { index };
        let biased = if magnitude + 33 > 0x1fff { 0x1fff } else { magnitude + 33 };
        let mut segment = 0;
        while biased >> (segment + 6) != 0 {
            segment += 1;
        }
        let code = (segment << 4) | ((biased >> (segment + 1)) & 0x0f);
        let sign = if negative { 0x80 } else { 0 };
        table[index] = !((code | sign) as u8);
        index += 1;
    }
    table
}

#[expect(clippy::indexing_slicing, reason = "evaluated at compile time")]
const fn mu_decode_table() -> [i16; 0x100] {
    let mut table = [0; 0x100];
    let mut index = 0;
    while index < 0x100 {
        let code = !(index as u8) as i16;
        let mantissa = code & 0x0f;
        let segment = (code >> 4) & 0x07;
        let magnitude = (((mantissa << 1) + 33) << segment) - 33;
        table[index] = if code & 0x80 != 0 { -4 * magnitude } else { 4 * magnitude };
        index += 1;
    }
    table
}

/// Indexed by the upper 12 bits of the sample, two's complement.
#[expect(clippy::indexing_slicing, reason = "evaluated at compile time")]
const fn a_encode_table() -> [u8; 0x1000] {
    let mut table = [0; 0x1000];
    let mut index = 0;
    while index < 0x1000 {
        let negative = index & 0x800 != 0;
        let magnitude = if negative { 0xfff - index } else { index };
        let mut segment = 0;
        while magnitude >> (segment + 5) != 0 {
            segment += 1;
        }
        let code = if magnitude < 16 {
            magnitude
        } else {
            ((segment + 1) << 4) | ((magnitude >> segment) & 0x0f)
        };
        let sign = if negative { 0 } else { 0x80 };
        table[index] = ((code | sign) ^ 0x55) as u8;
        index += 1;
    }
    table
}

#[expect(clippy::indexing_slicing, reason = "evaluated at compile time")]
const fn a_decode_table() -> [i16; 0x100] {
    let mut table = [0; 0x100];
    let mut index = 0;
    while index < 0x100 {
        let code = (index as u8 ^ 0x55) as i16;
        let mantissa = code & 0x0f;
        let segment = (code >> 4) & 0x07;
        let magnitude = if segment == 0 {
            (mantissa << 4) + 8
        } else {
            ((mantissa << 4) + 0x108) << (segment - 1)
        };
        table[index] = if code & 0x80 != 0 { magnitude } else { -magnitude };
        index += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The decision values of G.711 table 2a (mu-law), 14-bit units, by the law's own formula:
    /// segments of 16 steps, step 2 in the first and doubling, the first half-step about zero.
    fn mu_decisions() -> Vec<i32> {
        let mut values = vec![0, 1];
        let mut step = 2;
        for segment in 0..8 {
            for _ in 0..(if segment == 0 { 15 } else { 16 }) {
                values.push(values[values.len() - 1] + step);
            }
            step *= 2;
        }
        values
    }

    /// The decision values of G.711 table 1a (A-law), 13-bit units.
    fn a_decisions() -> Vec<i32> {
        let mut values = vec![0];
        let mut step = 2;
        for segment in 0..8 {
            for _ in 0..16 {
                values.push(values[values.len() - 1] + step);
            }
            if segment > 0 {
                step *= 2;
            }
        }
        values
    }

    #[test]
    fn decision_values_end_where_the_tables_of_g711_end() {
        let mu = mu_decisions();
        assert_eq!((mu.len(), mu[16], mu[17], mu[112], mu[128]), (129, 31, 35, 4063, 8159));
        let a = a_decisions();
        assert_eq!((a.len(), a[32], a[33], a[112], a[128]), (129, 64, 68, 2048, 4096));
    }

    #[test]
    fn every_sample_is_coded_by_the_interval_it_lies_in() {
        let (mu, a) = (mu_decisions(), a_decisions());
        for sample in i16::MIN..=i16::MAX {
            // STL takes the one's complement of negative values: intervals are mirrored.
            let magnitude = i32::from(if sample < 0 { !sample } else { sample });
            let step = |values: &[i32], unit: i32| {
                values[1..128].iter().filter(|v| **v * unit <= magnitude).count() as u8
            };
            let sign = if sample < 0 { 0 } else { 0x80 };
            assert_eq!(encode_mu(sample), sign | (0x7f - step(&mu, 4)), "{sample}");
            assert_eq!(encode_a(sample), (sign | step(&a, 8)) ^ 0x55, "{sample}");
        }
    }

    #[test]
    fn every_code_is_the_middle_of_its_interval() {
        let (mu, a) = (mu_decisions(), a_decisions());
        for n in 0..128_usize {
            let middle = if n == 0 { 0 } else { (mu[n] + mu[n + 1]) * 2 };
            assert_eq!(i32::from(decode_mu(0xff - n as u8)), middle);
            assert_eq!(i32::from(decode_mu(0x7f - n as u8)), -middle);
            let middle = (a[n] + a[n + 1]) * 4;
            assert_eq!(i32::from(decode_a((0x80 | n as u8) ^ 0x55)), middle);
            assert_eq!(i32::from(decode_a(n as u8 ^ 0x55)), -middle);
        }
    }

    #[test]
    fn a_second_coding_changes_nothing() {
        for code in 0..=255_u8 {
            // Negative zero is the one code that zero does not come back to.
            let again = if code == 0x7f { 0xff } else { code };
            assert_eq!(encode_mu(decode_mu(code)), again);
            assert_eq!(encode_a(decode_a(code)), code);
        }
    }

    #[test]
    fn signs_and_silence_are_right() {
        assert_eq!(encode_mu(0), PCMU_SILENCE);
        assert_eq!(encode_a(0), PCMA_SILENCE);
        assert_eq!(decode_mu(PCMU_SILENCE), 0);
        assert_eq!(decode_a(PCMA_SILENCE), 8);
        assert_eq!((encode_mu(i16::MAX), encode_mu(i16::MIN)), (0x80, 0x00));
        assert_eq!((encode_a(i16::MAX), encode_a(i16::MIN)), (0xaa, 0x2a));
        assert_eq!((decode_mu(0x80), decode_mu(0x00)), (32124, -32124));
        assert_eq!((decode_a(0xaa), decode_a(0x2a)), (32256, -32256));
    }

    #[test]
    fn the_digital_milliwatt_is_0_dbm0() {
        // G.711 tables 5 and 6: one period of 1000 Hz at 0 dBm0.
        let mu = [0x1e, 0x0b, 0x0b, 0x1e, 0x9e, 0x8b, 0x8b, 0x9e].map(decode_mu);
        let a = [0x34, 0x21, 0x21, 0x34, 0xb4, 0xa1, 0xa1, 0xb4].map(decode_a);
        for period in [mu, a] {
            let power = period.iter().map(|s| f32::from(*s).powi(2)).sum::<f32>() / 8.0;
            let dbov = 10.0 * (power / 32768.0_f32.powi(2)).log10();
            assert!((dbov - crate::level::DBM0_IN_DBOV).abs() < 0.05, "{dbov}");
        }
    }

    #[test]
    fn short_buffers_are_refused_untouched() {
        let mut codec = PCMU.open(None);
        let mut payload = [7; 3];
        assert_eq!(codec.encode(&[1; 4], &mut payload), Err(CodecError::Room));
        assert_eq!(payload, [7; 3]);
        assert_eq!(codec.decode(&[1; 4], &mut [0; 3]), Err(CodecError::Room));
        assert_eq!(codec.decode(&[], &mut []), Ok(0));
    }
}
