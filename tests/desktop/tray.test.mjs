// The phone without its window: the tray, notifications, a second start, keys in other programs, the start
// of the session. Its far end is a carrier of the test's own.
import { strict as assert } from 'node:assert';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { goesOn, onDesk, openWindow, withCall } from './desk.mjs';
import { binary, until } from './machine.mjs';
import { Panel, skip } from './panel.mjs';
import { Screen, alike } from './screen.mjs';
import { Window } from './window.mjs';

const KEYS = { control: 0xffe3, shift: 0xffe1, a: 0x61, d: 0x64, h: 0x68 };
const ANSWER = [KEYS.control, KEYS.shift, KEYS.a];
/** Who calls where nobody else is said to. */
const ADA = 'Ada (+15550123)';

/** A desktop with a panel and a line to a carrier. */
const withPanel = (walk) =>
  onDesk(async (machine, carrier) => {
    const [panel, screen] = [await Panel.start(machine), await Screen.of(machine)];
    try {
      await walk({ machine, carrier, panel, screen });
    } finally {
      screen.end();
    }
  });

const says = (panel, words) => until(`the tray says ${words}`, async () => (await panel.tray())?.labels.includes(words));
const noted = (panel, summary) => until(`a notification says ${summary}`, async () => (await panel.notes()).find((one) => one.summary === summary));
const windows = (screen, count) => until(`there are ${count} windows`, async () => (await screen.windows()).length === count);

async function takes(panel, carrier) {
  const call = await carrier.ring();
  await panel.act((await noted(panel, `Call from ${ADA}`)).id, 'answer');
  await until('the call is up', () => call.up && call.heard);
  return call;
}

async function closes({ machine, screen }) {
  await screen.close();
  await windows(screen, 0);
  await until('nothing of it is left', () => machine.webProcesses('WebKit').length === 0);
}

test('a call goes on in the tray, and its window comes back', { skip, timeout: 300_000 }, () =>
  withPanel(async (desk) => {
    const { machine, carrier, panel, screen } = desk;
    // A registration is refreshed after half of that.
    carrier.grants = 20;
    const program = machine.launch();
    await says(panel, 'Ready');
    const call = await takes(panel, carrier);
    await says(panel, 'In a call');
    await goesOn(call);
    const shown = await withCall(screen);
    await closes(desk);
    await goesOn(call);
    await says(panel, 'In a call');
    const registered = carrier.registered.size;
    await until('it registers again', () => carrier.registered.size > registered);
    assert.deepEqual([await screen.windows(), machine.webProcesses('WebKit')], [[], []], 'without a window');
    await goesOn(call);

    const second = machine.launch();
    assert.equal(await second.ended, 0, 'the second start ends by itself');
    await windows(screen, 1);
    // The clock and the graph of the call have moved on.
    await until('it shows what it showed', () => alike(shown, screen.look()) > 0.85);
    await closes(desk);
    await panel.choose('Open Milliwatt');
    await windows(screen, 1);
    await goesOn(call);

    await panel.choose('Quit');
    assert.equal(await program.ended, 0);
    assert.notEqual(call.ended, null, 'the call was hung up');
    assert.equal(carrier.contact, null, 'the registration was given back');
  }),
);

