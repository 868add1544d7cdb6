import type { Second } from '../store';
import type { Media } from '../types';

/** A repeatable chance (mulberry32). */
export function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export type Weather = 'fine' | 'lossy' | 'silent' | 'their-loss';

export const NO_MEDIA: Media = {
  sent: 0, received: 0, lost: 0, late: 0, duplicated: 0, reordered: 0, loss_percent: null, jitter_ms: null,
  remote_loss_percent: null, remote_jitter_ms: null, rtt_ms: null, buffer_ms: null, concealed_percent: null,
  r_factor: null, mos_cq: null, mos_lq: null, level_in_dbov: null, level_out_dbov: null, one_way: null,
  longest_loss: 0, longest_gap_ms: null, burst_ratio: null, burst_density_percent: null, gap_density_percent: null, jitter_max_ms: null,
  clipped_percent: null, silence_percent: null, drift_ppm: null,
};

/** One second of a call in that weather. */
export function second(random: () => number, weather: Weather, muted: boolean): Media {
  if (weather === 'silent') return { ...NO_MEDIA, sent: 50, level_in_dbov: -100, level_out_dbov: muted ? -100 : -24, one_way: 'in' };
  const burst = random() < 0.12;
  const loss = weather === 'lossy' ? 4 + random() * 9 : burst ? random() * 1.2 : 0;
  const jitter = (weather === 'lossy' ? 18 : 2.2) + random() * (weather === 'lossy' ? 16 : 2.4);
  const rtt = 38 + random() * 8;
  const r = Math.max(10, 93.2 - loss * 4.1 - Math.max(0, jitter - 10) * 0.4);
  const mos = 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6;
  const lost = Math.round((loss / 100) * 50);
  return {
    ...NO_MEDIA,
    sent: 50,
    received: 50 - lost,
    lost,
    loss_percent: loss,
    jitter_ms: jitter,
    remote_loss_percent: weather === 'their-loss' ? 16 + random() * 4 : random() * 0.4,
    remote_jitter_ms: 2 + random() * 2,
    rtt_ms: rtt,
    buffer_ms: 40 + jitter * 1.4,
    concealed_percent: loss * 0.9,
    r_factor: r,
    mos_cq: Math.min(4.41, mos),
    mos_lq: Math.min(4.41, mos + 0.03),
    level_in_dbov: random() < 0.25 ? -62 : -20 - random() * 14,
    level_out_dbov: muted ? -100 : random() < 0.3 ? -58 : -22 - random() * 12,
  };
}

/** The seconds of a call that is over or under way. */
export function seconds(count: number, seed: number, weather: Weather = 'fine'): Second[] {
  const random = chance(seed);
  return Array.from({ length: count }, (_, at) => ({ at_ms: (at + 1) * 1000, figures: second(random, weather, false) }));
}
