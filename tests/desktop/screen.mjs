// The screen of a desktop, as a person has it: what can be seen on it, windows that are closed by their
// frame, keys that are pressed. It speaks the X11 protocol (X Window System Protocol, release 7.7).
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { connect } from 'node:net';

// Requests, by their numbers in the protocol.
const GET_ATTRIBUTES = 3;
const CONFIGURE = 12;
const GET_GEOMETRY = 14;
const QUERY_TREE = 15;
const INTERN_ATOM = 16;
const GET_PROPERTY = 20;
const SEND_EVENT = 25;
const GRAB_KEY = 33;
const UNGRAB_KEY = 34;
const SET_FOCUS = 42;
const QUERY_EXTENSION = 98;
const GET_KEYBOARD = 101;
// Events.
const CLIENT_MESSAGE = 33;
const KEY_PRESS = 2;
const KEY_RELEASE = 3;
/** The left one. */
const SHIFT = 0xffe1;
/** Keys that go with others, by their keysyms: their bits in a grab. */
const MODIFIERS = new Map([[SHIFT, 1], [0xffe3, 4]]);
/** Every so many pixels each way are looked at. */
const STEP = 3;

const padded = (bytes) => Math.ceil(bytes / 4) * 4;

/** Words and octets in the order in which the protocol writes them: `[size, value]`. */
function packed(...parts) {
  const bytes = Buffer.alloc(parts.reduce((sum, [size]) => sum + size, 0));
  let at = 0;
  for (const [size, value] of parts) {
    if (Buffer.isBuffer(value)) value.copy(bytes, at);
    else if (value) bytes.writeUIntLE(value, at, size);
    at += size;
  }
  return bytes;
}

export class Screen {
  #buffer = Buffer.alloc(0);
  #waiting = null;
  #keys = null;

  static async of(machine) {
    const screen = new Screen();
    screen.picture = machine.picture;
    screen.socket = connect(`/tmp/.X11-unix/X${machine.env.DISPLAY.slice(1)}`);
    screen.socket.on('data', (bytes) => screen.#came(bytes));
    screen.socket.on('error', () => undefined);
    screen.socket.write(packed([1, 0x6c], [1, 0], [2, 11], [8, null]));
    const greeting = await screen.#read((bytes) => bytes.length >= 8 && 8 + 4 * bytes.readUInt16LE(6));
    screen.root = greeting.readUInt32LE(40 + padded(greeting.readUInt16LE(24)) + 8 * greeting[29]);
    return screen;
  }

  end() {
    this.socket.destroy();
  }

  #came(bytes) {
    this.#buffer = Buffer.concat([this.#buffer, bytes]);
    const length = this.#waiting?.length(this.#buffer);
    if (!length || this.#buffer.length < length) return;
    const { told } = this.#waiting;
    this.#waiting = null;
    const whole = this.#buffer.subarray(0, length);
    this.#buffer = this.#buffer.subarray(length);
    told(whole);
  }

  #read(length) {
    return new Promise((told) => {
      this.#waiting = { length, told };
      this.#came(Buffer.alloc(0));
    });
  }

