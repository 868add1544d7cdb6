// What fails under a call: its sound server, its microphone, what keeps its row or its recording. The call goes on, the
// window says what is wrong, and all is well once the cause is gone.
import { strict as assert } from 'node:assert';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { goesOn, onDesk, openWindow } from './desk.mjs';
import { Disk, skip as withoutDisk } from './disk.mjs';
import { firstLine, until } from './machine.mjs';
import { PYTHON } from './panel.mjs';
import { NEEDED as SOUND, plug, speak, startSound, unplug } from './sound-server.mjs';
import { ENGLISH, goTo, quits, skipWithout } from './steps.mjs';
import { Window } from './window.mjs';

const NO_MICROPHONE = /No microphone: they hear nothing\./;
const NO_SPEAKER = /No speaker: you hear nothing\./;
/** Python, for a program that holds the lock of a database until its stdin ends. */
const HOLD = fileURLToPath(new URL('../data/hold.py', import.meta.url));

// In the page: writes down each warning at the top of the window, however soon another one takes its place.
const WARNINGS = `
  window.warnings = [];
  const look = () => {
    const told = document.querySelector('main > [role=alert] .wire')?.textContent;
    if (told && told !== window.warnings.at(-1)) window.warnings.push(told);
  };
  new MutationObserver(look).observe(document.body, { childList: true, characterData: true, subtree: true });
`;

/** Exactly these warnings have come so far, in this order. */
const warned = (window, ...all) => until('it is told', async () => {
  assert.deepEqual(await window.run('return window.warnings'), all);
  return true;
});

/** The window calls the carrier, which takes the call. */
async function calls(window, carrier) {
  await window.type('textbox', ENGLISH.number, '9000\uE007');
  const call = await until('the carrier is called', () => [...carrier.calls.values()][0]);
  await until('the call is up', () => call.up && call.heard);
  await window.find('button', ENGLISH.hold);
  return call;
}

async function hangsUp(window, call) {
  await goesOn(call);
  await window.click('button', ENGLISH.hangUp);
  await window.shows(ENGLISH.over);
  await until('the carrier is told', () => call.ended);
}

/** What is spoken in the room comes to the carrier. */
function comesThrough(call) {
  const before = call.loud;
  return until('the carrier hears what is spoken', () => call.loud > before);
}

test('a sound server that is killed takes the sound of a call, not the call, and gives it back', { skip: skipWithout(...SOUND), timeout: 300_000 }, () =>
  onDesk(
    async (machine, carrier) => {
      const server = await startSound(machine);
      const window = await openWindow(machine);
      const call = await calls(window, carrier);
      speak(machine);
      await comesThrough(call);

      server.kill('SIGKILL');
      await server.ended;
      await window.shows(NO_MICROPHONE);
      await window.shows(NO_SPEAKER);
      await until('the carrier hears silence', () => call.heard > call.loud + 500);
      await goesOn(call);

      await startSound(machine);
      await until('the devices are back', async () => {
        const shown = await window.text();
        assert.doesNotMatch(shown, NO_MICROPHONE);
        assert.doesNotMatch(shown, NO_SPEAKER);
        return true;
      });
      speak(machine);
      await comesThrough(call);
      await hangsUp(window, call);
      await window.close();
    },
    // Cards of this computer would take the place of the server.
    { having: { cards: false } },
  ),
);

test('a call without a microphone is silent, says so, and speaks once there is one', { skip: skipWithout(...SOUND), timeout: 300_000 }, () =>
  onDesk(async (machine, carrier) => {
    await startSound(machine);
    unplug(machine);
    const window = await openWindow(machine);
    const call = await calls(window, carrier);
    await window.shows(NO_MICROPHONE);
    speak(machine);
    await goesOn(call);
    assert.equal(call.loud, null, 'nothing is spoken');
    assert.doesNotMatch(await window.text(), NO_SPEAKER);

    plug(machine);
    await comesThrough(call);
    await until('nothing is missing', async () => !NO_MICROPHONE.test(await window.text()));
    await hangsUp(window, call);
    await window.close();
  }),
);

/** Another program has the history's lock. */
function lock(machine) {
  let holder;
  return {
    begin: async () => {
      holder = machine.spawn(PYTHON, [HOLD, join(machine.data, 'history.sqlite')], { in: 'pipe', out: 'pipe' });
      assert.equal(await firstLine(holder.stdout), 'held');
    },
    end: async () => {
      holder.stdin.end();
      await holder.ended;
    },
  };
}

/** The disk of the history is full. */
function fullDisk(machine) {
  const disk = new Disk(machine, machine.data, 1024);
  // What draws the window has its files there too: how it takes that is not asked here.
  const elsewhere = join(machine.home, 'webview');
  mkdirSync(elsewhere);
  symlinkSync(elsewhere, join(machine.data, 'webview'));
  return { begin: () => disk.fill(), end: () => disk.empty() };
}

/**
 * While a call is placed, is up and ends, its row in the history cannot be written for a cause, which one warning names:
 * the call goes on, and the next start finds its row.
 */
const unwritten = (cause, why) => onDesk(async (machine, carrier) => {
  const { begin, end } = cause(machine);
  const window = await openWindow(machine);
  await window.run(WARNINGS);
  await begin();
  const warning = `The call history cannot be written (${why}): calls go on, their records are kept in memory and written as soon as it works again.`;
  const call = await calls(window, carrier);
  await warned(window, warning);
  await hangsUp(window, call);
  await end();
  await warned(window, warning, 'The call history is written again.');
  await quits(window, machine);

  const next = await Window.open(machine);
  await goTo(next, 'history');
  await next.find('button', /^9000[^]*Outgoing,\s*Answered/);
  await next.close();
});

test('a history that another program holds is told of once, and has the call later', { skip: skipWithout(PYTHON), timeout: 300_000 }, () =>
  unwritten(lock, 'another program holds it'),
);

test('a history whose disk is full is told of once, and has the call later', { skip: withoutDisk, timeout: 300_000 }, () =>
  unwritten(fullDisk, 'the disk is full or failing'),
);

test('a recording whose disk is full is cut short, which is told once, and the call is not', { skip: withoutDisk, timeout: 300_000 }, () =>
  onDesk(async (machine, carrier) => {
    const folder = join(machine.data, 'recordings');
    machine.mount(folder, 64);
    const window = await openWindow(machine);
    await window.run(WARNINGS);
    const call = await calls(window, carrier);
    await window.click('button', /^Record$/);
    await window.shows(/\.wav is cut short: the disk is full\. The call goes on\./);
    await window.find('button', /^Record$/);
    await hangsUp(window, call);
    const told = await window.run('return window.warnings');
    assert.ok(told.length === 1 && told[0].startsWith(folder), told.join('\n'));
    await window.close();
  }),
);
