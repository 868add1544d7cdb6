import { getContext, setContext } from 'svelte';
import type { CallId, Event, Host, Kept, Settings, ShellEvent, Start } from '../host';
import { speak } from '../i18n';
import { coalesce } from '../lib/coalesce';
import { knowEmergencies } from '../lib/emergency';
import { deviceWords } from '../lib/device-words';
import { putBack, type SoundDevices } from '../lib/devices';
import { SHOWN } from '../lib/notices';
import { dayStart } from '../lib/time';
import { Book } from './book.svelte';
import { Calls, sentence } from './calls.svelte';
import { Checks } from './checks.svelte';
import { Dialler } from './dialler.svelte';
import { Lines } from './lines.svelte';
import { act } from './keyboard';
import { LiveCall } from './live-call.svelte';
import { Log } from './log.svelte';
import { FIRST, Preferences, showLook } from './preferences.svelte';
import { Route } from './route.svelte';

const KEY = Symbol('app');
/** Level meters move at most ten times a second. */
const METER_MS = 100;

/** All state of the window, fed by the host's events. */
export class App {
  readonly calls: Calls;
  readonly lines: Lines;
  readonly book: Book;
  readonly log: Log;
  readonly preferences: Preferences;
  readonly dialler: Dialler;
  readonly checks: Checks;
  readonly route = new Route();
  version = $state('');
  codecs = $state<string[]>([]);
  online = $state(true);
  /** One sentence at the top of the window. */
  warning = $state<string | null>(null);
  /** How passwords are kept; `null` when nothing is to be asked. */
  kept = $state<Kept | null>(null);
  readonly asksPasswords = $derived(this.kept !== null && (this.kept.lacking.length > 0 || this.kept.place === 'closed' || this.kept.place === 'undecided'));
  /** One sentence for a few seconds. */
  toast = $state<string | null>(null);
  /** The choice of devices that a toast offers to go back to, and how it was before. */
  undo = $state.raw<{ toast: string; devices: Settings['devices']; before: SoundDevices } | null>(null);
  showShortcuts = $state(false);
  /** The support bundle is looked at. */
  support = $state(false);
  /** In a narrow window: the dial field stands in front of the call, for another one. */
  adding = $state(false);
  /** A shortcut is being rebound: keys do nothing else. */
  recordingKeys = $state(false);
  /** The drawer of graphs is open. */
  graphs = $state(false);
  /** How loud the microphone hears the room while it is tried, dBov. */
  room = $state(-100);
  clock = $state(Date.now());
  /** Midnight at its beginning. */
  readonly today = $derived(dayStart(this.clock));
  /** Rises with each change of language; the window is drawn anew. */
  spoken = $state(0);
  /** The language was changed just now, in the settings. */
  justSpoke = false;
  /** What was told while the state of the phone is asked for. */
  #early: (() => void)[] | null = null;
  #levels = coalesce<CallId, { in_dbov: number; out_dbov: number }>(METER_MS, (all) => {
    for (const [id, levels] of all) {
      const call = this.calls.named(id);
      if (call) call.levels = levels;
    }
  });

  constructor(readonly host: Host) {
    this.lines = new Lines(host);
    this.calls = new Calls(host, this.lines);
    this.book = new Book(host);
    this.log = new Log(host);
    this.preferences = new Preferences(host);
    this.checks = new Checks(host);
    this.dialler = new Dialler(this.calls, this.lines, this.book, this.preferences);
  }

  async load(): Promise<void> {
    this.host.onEvent((event) => this.#then(() => this.take(event)));
    this.host.onShell((event) => (event.shell === 'link' ? this.shell(event) : this.#then(() => this.shell(event))));
    // What takes longer says on its screens that it is still being read.
    void this.book.load();
    void this.log.load();
    await this.#sync(true);
    setInterval(() => (this.clock = Date.now()), 1000);
    // A keyring may take its time: nobody waits for it.
    void this.attempt(this.host.keptPasswords().then((kept) => (this.kept = kept)));
  }

  /** Asks for the state of the phone; what it tells meanwhile is taken after that. */
  async #sync(first = false): Promise<void> {
    const early: (() => void)[] = [];
    this.#early = early;
    const known = this.calls.list.map((call) => call.id);
    try {
      const start = await this.host.start();
      this.version = start.version;
      this.codecs = start.codecs;
      this.online = start.online;
      this.preferences.now = { ...FIRST, ...start.settings };
      this.preferences.devices = start.devices;
      showLook(start.settings.look);
      knowEmergencies(start.emergency);
      this.lines.load(start.trunks);
      const told = start.calls.map((call) => LiveCall.running(call));
      // One that was placed meanwhile may not be among them.
      this.calls.list = [...told, ...this.calls.list.filter(({ id }) => !known.includes(id) && !told.some((call) => call.id === id))];
      if (first) this.#come(start);
    } finally {
      this.#early = null;
      for (const act of early) this.#then(act);
    }
  }

  /** Shows what the last window showed. */
  #come({ left, settings, trunks, warning }: Start): void {
    this.warning = warning;
    this.calls.selectedId = this.calls.talking.find((call) => !call.held)?.id ?? null;
    // A link that came before the state is what the user wants.
    this.dialler.text ||= left.dial;
    this.graphs = left.graphs;
    if (!location.hash) this.route.read((location.hash = left.hash));
    if (trunks.length === 0 && !settings.first_run_done && this.dialler.text === '') this.route.go('welcome');
  }

  /** Does it as soon as the state of the phone is known. */
  #then(act: () => void): void {
    if (this.#early) this.#early.push(act);
    else act();
  }

  /** Waits for what a person asked for, and tells a refusal. */
  attempt(asked: Promise<unknown>): Promise<unknown> {
    return asked.catch((error: unknown) => (this.toast = sentence(error)));
  }

  take(event: Event): void {
    this.lines.take(event);
    this.calls.take(event);
    if (event.event === 'notice') {
      if (event.kind === 'events-missed') void this.attempt(this.#sync().then(() => this.log.load()));
      else if (event.call === null || SHOWN.includes(event.kind)) this.warning = event.text;
    }
    if (event.event === 'ended') {
      void this.log.load();
      // The next one tries its devices anew.
      if (this.calls.list.length === 0) this.preferences.missing = [];
    }
  }

  /** Speaks another language from now on; `null` is that of the system. */
  async say(language: string | null): Promise<void> {
    await Promise.all([this.preferences.change({ language }), speak(language)]);
    this.checks.forget();
    this.justSpoke = true;
    this.spoken += 1;
  }

  /** Starts the carrier in a box and calls its echo. */
  async tryNow(): Promise<void> {
    const started = this.host.tryNow();
    await this.lines.add(started.then(({ line }) => line));
    const { line, echo } = await started;
    // A call that came or was placed meanwhile is not put on hold for a trial.
    if (this.calls.list.length > 0) return;
    this.route.go('phone');
    await this.calls.dial(echo, line.settings.trunk.name, line.settings.numbers.dids[0] ?? null, null);
  }

  /** Shows the SIP messages of a call, else of the last one, else all. */
  async showMessages(call: LiveCall | null): Promise<void> {
    const id = call === null ? this.log.recent[0]?.call_id : (call.callId ?? (await this.host.sipCallId(call.id)));
    this.route.go('trace', id ?? null);
  }

  shell(event: ShellEvent): void {
    switch (event.shell) {
      case 'levels':
        this.#levels.put(event.call, event);
        break;
      case 'devices': {
        const last = { devices: this.preferences.devices, chosen: this.preferences.now.devices };
        // One change may come in several pieces of news.
        const before = this.undo !== null && this.undo.toast === this.toast ? this.undo.before : last;
        const devices = putBack(before, event);
        this.preferences.devices = event.devices;
        this.preferences.now.devices = event.chosen;
        // What a tone lacks is nothing to a call that is yet to come.
        if (this.calls.list.length > 0) event.news.forEach((news) => this.preferences.hear(news));
        if (event.news.length > 0) {
          this.toast = event.news.map(deviceWords).join(' ');
          this.calls.selected?.mark('device', this.toast);
          this.undo = devices && { toast: this.toast, devices, before };
        }
        break;
      }
      case 'dialled':
        this.calls.placed(event.call, event.trunk, event.number);
        break;
      case 'key':
        act(this, event.action);
        break;
      case 'line':
        this.lines.put(event.line);
        break;
      case 'link':
        if (this.dialler.fill(event.uri)) this.route.go('phone');
        break;
      case 'network':
        this.online = event.online;
        this.toast = event.text;
        for (const call of this.calls.talking) call.mark('network', event.text);
        break;
      case 'room':
        this.room = event.dbov;
        break;
      case 'recording': {
        const call = this.calls.named(event.call);
        if (call) call.recording = event.on;
      }
    }
  }
}

export function provide(app: App): void {
  setContext(KEY, app);
}

export function useApp(): App {
  return getContext<App>(KEY);
}
