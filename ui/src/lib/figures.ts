import type { Marker, Media, Second } from '../host';

export interface Series {
  key: 'mos' | 'loss' | 'remote' | 'jitter' | 'rtt' | 'buffer' | 'concealed' | 'in' | 'out';
  unit: '' | '%' | 'ms' | 'dBov';
  digits: number;
  of: (media: Media) => number | null;
}

const SERIES: Record<Series['key'], Series> = {
  mos: { key: 'mos', unit: '', digits: 2, of: (m) => m.mos_cq },
  loss: { key: 'loss', unit: '%', digits: 1, of: (m) => m.loss_percent },
  remote: { key: 'remote', unit: '%', digits: 1, of: (m) => m.remote_loss_percent },
  jitter: { key: 'jitter', unit: 'ms', digits: 1, of: (m) => m.jitter_ms },
  rtt: { key: 'rtt', unit: 'ms', digits: 0, of: (m) => m.rtt_ms },
  buffer: { key: 'buffer', unit: 'ms', digits: 0, of: (m) => m.buffer_ms },
  concealed: { key: 'concealed', unit: '%', digits: 1, of: (m) => m.concealed_percent },
  in: { key: 'in', unit: 'dBov', digits: 0, of: (m) => m.level_in_dbov },
  out: { key: 'out', unit: 'dBov', digits: 0, of: (m) => m.level_out_dbov },
};

export interface Chart {
  key: 'quality' | 'loss' | 'delay' | 'level';
  series: Series[];
  /** Fixed ends of the scale; `null` follows the values. */
  low: number | null;
  high: number | null;
}

/** The graphs of a call, in the order in which they are drawn. */
export const CHARTS: Chart[] = [
  { key: 'quality', series: [SERIES.mos], low: 1, high: 4.5 },
  { key: 'loss', series: [SERIES.loss, SERIES.remote, SERIES.concealed], low: 0, high: null },
  { key: 'delay', series: [SERIES.jitter, SERIES.rtt, SERIES.buffer], low: 0, high: null },
  { key: 'level', series: [SERIES.in, SERIES.out], low: -90, high: 0 },
];

/** Columns as uPlot takes them: seconds since the answer, then one column a series. */
export function columns(chart: Chart, seconds: readonly Second[]): (number | null)[][] {
  return [seconds.map((one) => one.at_ms / 1000), ...chart.series.map(({ of }) => seconds.map((one) => of(one.figures)))];
}

/** The path of a small line, in a box of that size; gaps stay gaps. */
export function sparkPath(values: readonly (number | null)[], width: number, height: number, low: number, high: number): string {
  const step = width / Math.max(1, values.length - 1);
  let pen = 'M';
  let path = '';
  values.forEach((value, at) => {
    if (value === null) {
      pen = 'M';
      return;
    }
    const share = (Math.min(high, Math.max(low, value)) - low) / (high - low);
    path += `${pen}${(at * step).toFixed(1)} ${(height - share * height).toFixed(1)}`;
    pen = 'L';
  });
  return path;
}

/** The newest seconds that fit; long calls keep an hour in the window, all of it in the history. */
export function keepNewest<T extends Second | Marker>(list: readonly T[], one: T, most = 3600): T[] {
  return list.length < most ? [...list, one] : [...list.slice(list.length - most + 1), one];
}

/** Lowest and mean MOS of a call. */
export function mosOf(seconds: readonly Second[]): { least: number | null; mean: number | null } {
  const all = seconds.flatMap(({ figures }) => (figures.mos_cq === null ? [] : [figures.mos_cq]));
  if (all.length === 0) return { least: null, mean: null };
  return { least: Math.min(...all), mean: all.reduce((sum, one) => sum + one, 0) / all.length };
}
