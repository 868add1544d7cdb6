// The figures of the desktop window, each beside its limit; one that misses it is an error. MILLIWATT_DESKTOP
// names the program; arguments name parts: start, memory, clicks, graphs.
import { Worker } from 'node:worker_threads';
import { onDesk } from '../../../tests/desktop/desk.mjs';
import { now } from '../../../tests/desktop/udp-carrier.mjs';
import { until } from '../../../tests/desktop/machine.mjs';
import { Panel } from '../../../tests/desktop/panel.mjs';
import { Screen, alike } from '../../../tests/desktop/screen.mjs';
import { speak, startSound } from '../../../tests/desktop/sound-server.mjs';
import { Window } from '../../../tests/desktop/window.mjs';
import { load, memory, tree } from './processes.mjs';

const STARTS = 5;
const CLICKS = 10;
const CALLS = 100;
const LINES = 8;
const GARBAGE_PER_S = 10_000;
/** So many of them may stay away: the sender has a timer of its own. */
const MISSING_PER_S = 500;
/** Long enough for what is done once after a start or a call. */
const SETTLED_MS = 8000;
/** So much of the ink of a window is there when it counts as drawn: clocks and meters move on. */
const DRAWN = 0.95;

const missed = [];

/** Prints a figure beside its limit. */
function figure(what, value, limit, unit, note = '') {
  const digits = value < 10 ? 1 : 0;
  const verdict = value <= limit ? '' : '  NOT REACHED';
  if (verdict) missed.push(what);
  console.log(`${what.padEnd(58)}${value.toFixed(digits).padStart(8)} ${unit.padEnd(3)} at most ${limit}${verdict}${note && `  (${note})`}`);
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const pause = (ms) => new Promise((passed) => setTimeout(passed, ms));

async function stop(program) {
  program.kill('SIGTERM');
  await program.ended;
}

/** When a window stood as it stands at the end. */
function drawn(shots) {
  const last = shots.at(-1).pixels;
  return shots.find(({ pixels }) => alike(last, pixels) >= DRAWN).at;
}

async function start() {
  await onDesk(async (machine) => {
    const screen = await Screen.of(machine);
    const took = [];
    // The first one fills the caches.
    for (let n = 0; n <= STARTS; n++) {
      const began = performance.now();
      const program = machine.launch();
      took.push(drawn(await screen.watch(4000)) - began);
      await stop(program);
    }
    screen.end();
    const warm = took.slice(1);
    figure('start to the window drawn, median of 5', median(warm), 700, 'ms', `largest ${Math.max(...warm).toFixed(0)}, cold caches ${took[0].toFixed(0)}`);
  });
}

async function memoryOfWindow() {
  await onDesk(async (machine, carrier) => {
    const [screen, panel] = [await Screen.of(machine), await Panel.start(machine)];
    const program = machine.launch();
    await until('it is registered', () => carrier.contact);
    await pause(SETTLED_MS);
    const idle = memory(program.pid);
    figure('memory, window open and idle', idle.mb, 245, 'MB', idle.split);

    const call = await carrier.ring();
    const note = await until('it rings', async () => (await panel.notes())[0]);
    await panel.act(note.id, 'answer');
    await until('there is sound', () => call.up && call.heard);
    await pause(SETTLED_MS);
    const before = screen.look();
    await screen.close();
    await until('the window is closed', async () => (await screen.windows()).length === 0);
    await pause(SETTLED_MS);
    const closed = memory(program.pid);
    figure('memory, closed to the tray with a call', closed.mb, 110, 'MB', closed.split);
    figure('processes of the web view while closed', closed.names.filter((name) => name.startsWith('WebKit')).length, 0, '');
    figure('since the last packet of the call', now() - call.heard, 100, 'ms');

    const began = performance.now();
    machine.launch();
    const shots = await screen.watch(4000);
    figure('second start to the window drawn again', drawn(shots) - began, 700, 'ms');
    figure('of what it showed is gone', 100 * (1 - alike(before, shots.at(-1).pixels)), 15, '%', 'the clock and the graph move on');
    const again = memory(program.pid);
    console.log(`memory, window open again: ${again.mb.toFixed(0)} MB (${again.split})`);
    screen.end();
    await stop(program);
  });
}

/** Notes the time of each click in the page, ms since 1970. */
const LISTEN = "window.clicks = []; addEventListener('click', (event) => window.clicks.push(performance.timeOrigin + event.timeStamp), true);";

/** Places a call by a click, and hangs it up; the times from click to INVITE and from click to silence, ms. */
async function once(window, carrier, stay) {
  const [invites, clicks] = [carrier.invites.length, await window.run('return window.clicks.length')];
  await window.type('textbox', /^Number, name or address/, '2125550199');
  await window.click('button', /^Call$/);
  await until('the INVITE comes', () => carrier.invites.length > invites);
  const call = await until('the call is up', () => [...carrier.calls.values()].find((one) => one.up && one.heard));
  await pause(stay);
  await window.click('button', /^Hang up$/);
  await until('the call is over', () => call.ended);
  await pause(200);
  const at = await window.run('return window.clicks');
  return { invite: carrier.invites.at(-1) - at[clicks], silence: Math.max(call.heard, call.ended) - at.at(-1) };
}

async function flooded(carrier, work) {
  const worker = new Worker(new URL('garbage.mjs', import.meta.url), { workerData: { port: carrier.contact.port, rate: GARBAGE_PER_S } });
  await work();
  const sent = new Promise((told) => worker.once('message', told));
  worker.postMessage('stop');
  return sent;
}

async function clicks() {
  await onDesk(async (machine, carrier) => {
    await startSound(machine);
    const window = await Window.open(machine);
    await until('it is registered', () => carrier.contact);
    await window.find('textbox', /^Number, name or address/);
    await window.run(LISTEN);
    await pause(SETTLED_MS);
    const idle = memory(machine.phone());
    await once(window, carrier, 500);
    const times = [];
    for (let n = 0; n < CLICKS; n++) times.push(await once(window, carrier, 300));
    const of = (kind, all = times) => all.map((one) => one[kind]);
    figure('click on Call to INVITE, median of 10', median(of('invite')), 20, 'ms');
    figure('click on Call to INVITE, largest of 10', Math.max(...of('invite')), 20, 'ms');
    figure('click on Hang up to silence, largest of 10', Math.max(...of('silence')), 100, 'ms', `median ${median(of('silence')).toFixed(1)}`);

    const under = [];
    const rate = await flooded(carrier, async () => {
      for (let n = 0; n < CLICKS; n++) under.push(await once(window, carrier, 300));
    });
    figure('the same with garbage, largest of 10', Math.max(...of('silence', under)), 100, 'ms', `median ${median(of('silence', under)).toFixed(1)}`);
    figure('packets of garbage a second that were missing', Math.max(0, GARBAGE_PER_S - rate), MISSING_PER_S, '', `${rate.toFixed(0)} were sent`);

    // Those above are among them.
    for (let n = 1 + times.length + under.length; n < CALLS; n++) await once(window, carrier, 0);
    await pause(SETTLED_MS);
    const after = memory(machine.phone());
    figure('memory after 100 calls, more than idle', after.mb - idle.mb, 10, 'MB', `idle ${idle.split}; after ${after.split}`);
    await window.close();
  });
}

async function graphs() {
  await onDesk(async (machine, carrier) => {
    await startSound(machine);
    speak(machine);
    const panel = await Panel.start(machine);
    const window = await Window.open(machine);
    await until('it is registered', () => carrier.contact);
    const answer = async () => {
      const call = await carrier.ring();
      const note = await until('it rings', async () => (await panel.notes()).find((one) => one.actions.includes('answer')));
      await panel.act(note.id, 'answer');
      await until('there is sound', () => call.up && call.heard);
    };
    await answer();
    await window.click('button', /^Show graphs$/);
    const phone = machine.phone();
    const [drawing] = machine.webProcesses();
    const of = { page: { pid: drawing, thread: true }, frame: { pid: phone, thread: true }, phone: { pid: phone } };
    await pause(SETTLED_MS);
    const one = await load(of, 10);
    figure('our process, one call, echo cancelled at 48 kHz', one.phone, 5, '%');
    for (let n = 1; n < LINES; n++) await answer();
    await pause(SETTLED_MS);
    const all = await load(of, 20);
    figure('main thread of the page, graphs open, 8 calls', all.page, 15, '%');
    figure('main thread of the window', all.frame, 15, '%');
    figure('our process, for each of 8 calls', all.phone / LINES, 5, '%', `${all.phone.toFixed(0)} % for all`);
    console.log(`processes: ${tree(phone).map(({ name }) => name).join(', ')}`);
    await window.close();
  });
}

const PARTS = { start, memory: memoryOfWindow, clicks, graphs };
const chosen = process.argv.slice(2);
for (const [name, part] of Object.entries(PARTS)) if (chosen.length === 0 || chosen.includes(name)) await part();
if (missed.length > 0) {
  console.error(`not reached: ${missed.join('; ')}`);
  process.exitCode = 1;
}
