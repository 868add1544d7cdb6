//! What the echo canceller AEC3 is set to, in Rust and in C++ alike. Settings by WebRTC's own names: theirs
//! trust the filter for 6 dB at the most, and mute whatever the far end's sound may hide in, so that who
//! speaks at the same time is cut to pieces. docs/benchmarks/echo.md has the figures of both.

/// Sets what differs from WebRTC's, in a configuration of either.
macro_rules! settle {
    ($settings:expr) => {{
        use $crate::voice::aec3::{ALONE, BOTH, DECAY, TAIL, TRUST};
        let settings = $settings;
        settings.filter.refined.length_blocks = TAIL;
        settings.filter.coarse.length_blocks = TAIL;
        (settings.erle.max_l, settings.erle.max_h) = TRUST;
        settings.ep_strength.default_len = DECAY;
        settings.ep_strength.nearend_len = DECAY;
        for (tuning, [low, high]) in [
            (&mut settings.suppressor.normal_tuning, ALONE),
            (&mut settings.suppressor.nearend_tuning, BOTH),
        ] {
            (tuning.mask_lf.enr_transparent, tuning.mask_lf.enr_suppress) = low;
            (tuning.mask_hf.enr_transparent, tuning.mask_hf.enr_suppress) = high;
        }
    }};
}

pub(super) use settle;

/// Length of the filter, blocks of 4 ms: as long as an echo is heard in a room.
pub(super) const TAIL: usize = 40;
/// By how much the filter is believed to lower the echo's power, in the lower and the upper half of its
/// band.
pub(super) const TRUST: (f32, f32) = (100.0, 30.0);
/// By how much the tail beyond the filter dies with each block.
pub(super) const DECAY: f32 = 0.45;
/// From which ratio of the echo that is left to the near end on, in power, sound is lowered, and from
/// which on it is muted: below 625 Hz, and above 1 kHz. While the far end speaks alone.
pub(super) const ALONE: [(f32, f32); 2] = [(0.4, 0.5), (0.9, 1.1)];
/// The same while both speak.
pub(super) const BOTH: [(f32, f32); 2] = [(2.8, 3.2), (6.0, 7.0)];