test('a notification takes a call, refuses one, and tells of one that was missed', { skip, timeout: 300_000 }, () =>
  withPanel(async (desk) => {
    const { machine, carrier, panel, screen } = desk;
    const program = machine.launch();
    await says(panel, 'Ready');
    await windows(screen, 1);
    await closes(desk);

    const refused = await carrier.ring();
    const note = await noted(panel, `Call from ${ADA}`);
    assert.equal(note.body, 'to +15550100 · office · signalling not encrypted');
    assert.deepEqual(note.actions, ['default', 'answer', 'decline']);
    await panel.act(note.id, 'decline');
    await until('it is refused', () => refused.code === 486);
    await says(panel, 'Ready');

    const first = await takes(panel, carrier);
    await windows(screen, 1);
    await until('nothing is asked of a call that is up', async () => (await panel.notes()).length === 0);
    const second = await takes(panel, carrier);
    await until('the first one waits', () => first.way === 'sendonly');
    await goesOn(second);
    carrier.hangUp(first);
    carrier.hangUp(second);
    await says(panel, 'Ready');

    await closes(desk);
    const elsewhere = await carrier.ring('+15550125', 'Cem');
    await noted(panel, 'Call from Cem (+15550125)');
    carrier.cancel(elsewhere, 'Reason: SIP;cause=200;text="Call completed elsewhere"');
    await until('nothing is asked or told of it', async () => (await panel.notes()).length === 0);
    await says(panel, 'Ready');
    const missed = await carrier.ring('+15550124', 'Bob');
    await noted(panel, 'Call from Bob (+15550124)');
    carrier.cancel(missed);
    await noted(panel, 'Missed call from Bob (+15550124)');
    await says(panel, '1 missed call');
    await panel.choose('Open Milliwatt');
    await windows(screen, 1);
    await panel.choose('Quit');
    assert.equal(await program.ended, 0);

    const window = await openWindow(machine);
    await says(panel, '1 missed call');
    // Only what is in front is seen.
    await screen.focus();
    await window.run("location.hash = '#/history'");
    await says(panel, 'Ready');
    await window.close();
  }),
);

test('a call that no notification can ask about opens the window', { skip, timeout: 300_000 }, () =>
  withPanel(async (desk) => {
    const { machine, carrier, panel, screen } = desk;
    machine.launch();
    await says(panel, 'Ready');
    await windows(screen, 1);
    await closes(desk);

    await panel.plain();
    const told = await carrier.ring();
    await noted(panel, `Call from ${ADA}`);
    await windows(screen, 1);
    carrier.cancel(told);
    await until('it is over', () => told.code === 487);
    await closes(desk);

    await panel.hush();
    const silent = await carrier.ring();
    await windows(screen, 1);
    assert.equal(silent.ended, null, 'it rings');
    carrier.cancel(silent);
    await until('it is over too', () => silent.code === 487);
  }),
);

test('a second start passes its link on and dials nothing', { skip, timeout: 300_000 }, () =>
  withPanel(async ({ machine, carrier }) => {
    const window = await openWindow(machine);
    const second = machine.launch(['tel:+15550199']);
    assert.equal(await second.ended, 0);
    await until('the field is filled', () => window.run("return [...document.querySelectorAll('input')].some((one) => one.value.includes('15550199'))"));
    assert.equal(carrier.invites.length, 0);
    await window.close();
  }),
);

test('a start while the phone says goodbye is a new one', { skip, timeout: 300_000 }, () =>
  withPanel(async (desk) => {
    const { machine, carrier, panel, screen } = desk;
    const first = machine.launch();
    await says(panel, 'Ready');
    await windows(screen, 1);
    // It waits for an answer that does not come.
    carrier.deaf = true;
    await panel.choose('Quit');
    await until('it says goodbye', () => carrier.unheard > 0);
    assert.equal(await machine.launch().ended, 0);
    assert.equal(await first.ended, 0);
    carrier.deaf = false;
    const next = await until('another one runs', () => machine.phone());
    await windows(screen, 1);
    await says(panel, 'Ready');
    await panel.choose('Quit');
    await until('it has ended', () => !existsSync(`/proc/${next}`));
  }),
);

test('a start that meets another phone as that ends is a new one', { skip, timeout: 300_000 }, () =>
  withPanel(async (desk) => {
    const { machine, panel, screen } = desk;
    const { identifier } = JSON.parse(readFileSync(new URL('../../tauri.conf.json', import.meta.url), 'utf8'));
    await panel.vanish(`${identifier}.SingleInstance`);
    machine.launch();
    await windows(screen, 1);
    await says(panel, 'Ready');
  }),
);

