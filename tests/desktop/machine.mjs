// A desktop of its own for each test: a screen, a session bus, a keyring, a home. Everything that was
// started is ended by its process id.
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

export const NEEDED = ['localedef', 'Xvfb', 'dbus-daemon', 'dbus-send', 'gnome-keyring-daemon', 'WebKitWebDriver'];

/** What localedef makes a locale of. */
const LOCALES = '/usr/share/i18n/locales';

/** Where programs are looked for; servers are not on the path of everybody. */
const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;

/** What is missing here of a desktop and of these programs, by name. */
export function missing(programs) {
  const gone = [...NEEDED, ...programs].filter((name) => spawnSync('sh', ['-c', `command -v ${name}`], { env: { PATH } }).status !== 0);
  return existsSync(LOCALES) ? gone : [...gone, LOCALES];
}

/** The program that is tested. */
export const binary = () => built('MILLIWATT_DESKTOP');

/** The command line program, which plays far ends. */
export const cli = () => built('MILLIWATT_CLI');

function built(variable) {
  const path = process.env[variable];
  if (!path) throw new Error(`${variable} names no program: scripts/test builds and names it`);
  return path;
}

const BUS = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
`;

export class Machine {
  #started = [];
  #disks = [];

  /** `keyring`: the session has one; `cards`: the sound cards of this computer can be found, where there is no sound server. */
  static async start(language, having = {}) {
    const machine = new Machine();
    try {
      await machine.#begin(language, having);
    } catch (error) {
      await machine.end();
      throw error;
    }
    return machine;
  }

  async #begin(language, { keyring = true, cards = true }) {
    this.home = mkdtempSync(join(tmpdir(), 'milliwatt-desktop-'));
    const folder = (name) => {
      const path = join(this.home, name);
      mkdirSync(path, { mode: 0o700 });
      return path;
    };
    this.data = folder('data');
    const locales = folder('locales');
    if (/^[a-z]+_/.test(language)) {
      // Of the test's own: few machines have more than that of their owner.
      const [name, charset] = language.split('.');
      const made = spawnSync('localedef', ['-i', name, '-f', charset, join(locales, language)], { encoding: 'utf8' });
      if (made.status !== 0) throw new Error(`no locale ${language}: ${made.stderr}`);
    }
    this.env = {
      PATH, HOME: this.home, LANG: language, LC_ALL: language, LOCPATH: locales, TAURI_WEBVIEW_AUTOMATION: 'true',
      XDG_DATA_HOME: folder('share'), XDG_CONFIG_HOME: folder('config'), XDG_CACHE_HOME: folder('cache'), XDG_RUNTIME_DIR: folder('run'),
      MILLIWATT_CONFIG_DIR: folder('settings'), MILLIWATT_DATA_DIR: this.data, MILLIWATT_LOG: 'warn,pulseaudio=off', NO_AT_BRIDGE: '1',
      GDK_BACKEND: 'x11',
      // Nobody answers there unless a test starts a sound server: the one of this computer is left alone.
      PULSE_SERVER: `unix:${join(this.home, 'sound')}`, PULSE_COOKIE: join(this.home, 'sound-cookie'),
    };
    if (!cards) {
      // By an empty configuration ALSA knows no card, and no plug-in that stands for one.
      this.env.ALSA_CONFIG_PATH = join(this.home, 'alsa.conf');
      writeFileSync(this.env.ALSA_CONFIG_PATH, '');
    }
    const screen = this.spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x800x24', '-nolisten', 'tcp', '-fbdir', folder('screen')], { extra: 'pipe' });
    // What can be seen, as a file in the format of xwd.
    this.picture = join(this.home, 'screen', 'Xvfb_screen0');
    this.env.DISPLAY = `:${await firstLine(screen.stdio[3])}`;
    // A bus that starts no service by itself, such as the keyring of who runs the tests.
    const bare = join(this.home, 'bus.conf');
    writeFileSync(bare, BUS);
    const bus = this.spawn('dbus-daemon', [`--config-file=${bare}`, '--nofork', '--print-address=1'], { out: 'pipe' });
    this.env.DBUS_SESSION_BUS_ADDRESS = await firstLine(bus.stdout);
    if (keyring) await this.#keyring();
    const port = await freePort();
    this.driver = `http://127.0.0.1:${port}`;
    this.spawn('WebKitWebDriver', [`--port=${port}`, '--host=127.0.0.1']);
    await until('the driver answers', async () => (await fetch(`${this.driver}/status`)).ok);
  }

  async #keyring() {
    this.keyring = this.spawn('gnome-keyring-daemon', ['--foreground', '--unlock', '--components=secrets'], { in: 'pipe' });
    this.keyring.stdin.end('of the keyring');
    const asked = ['--session', '--print-reply', '--dest=org.freedesktop.DBus', '/', 'org.freedesktop.DBus.NameHasOwner', 'string:org.freedesktop.secrets'];
    await until('there is a keyring', () => spawnSync('dbus-send', asked, { env: this.env, encoding: 'utf8' }).stdout.includes('true'));
  }

  /** Starts a program on this desktop. */
  spawn(program, args, { in: input = 'ignore', out = 'ignore', err = 'inherit', extra = 'ignore', env = {} } = {}) {
    const child = spawn(program, args, { env: { ...this.env, ...env }, stdio: [input, out, err, extra] });
    child.ended = new Promise((told) => child.once('exit', told));
    child.on('error', (error) => console.error(`${program}: ${error.message}`));
    this.#started.push(child);
    return child;
  }

  /** Starts the program as a person does, without a driver. */
  launch(args = [], options = {}) {
    return this.spawn(binary(), args, { ...options, env: { TAURI_WEBVIEW_AUTOMATION: '', ...options.env } });
  }

  /** Starts a far end on this desktop, and waits until it has said this on stdout or stderr. */
  async peer(program, args, ready, env = {}) {
    const log = join(this.home, `said-${this.#started.length}`);
    const file = openSync(log, 'w');
    const child = this.spawn(program, args, { out: file, err: file, env });
    closeSync(file);
    child.said = () => readFileSync(log, 'utf8');
    await until(`${program} ${args[0]} says ${ready}`, () => {
      if (!ready.test(child.said())) throw new Error(child.said());
      return true;
    });
    return child;
  }

  /** Gives a folder a disk of its own of so many KiB, which goes with the machine. */
  mount(folder, kib) {
    mkdirSync(folder, { mode: 0o700, recursive: true });
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${kib}k,mode=700`, 'milliwatt-test', folder], { env: { PATH }, encoding: 'utf8' });
    if (mounted.status !== 0) throw new Error(`no disk of its own for ${folder}: ${mounted.stderr}`);
    this.#disks.push(folder);
  }

  async end() {
    for (const child of this.#started.reverse()) {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        const hard = setTimeout(() => child.kill('SIGKILL'), 5000);
        await child.ended;
        clearTimeout(hard);
      }
    }
    await this.#childrenEnd().finally(() => this.#unmount());
    rmSync(this.home, { recursive: true, force: true });
  }

  /** What the programs have started by themselves, such as the processes of a window, writes into the home until it ends. */
  async #childrenEnd() {
    const left = () => this.#processes().map(([pid]) => pid);
    try {
      await until('all have ended', () => left().length === 0, 5000);
    } catch {
      for (const pid of left()) kill(pid);
      await until('all are ended', () => left().length === 0);
    }
  }

  #unmount() {
    // What did not end may still have files open there.
    for (const folder of this.#disks) spawnSync('umount', ['--lazy', folder], { env: { PATH } });
  }

  /** All processes of this home: number and name. */
  #processes() {
    const all = spawnSync('ps', ['-eo', 'pid=,comm='], { encoding: 'utf8' }).stdout.trim().split('\n');
    const named = all.map((line) => line.trim().split(/\s+/, 2)).map(([pid, name]) => [Number(pid), name]);
    return named.filter(([pid]) => environment(pid).includes(`HOME=${this.home}\0`));
  }

  /** The process that runs the phone, found by its home. */
  phone() {
    return this.#processes().find(([, name]) => name.startsWith('milliwatt-deskt'))?.[0];
  }

  /** Processes that draw the window, children of the phone; with the name `WebKit` all that serve it. */
  webProcesses(named = 'WebKitWebProces') {
    const phone = this.phone();
    const all = spawnSync('ps', ['-eo', 'pid=,ppid=,comm='], { encoding: 'utf8' }).stdout.trim().split('\n');
    return all.map((line) => line.trim().split(/\s+/, 3)).filter(([, parent, name]) => Number(parent) === phone && name.startsWith(named)).map(([pid]) => Number(pid));
  }
}

function environment(pid) {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    return '';
  }
}

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** What a program says first. */
export function firstLine(stream) {
  return new Promise((told, failed) => {
    createInterface({ input: stream }).once('line', told).once('close', () => failed(new Error('it ended before it was ready')));
  });
}

export function freePort() {
  return new Promise((told) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => told(port));
    });
  });
}

const PATIENCE_MS = 60_000;

/** Asks again and again until the answer is yes; its last "no" is told when the time is up. */
export async function until(what, ask, patience = PATIENCE_MS) {
  const end = Date.now() + patience;
  let why = 'no';
  for (;;) {
    try {
      const answer = await ask();
      if (answer) return answer;
      why = String(answer);
    } catch (error) {
      why = error.message;
    }
    if (Date.now() > end) throw new Error(`${what}: not within ${patience / 1000} s (${why})`);
    await new Promise((again) => setTimeout(again, 50));
  }
}
