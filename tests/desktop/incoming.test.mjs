// Calls that come in: who calls whom on which line is seen, and they are answered, declined or missed.
import { strict as assert } from 'node:assert';
import test from 'node:test';
import { Carrier } from './carrier.mjs';
import { until } from './machine.mjs';
import { Screen } from './screen.mjs';
import { ENGLISH, LANGUAGES, goTo, lineIs, onDesktop, screen, skip } from './steps.mjs';

const CALLER = '+493012345678';

/** A window with a line over TLS and one over UDP, both registered. */
function withLines(walk, language = 'C.UTF-8', says = ENGLISH) {
  let carrier;
  return onDesktop(
    language,
    async (window, machine) => {
      await window.shows(lineIs('branch', says.registered));
      await window.shows(lineIs('office', says.registered));
      await walk(window, carrier, machine);
    },
    [],
    async (machine) => {
      carrier = await Carrier.start(machine, '--fault', `caller-id=${CALLER}`);
      carrier.line('office', 'alice', 'tls', '+15550105');
      carrier.line('branch', 'bob', 'udp', '+15550112');
    },
  );
}

/** What is said of the call that rings. */
async function sheet(window, says = ENGLISH) {
  const found = await window.find('article', new RegExp(`^${says.incoming}$`));
  const text = await window.run('return arguments[0].innerText', found);
  return { text, digits: text.replace(/\D/g, '') };
}

const noneRings = (window, says = ENGLISH) =>
  until('nothing rings', () => window.run('return document.querySelector(`article[aria-label="${arguments[0]}"]`) === null', says.incoming));

/** The missed calls that the badge counts. */
async function missed(window, says = ENGLISH) {
  const rail = await window.run("return document.querySelector('nav').innerText");
  return Number(says.missed.exec(rail)?.[1] ?? 0);
}

const counts = (window, many) => until(`${many} missed calls are counted`, async () => {
  const now = await missed(window);
  assert.equal(now, many);
  return true;
});

for (const [language, says] of LANGUAGES) {
  const walk = async (window, carrier) => {
    const caller = await carrier.call('+15550105', '--play', 'tone');
    const { text, digits } = await sheet(window, says);
    assert.match(digits, /3012345678/, 'who calls');
    assert.match(digits, /5550105/, 'whom');
    assert.match(text, says.onOffice);
    assert.match(text, says.encrypted);
    await window.click('button', says.answer);
    await window.find('button', says.hold);
    await window.shows(/MOS [1-4][.,]\d\d/);
    await noneRings(window, says);
    caller.hangUp();
    await window.shows(says.overThere);
    const { outcome, media } = await caller.over();
    assert.equal(outcome, 'answered');
    assert.ok(media.received > 0, 'the window sent sound');
    await goTo(window, 'history');
    await window.click('button', says.tookIn);
    await until('its page tells of it', async () => {
      const page = await screen(window);
      for (const part of [says.overThere, /office/, /MOS [1-4][.,]\d\d/, /INVITE sip:/]) assert.match(page, part);
      return true;
    });
    assert.equal(await missed(window, says), 0);
  };
  test(`a call is shown with its line, answered, measured, ended by the far end and kept (LANG=${language})`, { skip, timeout: 300_000 }, () =>
    withLines(walk, language, says),
  );
}

test('a call is declined with a reason, and is not missed', { skip, timeout: 300_000 }, () =>
  withLines(async (window, carrier) => {
    const caller = await carrier.call('+15550112', '--expect', '603');
    const { text, digits } = await sheet(window);
    assert.match(digits, /5550112/, 'whom');
    assert.match(text, /on branch/);
    assert.match(text, /Signalling not encrypted/);
    await window.click('button', /^Decline with a reason$/);
    await window.click('button', /^Do not call again$/);
    const { exit, outcome } = await caller.over();
    assert.deepEqual([exit, outcome], [0, 'rejected']);
    await noneRings(window);
    await goTo(window, 'history');
    await until('it is in the history', async () => /Incoming,\s*Declined/.test(await screen(window)));
    await window.click('button', /^Missed$/);
    await window.shows(/No call fits/);
    await goTo(window, 'phone');
    assert.equal(await missed(window), 0);
  }),
);

test('missed calls are counted until the history is looked at', { skip, timeout: 300_000 }, () =>
  withLines(async (window, carrier, machine) => {
    const miss = async (number) => {
      const caller = await carrier.call(number);
      await sheet(window);
      caller.hangUp();
      assert.equal((await caller.over()).outcome, 'cancelled');
      await noneRings(window);
    };
    assert.equal(await missed(window), 0);
    await miss('+15550105');
    await counts(window, 1);
    await miss('+15550112');
    await counts(window, 2);
    // There is nobody else who brings the window to the front, and only what is in front is seen.
    const desk = await Screen.of(machine);
    await desk.focus();
    await window.click('button', /History$/);
    desk.end();
    await until('both are in the history', async () => (await screen(window)).match(/Incoming,\s*Missed/g)?.length === 2);
    await counts(window, 0);
    await window.click('button', /^Phone$/);
    await miss('+15550105');
    await counts(window, 1);
  }),
);