test('the phone starts with the session when that is wanted', { skip, timeout: 300_000 }, () =>
  withPanel(async ({ machine }) => {
    const entry = join(machine.env.XDG_CONFIG_HOME, 'autostart', 'Milliwatt.desktop');
    const window = await Window.open(machine);
    await window.run("location.hash = '#/settings'");
    await window.find('input', /^Start when I log in/);
    assert.ok(!existsSync(entry), 'nobody has chosen it');
    await window.click('input', /^Start when I log in/);
    // It is there before its text is.
    await until('there is an entry', () => existsSync(entry) && readFileSync(entry, 'utf8').endsWith('\n'));
    assert.ok(readFileSync(entry, 'utf8').includes(`Exec="${binary()}"`));
    await window.click('input', /^Start when I log in/);
    await until('there is none', () => !existsSync(entry));
    await window.close();
  }),
);

test('keys take and end a call once that is wanted, with a window and without', { skip, timeout: 300_000 }, () =>
  withPanel(async (desk) => {
    const { machine, panel, screen } = desk;
    const unasked = machine.launch();
    await says(panel, 'Ready');
    await windows(screen, 1);
    // In its window they are keys as others are.
    await closes(desk);
    await leftAlone(desk);
    await panel.choose('Quit');
    assert.equal(await unasked.ended, 0);
    writeFileSync(join(machine.home, 'settings', 'desktop.toml'), 'global_hot_keys = true\n');
    machine.launch();
    await says(panel, 'Ready');
    await windows(screen, 1);
    const first = await takenBy(desk);
    assert.ok(await screen.areTaken(...ANSWER), 'no other program has them');
    await endedBy(desk, first);
    await closes(desk);
    const second = await takenBy(desk);
    for (const way of ['sendonly', 'sendrecv']) {
      // The phone may not have heard yet that its last change is through.
      await until(`keys make it ${way}`, async () => {
        if (second.agreed === way) return true;
        await screen.press(KEYS.control, KEYS.h);
        return settles(() => second.agreed === way);
      });
    }
    await endedBy(desk, second);
  }),
);

/** True as soon as it is so, within two seconds. */
async function settles(isSo) {
  for (let tries = 0; tries < 20 && !isSo(); tries += 1) await new Promise((go) => setTimeout(go, 100));
  return isSo();
}

/** A call that rings, and goes on to do so whatever keys are pressed. */
async function leftAlone({ carrier, panel, screen }) {
  await until('it is registered', () => carrier.contact);
  const call = await carrier.ring();
  const note = await noted(panel, `Call from ${ADA}`);
  assert.equal(await screen.areTaken(...ANSWER), false, 'other programs have them');
  await screen.press(...ANSWER);
  assert.equal(await settles(() => call.up || call.ended !== null), false, 'it rings');
  await panel.act(note.id, 'decline');
  await until('it is refused', () => call.code === 486);
}

/** A call is ended by keys. */
function endedBy({ screen }, call) {
  return until('keys end it', async () => {
    await screen.press(KEYS.control, KEYS.shift, KEYS.d);
    return call.ended;
  });
}

/** A call that is taken by keys. */
async function takenBy({ carrier, panel, screen }) {
  await until('it is registered', () => carrier.contact);
  const call = await carrier.ring();
  await noted(panel, `Call from ${ADA}`);
  await until('keys take it', async () => {
    await screen.press(...ANSWER);
    return call.up;
  });
  return call;
}

test('the window comes back where it was and as large', { skip, timeout: 300_000 }, () =>
  withPanel(async (desk) => {
    const { machine, screen } = desk;
    const program = machine.launch();
    await windows(screen, 1);
    const placed = '40,30,900,600';
    // A window that has just come may still put itself where it began.
    await until('it is placed', async () => {
      if ((await screen.where()).join() === placed) return true;
      return void (await screen.place(40, 30, 900, 600));
    });
    await closes(desk);
    machine.launch();
    await windows(screen, 1);
    await until('it is there after the tray', async () => (await screen.where()).join() === placed);
    program.kill('SIGTERM');
    await program.ended;
    machine.launch();
    await windows(screen, 1);
    await until('it is there after a new start', async () => (await screen.where()).join() === placed);
  }),
);