  /** A request with an answer of at least 32 octets. */
  async #ask(request) {
    this.socket.write(request);
    const answer = await this.#answer();
    if (answer[0] !== 1) throw new Error(`X11 error ${answer[1]}`);
    return answer;
  }

  /** What comes next: an answer, or an error. */
  async #answer() {
    let answer;
    // Events that every program gets come in between.
    do answer = await this.#read((bytes) => bytes.length >= 32 && 32 + (bytes[0] === 1 ? 4 * bytes.readUInt32LE(4) : 0));
    while (answer[0] > 1);
    return answer;
  }

  #request(code, data, ...body) {
    const rest = packed(...body);
    return Buffer.concat([packed([1, code], [1, data], [2, 1 + padded(rest.length) / 4]), rest, Buffer.alloc(padded(rest.length) - rest.length)]);
  }

  async #atom(name) {
    const answer = await this.#ask(this.#request(INTERN_ATOM, 0, [2, name.length], [2, 0], [name.length, Buffer.from(name)]));
    return answer.readUInt32LE(8);
  }

  async #property(window, name) {
    const answer = await this.#ask(this.#request(GET_PROPERTY, 0, [4, window], [4, await this.#atom(name)], [4, 0], [4, 0], [4, 256]));
    return answer.subarray(32, 32 + (answer.readUInt32LE(16) * answer[1]) / 8);
  }

  /** The program's windows that can be seen. */
  async windows() {
    const tree = await this.#ask(this.#request(QUERY_TREE, 0, [4, this.root]));
    const children = [...Array(tree.readUInt16LE(16)).keys()].map((at) => tree.readUInt32LE(32 + 4 * at));
    const ours = [];
    for (const window of children) if (await this.#isOurs(window)) ours.push(window);
    return ours;
  }

  async #isOurs(window) {
    try {
      const seen = (await this.#ask(this.#request(GET_ATTRIBUTES, 0, [4, window])))[26] === 2;
      return seen && (await this.#property(window, 'WM_CLASS')).toString().toLowerCase().includes('milliwatt');
    } catch {
      // A program has ended meanwhile, and with it its window.
      return false;
    }
  }

  /** Closes the program's window by the button of its frame. */
  async close() {
    const [window] = await this.windows();
    const [protocols, remove] = [await this.#atom('WM_PROTOCOLS'), await this.#atom('WM_DELETE_WINDOW')];
    const event = packed([1, CLIENT_MESSAGE], [1, 32], [2, 0], [4, window], [4, protocols], [4, remove], [16, null]);
    this.socket.write(this.#request(SEND_EVENT, 0, [4, window], [4, 0], [32, event]));
  }

  /** Puts the program's window somewhere: pixels from the left and the top, width, height. */
  async place(x, y, width, height) {
    const [window] = await this.windows();
    this.socket.write(this.#request(CONFIGURE, 0, [4, window], [2, 15], [2, 0], [4, x], [4, y], [4, width], [4, height]));
  }

  /** Where the program's window is and how large, as in `place`. */
  async where() {
    const [window] = await this.windows();
    const answer = await this.#ask(this.#request(GET_GEOMETRY, 0, [4, window]));
    return [12, 14, 16, 18].map((at) => answer.readInt16LE(at));
  }

  /** Keys go to the program's window that is in front. */
  async focus() {
    const window = (await this.windows()).at(-1);
    this.socket.write(this.#request(SET_FOCUS, 1, [4, window], [4, 0]));
  }

  /** Presses keys together, by their keysyms, and lets go of them. */
  async press(...keysyms) {
    const { plain } = await this.#keyboard();
    await this.#strike(keysyms.map((keysym) => plain.get(keysym)));
  }

  /** Whether some program has taken keys for itself, whichever is in front; nobody else can have them then. */
  async areTaken(...keysyms) {
    const { plain } = await this.#keyboard();
    const code = plain.get(keysyms.at(-1));
    const modifiers = keysyms.slice(0, -1).reduce((all, one) => all | MODIFIERS.get(one), 0);
    this.socket.write(this.#request(GRAB_KEY, 0, [4, this.root], [2, modifiers], [1, code], [1, 1], [1, 1], [3, null]));
    // It is answered only where it fails, before a question that is answered in any case.
    this.socket.write(this.#request(QUERY_TREE, 0, [4, this.root]));
    const taken = (await this.#answer())[0] === 0;
    if (taken) await this.#answer();
    else this.socket.write(this.#request(UNGRAB_KEY, code, [4, this.root], [2, modifiers], [2, null]));
    return taken;
  }

  /** Types a text; the keysym of a letter of Latin-1 is its number. */
  async type(text) {
    const { plain, shifted } = await this.#keyboard();
    for (const letter of Array.from(text, (one) => one.charCodeAt(0))) {
      await this.#strike(plain.has(letter) ? [plain.get(letter)] : [plain.get(SHIFT), shifted.get(letter)]);
    }
  }

  /** Presses keys together, by their codes, and lets go of them (XTEST 2.2). */
  async #strike(codes) {
    const found = await this.#ask(this.#request(QUERY_EXTENSION, 0, [2, 5], [2, 0], [5, Buffer.from('XTEST')]));
    const fake = (type, code) => this.socket.write(this.#request(found[9], 2, [1, type], [1, code], [2, 0], [4, 0], [4, this.root], [20, null]));
    codes.forEach((code) => fake(KEY_PRESS, code));
    codes.reverse().forEach((code) => fake(KEY_RELEASE, code));
  }

  /** The codes of keys by keysyms: of keys alone, and of those with Shift. */
  async #keyboard() {
    if (this.#keys !== null) return this.#keys;
    const [first, count] = [8, 248];
    const answer = await this.#ask(this.#request(GET_KEYBOARD, 0, [1, first], [1, count], [2, 0]));
    const each = answer[1];
    const column = (of) => new Map([...Array(count).keys()].reverse().map((at) => [answer.readUInt32LE(32 + 4 * (each * at + of)), first + at]));
    return (this.#keys = { plain: column(0), shifted: column(1) });
  }

  /** What is on the screen: a sample of its pixels, row by row. */
  look() {
    const file = openSync(this.picture);
    const bytes = Buffer.alloc(statSync(this.picture).size);
    readSync(file, bytes);
    closeSync(file);
    const field = (at) => bytes.readUInt32BE(4 * at);
    const [data, width, height, line] = [field(0) + 12 * field(19), field(4), field(5), field(12)];
    const pixels = new Uint32Array(Math.ceil(width / STEP) * Math.ceil(height / STEP));
    let n = 0;
    for (let y = 0; y < height; y += STEP) for (let x = 0; x < width; x += STEP) pixels[n++] = bytes.readUInt32LE(data + y * line + 4 * x) & 0xffffff;
    return pixels;
  }

  /** Watches for so long; the pictures with their times, one for each change. */
  async watch(ms, every = 8) {
    const shots = [];
    const end = performance.now() + ms;
    while (performance.now() < end) {
      const [at, pixels] = [performance.now(), this.look()];
      if (shots.length === 0 || Buffer.compare(Buffer.from(shots.at(-1).pixels.buffer), Buffer.from(pixels.buffer)) !== 0) shots.push({ at, pixels });
      await new Promise((again) => setTimeout(again, every));
    }
    return shots;
  }
}

/** How much of the edges in one picture, the ink of text and lines, is in another: 0 to 1. */
export function alike(wanted, found) {
  let [ink, same] = [0, 0];
  for (let n = 1; n < wanted.length; n++) {
    if (wanted[n] === wanted[n - 1]) continue;
    ink++;
    if (wanted[n] === found[n]) same++;
  }
  return ink === 0 ? 0 : same / ink;
}
