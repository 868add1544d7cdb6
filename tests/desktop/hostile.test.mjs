// What strangers write, in the real window: names of callers and links are text, and nothing else comes of them.
import { strict as assert } from 'node:assert';
import test from 'node:test';
import { onDesk } from './desk.mjs';
import { until } from './machine.mjs';
import { goTo, screen, skip } from './steps.mjs';
import { Window } from './window.mjs';

/** Callers: the user of their address, their name, and what is to be read of that. */
const CALLERS = [
  ['%3Cscript%3Ewindow.__hit=1%3C%2Fscript%3E', '<script>window.__hit=1</script>', '<script>window.__hit=1</script>'],
  ['javascript%3Aalert(1)', 'javascript:window.__hit=1', 'javascript:window.__hit=1'],
  ['%22%3E%3Csvg%20onload=alert(1)%3E', '"><svg onload=alert(1)><img src=x onerror="window.__hit=1">', '"><svg onload=alert(1)><img src=x onerror="window.__hit=1">'],
  ['%E2%80%AE0010555', '\u202Egnp.exe\u202C\u2066left\u2069', '‹202E›gnp.exe‹202C›‹2066›left‹2069›'],
  ['9'.repeat(500), 'A'.repeat(4000), `${'A'.repeat(128)}…`],
];

/** Links as they stand in the page of a stranger. */
const LINKS = [
  'tel:+19005550100?dial=1',
  'tel:112',
  'tel:%E2%80%AE211',
  `tel:${'1'.repeat(5000)}`,
  'sip:bob@127.0.0.1;method=INVITE',
  'sip:bob@127.0.0.1?Route=%3Csip:evil.example;lr%3E&Call-Info=http://evil.example',
  'sip:bob@127.0.0.1%0d%0aRoute:%20%3Csip:evil.example%3E',
  'sip:<script>window.__hit=1</script>@127.0.0.1',
  'sip:bob@127.0.0.1"onload=alert(1)',
  'callto://bob@127.0.0.1',
  'javascript:window.__hit=1',
];

// In the page: an alert is a hit too.
const WATCHED = 'window.alert = () => (window.__hit = 1)';

// In the page: what a hit has left, and elements that only text of a stranger could have brought.
const HARM = `return {
  hit: window.__hit ?? null,
  strange: document.querySelectorAll('#app script, img, iframe, object, embed, [onload], [onerror], a[href^="http"], a[href^="java"]').length,
}`;
const NONE = { hit: null, strange: 0 };

const CONTROLS = /[\u0000-\u0008\u000e-\u001f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/;

/** The sheet of a call that rings: its elements by name, in their order, and its text. */
async function sheet(window) {
  const found = await window.find('article', /^Incoming call$/);
  return window.run("return { parts: [...arguments[0].querySelectorAll('*')].map((one) => one.localName), text: arguments[0].innerText }", found);
}

/** What the window shows of a call, which is given up then. */
async function shown(window, carrier, ...caller) {
  const call = await carrier.ring(...caller);
  const seen = await sheet(window);
  carrier.cancel(call);
  await until('it is over', () => call.code === 487);
  await until('nothing rings', () => window.run('return document.querySelector("article[aria-label=\'Incoming call\']") === null'));
  return seen;
}

/** Walks in a window with a registered line, in which a hit is seen. */
const inWindow = (walk) =>
  onDesk(async (machine, carrier) => {
    const window = await Window.open(machine);
    await until('it is registered', () => carrier.contact);
    await window.find('textbox', /^Number, name or address/);
    await window.run(WATCHED);
    await walk(window, carrier, machine);
    assert.deepEqual(await window.run(HARM), NONE);
    await window.close();
  });

test('the name of a caller is text, whatever it is', { skip, timeout: 300_000 }, () =>
  inWindow(async (window, carrier) => {
    const harmless = await shown(window, carrier);
    assert.match(harmless.text, /Ada/);
    for (const [user, name, text] of CALLERS) {
      const seen = await shown(window, carrier, user, name);
      assert.ok(seen.text.includes(text), `${text} is read in: ${seen.text}`);
      assert.doesNotMatch(seen.text, CONTROLS);
      assert.ok(seen.text.length < 1000, `${seen.text.length} letters`);
      assert.deepEqual(seen.parts, harmless.parts, 'the same elements');
      assert.deepEqual(await window.run(HARM), NONE);
    }
    await goTo(window, 'history');
    await until('all are in the history', async () => (await screen(window)).match(/Incoming,\s*Missed/g)?.length === CALLERS.length + 1);
    assert.doesNotMatch(await window.text(), CONTROLS);
  }),
);

test('a link of a stranger dials nothing', { skip, timeout: 300_000 }, () =>
  inWindow(async (window, carrier, machine) => {
    for (const link of LINKS) assert.equal(await machine.launch([link]).ended, 0, link);
    // Links are passed on in their order: once this one is there, all were.
    assert.equal(await machine.launch(['tel:+15550199']).ended, 0);
    await until('the field is filled', () => window.run("return [...document.querySelectorAll('input')].some((one) => one.value.includes('15550199'))"));
    assert.equal(carrier.invites.length, 0);
    assert.doesNotMatch(await window.text(), /Calling/);
  }),
);
