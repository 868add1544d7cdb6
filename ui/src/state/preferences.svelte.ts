import type { Device, DeviceNews, Host, Look, Role, Settings } from '../host';
import { pretty } from '../lib/numbers';
import { sentence } from './calls.svelte';

export const FIRST: Settings = {
  look: 'system', country: null, devices: { microphone: null, speaker: null, ring: null },
  volumes: { microphone: 100, speaker: 100, ring: 100 }, codecs: [],
  shortcuts: {}, global_hot_keys: false, autostart: false, language: null,
  cleaning: { echo: true, noise: 'moderate', gain: true }, profiles: [], numbers: {}, ringtones: {}, agreed: [], dids: {}, trunk: null, asks_at_start: false, first_run_done: false, missed_seen_ms: 0,
};

/** Settings and devices; each change is kept at once. */
export class Preferences {
  now = $state<Settings>(FIRST);
  devices = $state<Device[]>([]);
  /** For which nothing could be opened in a call. */
  missing = $state<Role[]>([]);
  trouble = $state<string | null>(null);
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
  }

  async change(part: Partial<Settings>): Promise<void> {
    Object.assign(this.now, part);
    if (part.look) showLook(part.look);
    try {
      await this.#host.saveSettings($state.snapshot(part) as Partial<Settings>);
      this.trouble = null;
    } catch (error) {
      this.trouble = sentence(error);
    }
  }

  device(role: Role, id: string | null): Promise<void> {
    return this.change({ devices: { ...this.now.devices, [role]: id } });
  }

  volume(role: Role, percent: number): Promise<void> {
    return this.change({ volumes: { ...this.now.volumes, [role]: percent } });
  }

  /** One of our numbers for the eye, behind its label. */
  own(number: string): string {
    const label = this.now.numbers[number]?.label;
    return label ? `${label} · ${pretty(number)}` : pretty(number);
  }

  /** Calls have nothing for a role, whatever is listed. */
  hear(news: DeviceNews): void {
    if (news.news === 'missing' || news.news === 'moved') {
      this.missing = [...this.missing.filter((role) => role !== news.role), ...(news.news === 'missing' ? [news.role] : [])];
    }
  }

  /** There is nothing for a role that can be used. */
  lacks(role: Role): boolean {
    return this.missing.includes(role) || this.present(role).length === 0;
  }

  /** The devices of a role that are there. */
  present(role: Role): Device[] {
    return this.devices.filter((one) => one.role === role && one.present);
  }
}

/** Sets the look on the document; `system` follows the system while the window is open. */
export function showLook(look: Look): void {
  const ask = (query: string) => window.matchMedia?.(query);
  const dark = ask('(prefers-color-scheme: dark)');
  const contrast = ask('(prefers-contrast: more)');
  const draw = () => {
    const system = contrast?.matches ? 'contrast' : dark?.matches ? 'dark' : 'light';
    document.documentElement.dataset.look = look === 'system' ? system : look;
    document.documentElement.dataset.ground = dark?.matches ? 'dark' : 'light';
  };
  draw();
  for (const query of [dark, contrast]) if (query) query.onchange = draw;
}
