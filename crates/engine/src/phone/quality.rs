//! The figures of a session in the words of the interface.

use milliwatt_media::session::{self, Quality};

use crate::api::{Media, OneWay};

/// Figures of one second or of a whole call. What is not known is `None`, never 0.
pub(super) fn figures(q: &Quality) -> Media {
    let expected = q.received.saturating_add(q.lost);
    let heard = q.received > 0;
    let if_heard = |value: f32| heard.then(|| f64::from(value));
    Media {
        sent: q.sent,
        received: q.received,
        lost: q.lost,
        late: q.late,
        duplicated: q.duplicated,
        reordered: q.reordered,
        loss_percent: (expected > 0).then(|| 100.0 * q.lost as f64 / expected as f64),
        longest_loss: q.longest_loss,
        longest_gap_ms: heard.then_some(q.longest_gap.as_secs_f64() * 1000.0),
        burst_ratio: if_heard(q.burst_ratio),
        burst_density_percent: if_heard(q.burst_percent),
        gap_density_percent: if_heard(q.gap_percent),
        jitter_ms: if_heard(q.jitter_ms),
        jitter_max_ms: if_heard(q.jitter_max_ms),
        remote_loss_percent: q.remote_loss_percent.map(f64::from),
        remote_jitter_ms: q.remote_jitter_ms.map(f64::from),
        rtt_ms: q.rtt_ms.map(f64::from),
        buffer_ms: if_heard(q.buffer_ms),
        concealed_percent: if_heard(q.concealed_percent),
        r_factor: q.r_factor.map(f64::from),
        mos_cq: q.mos_cq.map(f64::from),
        mos_lq: q.mos_lq.map(f64::from),
        level_in_dbov: q.level_in_dbov.map(f64::from),
        level_out_dbov: q.level_out_dbov.map(f64::from),
        clipped_percent: if_heard(q.clipped_percent),
        silence_percent: if_heard(q.silence_percent),
        drift_ppm: q.drift_ppm.map(f64::from),
        one_way: q.one_way.map(|one_way| match one_way {
            session::OneWay::Both => OneWay::Both,
            session::OneWay::In => OneWay::In,
            session::OneWay::Out => OneWay::Out,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_is_none_and_loss_is_a_share_of_what_was_expected() {
        let nothing = figures(&Quality::default());
        assert_eq!(
            (nothing.loss_percent, nothing.jitter_ms, nothing.buffer_ms),
            (None, None, None)
        );
        let some =
            figures(&Quality { received: 99, lost: 1, jitter_ms: 1.5, ..Quality::default() });
        assert_eq!((some.loss_percent, some.jitter_ms), (Some(1.0), Some(1.5)));
    }
}
