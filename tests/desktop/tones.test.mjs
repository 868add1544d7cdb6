// What a person hears of calls besides voices: the ring on the ring device, the tone of a call that waits, and
// that it rings at the far end.
import { strict as assert } from 'node:assert';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { Carrier } from './carrier.mjs';
import { PIECE, Recording, cadence, levels, tones, wave } from './hearing.mjs';
import { until } from './machine.mjs';
import { NEEDED, startSound } from './sound-server.mjs';
import { goTo, onDesktop, skipWithout } from './steps.mjs';

const skip = skipWithout(...NEEDED);
/** The trill of the ring: one chord and the other (crates/audio/src/tune.rs). */
const RING = [880, 1109];
/** The sound of the user's own. */
const WHISTLE = 1500;
/** Tones of a European network, as the country of the line has it (ITU-T E.180). */
const EUROPE = 425;
const HEARD_DB = -40;
const SILENT_DB = -60;
const SECOND = 1 / 0.05;

/** A phone with a line and a sound card, that rings on the bell. */
function withBell(walk, prepare = () => {}) {
  let carrier;
  return onDesktop(
    'C.UTF-8',
    async (window, machine) => {
      await window.shows(/office\s+Registered/);
      await goTo(window, 'settings');
      await until('the bell is chosen', async () => {
        await window.choose(/^Ring on$/, 'Bell');
        return true;
      });
      await goTo(window, 'phone');
      const record = () => ({ bell: new Recording(machine, 'bell.monitor'), ear: new Recording(machine, 'ear.monitor') });
      await walk(window, carrier, record);
    },
    [],
    async (machine) => {
      await startSound(machine);
      carrier = await Carrier.start(machine);
      carrier.line('office', 'alice', 'udp', '+15550100');
      prepare(machine);
    },
  );
}

/** Waits until turns of sound and silence hold one of each in a row, of lengths within ranges (s). */
function rhythm(what, recording, hertz, sound, silence) {
  const within = (seconds, [least, most]) => seconds >= least && seconds <= most;
  return until(what, () => {
    const turns = cadence(tones(recording.samples(), ...hertz), HEARD_DB).slice(1, -1);
    const found = turns.some((turn, at) => turn.on && within(turn.seconds, sound) && turns[at + 1] && within(turns[at + 1].seconds, silence));
    assert.ok(found, turns.map(({ on, seconds }) => `${on ? 'tone' : 'silence'} ${seconds.toFixed(2)}`).join(', '));
    return true;
  });
}

const loudest = (recording, from = 0) => {
  const heard = levels(recording.samples().subarray(from));
  assert.ok(heard.length > 0, 'nothing was recorded');
  return Math.max(...heard);
};

/** The last of what was heard is silence, so many seconds. */
const silent = (what, recording, seconds) => until(what, () => {
  const last = levels(recording.samples()).slice(-seconds * SECOND);
  assert.ok(last.length === seconds * SECOND && Math.max(...last) < SILENT_DB, `${Math.max(...last)} dB`);
  return true;
});

test('a call rings on the bell until it is answered', { skip, timeout: 300_000 }, () =>
  withBell(async (window, carrier, record) => {
    const { bell, ear } = record();
    const caller = await carrier.call('+15550100', '--play', 'silence');
    await window.find('article', /^Incoming call$/);
    await rhythm('it rings, a second and a half on, as long off', bell, RING, [1.1, 1.9], [1.1, 2.5]);
    assert.ok(loudest(ear) < SILENT_DB, `the speaker rings too: ${loudest(ear)} dB`);
    await window.click('button', /^Answer$/);
    await window.find('button', /^Hold$/);
    await silent('the ring has stopped', bell, 5);
    caller.hangUp();
    await window.shows(/They hung up/);
    await caller.over();
  }),
);

test('a line rings with a sound of the user\'s own, over and over', { skip, timeout: 300_000 }, () =>
  withBell(
    async (window, carrier, record) => {
      await goTo(window, 'lines/office');
      await until('the whistle is offered', async () => {
        await window.choose(/^Ringtone$/, 'whistle');
        return true;
      });
      const { bell } = record();
      await window.click('button', /^Listen$/);
      const heard = () => tones(bell.samples(), WHISTLE).filter((level) => level > HEARD_DB).length * PIECE;
      const whistles = (what, seconds) => until(what, () => {
        assert.ok(heard() >= seconds, `${heard()} s`);
        return true;
      });
      await whistles('it is tried', 2);
      await silent('the trial is over', bell, 2);
      const before = heard();
      const caller = await carrier.call('+15550100', '--play', 'silence');
      await window.find('article', /^Incoming call$/);
      await whistles('it rings for longer than the sound is', before + 3);
      await window.click('button', /^Decline$/);
      await silent('the ring has stopped', bell, 2);
      await caller.over();
    },
    (machine) => {
      const folder = join(machine.data, 'ringtones');
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'whistle.wav'), wave(WHISTLE, 1));
    },
  ),
);

test('in a call another one knocks in the speaker, and the bell is silent', { skip, timeout: 300_000 }, () =>
  withBell(async (window, carrier, record) => {
    const first = await carrier.call('+15550100', '--play', 'silence');
    await window.click('button', /^Answer$/);
    await window.find('button', /^Hold$/);
    const { bell, ear } = record();
    await silent('nothing is heard in the call', ear, 3);
    await silent('the ring has stopped', bell, 3);
    const before = { bell: bell.samples().length, ear: ear.samples().length };
    const second = await carrier.call('+15550100', '--play', 'silence');
    await window.shows(/Call waiting/);
    await until('it knocks', () => {
      const heard = tones(ear.samples().subarray(before.ear), EUROPE).filter((level) => level > HEARD_DB);
      assert.ok(heard.length >= 2, `${heard.length} pieces`);
      assert.ok(Math.max(...heard) < -15, `${Math.max(...heard)} dB is no quiet tone`);
      return true;
    });
    assert.ok(loudest(bell, before.bell) < SILENT_DB, `the bell rings: ${loudest(bell, before.bell)} dB`);
    second.hangUp();
    await second.over();
    first.hangUp();
    await first.over();
  }),
);

test('that it rings there is heard in the speaker until the call is given up', { skip, timeout: 300_000 }, () =>
  withBell(async (window, carrier, record) => {
    const { bell, ear } = record();
    await window.type('textbox', /^Number, name or address/, '9006\uE007');
    await window.shows(/Ringing/);
    await rhythm('a second on, four seconds off', ear, [EUROPE], [0.7, 1.3], [3.5, 5]);
    assert.ok(loudest(bell) < SILENT_DB, `the bell rings: ${loudest(bell)} dB`);
    await window.click('button', /^Hang up$/);
    await window.shows(/Cancelled before an answer/);
    await silent('the tone has stopped', ear, 6);
  }),
);
