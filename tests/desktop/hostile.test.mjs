// What strangers write, in the real window: names, phrases, messages and links are text, and nothing else comes of them.
import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import test from 'node:test';
import { onDesk, openWindow } from './desk.mjs';
import { until } from './machine.mjs';
import { ENGLISH, goTo, screen, skip } from './steps.mjs';

/** A list of the window's own tests: JavaScript but for its type, which not every Node reads. */
function listOf(path) {
  const text = readFileSync(new URL(`../../ui/${path}`, import.meta.url), 'utf8').replace(/^(export const \w+): .+ = \[$/m, '$1 = [');
  return import(`data:text/javascript,${encodeURIComponent(text)}`);
}

/** Links as hostile pages write them, and what may reach the dial field. */
const { LINKS } = await listOf('tests/hostile-links.ts');
/** The same of links that would leave a hit. */
const HITS = [
  ['sip:<script>window.__hit=1</script>@127.0.0.1', null],
  ['sip:bob@127.0.0.1"onload=alert(1)', null],
  ['javascript:window.__hit=1', null],
];
/** What a wire can bring where a name or a phrase should be. */
const { PAYLOADS } = await listOf('src/host/mock/hostile.ts');
assert.ok(LINKS.length >= 40 && PAYLOADS.length >= 19, `${LINKS.length} links, ${PAYLOADS.length} texts`);

// In the page: an alert is a hit too.
const WATCHED = 'window.alert = () => (window.__hit = 1)';

// In the page: what a hit has left, and elements that only text of a stranger could have brought.
const HARM = `return {
  hit: window.__hit ?? window.__owned ?? null,
  strange: document.querySelectorAll('#app script, #app style, img, iframe, object, embed, [onload], [onerror], a[href^="http"], a[href^="java"]').length,
}`;
const NONE = { hit: null, strange: 0 };

const CONTROLS = /[\u0000-\u0008\u000e-\u001f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/;

/** Nothing has come of what is shown, of which this is the text. */
async function isHarmless(window, text) {
  assert.doesNotMatch(text, CONTROLS);
  assert.deepEqual(await window.run(HARM), NONE);
}

/** What is to be read of a text: marks for what cannot be seen, three accents on a letter, so many characters. */
function marked(text, most = 128) {
  const all = [...text.replace(/(\p{M}{3})\p{M}+/gu, '$1')];
  const mark = (one) => (/\p{C}/u.test(one) ? `‹${one.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}›` : one);
  return all.slice(0, most).map(mark).join('') + (all.length > most ? '…' : '');
}

/** No space stands at the end of a line. */
const reads = (text, wanted) => assert.ok(text.includes(wanted.trim()), `${wanted} is read in: ${text}`);

/** A row of a message has no line ends. */
const onALine = (text) => text.replace(/[\r\n]/g, '');

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
  return { ...seen, id: call.id };
}

const CARD = 'return document.querySelector("article[aria-label=\'Call ended\']")?.innerText ?? ""';

/** Calls out and is refused with a phrase, which the card after the call says; the Call-ID. */
async function refused(window, carrier, phrase) {
  const before = carrier.invites.length;
  carrier.refusal = `486 ${phrase}`;
  await window.type('textbox', ENGLISH.number, '9005\uE007');
  await until('it is refused', () => carrier.invites.length > before);
  await until('the card says why', async () => {
    const card = await window.run(CARD);
    reads(card, marked(`SIP 486 ${phrase}`));
    await isHarmless(window, card);
    return true;
  });
  return [...carrier.calls.keys()].at(-1);
}

// In the page: the raw text of a call's message whose first line begins so, which is opened before.
const RAW = `
  const [id, start] = arguments;
  const raw = document.querySelector('pre')?.textContent ?? '';
  if (raw.startsWith(start) && raw.includes(id)) return raw;
  [...document.querySelectorAll('[data-at]')].find((row) => row.textContent.includes(start))?.click();
  return null;
`;

/** The raw view of a message in the trace, of the call of that Call-ID. */
async function raw(window, id, start) {
  await goTo(window, `trace/${encodeURIComponent(id)}`);
  const text = await until(`${start} of ${id} is open`, () => window.run(RAW, id, start));
  await isHarmless(window, text);
  return text;
}

/** Opens the page of each call of the history, and looks for what is to be read there, by Call-ID. */
async function pages(window, wanted) {
  const left = new Map(wanted);
  for (let row = 0; left.size > 0; row += 1) {
    await window.run("document.querySelectorAll('[data-row]')[arguments[0]].click()", row);
    const [id, page] = await until(`page ${row} is there`, async () => {
      const text = await window.run("return document.querySelector('main article')?.innerText ?? ''");
      const found = [...left.keys()].find((one) => text.includes(one));
      return found && [found, text];
    });
    reads(page, left.get(id));
    await isHarmless(window, page);
    left.delete(id);
  }
}

/** Walks in a window with a registered line, in which a hit is seen. */
const inWindow = (walk) =>
  onDesk(async (machine, carrier) => {
    const window = await openWindow(machine);
    await window.run(WATCHED);
    await walk(window, carrier, machine);
    assert.deepEqual(await window.run(HARM), NONE);
    await window.close();
  });

/** Works beside a server on this computer, whose address it is given and which nobody may ask for anything. */
async function overheard(work) {
  const asked = [];
  const server = createServer((request, response) => {
    asked.push(request.url);
    response.writeHead(404).end();
  });
  await new Promise((listens) => server.listen(0, '127.0.0.1', listens));
  const at = `http://127.0.0.1:${server.address().port}`;
  try {
    await fetch(`${at}/first`);
    assert.deepEqual(asked, ['/first'], 'it hears who asks');
    await work(at);
    assert.deepEqual(asked, ['/first'], 'nobody else has asked');
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

test('what strangers write is text, wherever it is shown', { skip, timeout: 300_000 }, () =>
  overheard((at) =>
    inWindow(async (window, carrier) => {
      const texts = PAYLOADS.map((one) => one.replace(/(?:https?:)?\/\/evil\.example/g, at).replace('src=x', `src=${at}/x`));
      // Each call brings another one in each field.
      const text = (n) => texts[n % texts.length];
      const [ada, dash] = [await shown(window, carrier), await shown(window, carrier, '+15550123', '-')];
      assert.match(ada.text, /Ada/);
      const [agents, bodies, phrases] = [new Map(), new Map(), new Map()];
      const onPages = new Map([[ada.id, 'office'], [dash.id, 'office']]);

      for (const n of texts.keys()) {
        const [name, user, agent, body] = [onALine(text(n)), text(n + 1), onALine(text(n + 2)), text(n + 3)];
        const seen = await shown(window, carrier, encodeURIComponent(user), name, `User-Agent: ${agent}`);
        for (const one of [name, user]) reads(seen.text, marked(one));
        assert.ok(seen.text.length < 1000, `${seen.text.length} letters`);
        // A name without a letter has a picture in place of its first ones.
        assert.deepEqual(seen.parts, (/\p{L}/u.test(marked(name)) ? ada : dash).parts, 'the same elements');
        await isHarmless(window, seen.text);
        agents.set(seen.id, agent);
        onPages.set(seen.id, marked(user));
        const written = carrier.write(body);
        await until('the text is taken', () => written.code === 200);
        bodies.set(written.id, body);
      }
      for (const phrase of texts.map(onALine)) {
        const id = await refused(window, carrier, phrase);
        phrases.set(id, phrase);
        onPages.set(id, marked(`SIP 486 ${phrase}`));
      }

      await goTo(window, 'history');
      const list = await until('all are in the history', async () => {
        const list = await screen(window);
        assert.equal(list.match(/Incoming,\s*Missed/g)?.length, texts.length + 2);
        assert.equal(list.match(/Outgoing,\s*Busy/g)?.length, texts.length);
        return list;
      });
      for (const one of texts) reads(list, marked(one));
      await isHarmless(window, list);
      await pages(window, onPages);

      for (const [id, agent] of agents) reads(await raw(window, id, 'INVITE sip:'), marked(`User-Agent: ${agent}`, 1024));
      for (const [id, phrase] of phrases) reads(await raw(window, id, 'SIP/2.0 486'), marked(`SIP/2.0 486 ${phrase}`, 1024));
      for (const [id, body] of bodies) {
        const lines = body.split('\r\n').map((line) => marked(line, 1024));
        reads(await raw(window, id, 'MESSAGE sip:'), lines.join('\n'));
      }
    }),
  ),
);

test('a link of a stranger dials nothing', { skip, timeout: 300_000 }, () =>
  inWindow(async (window, carrier, machine) => {
    const filled = "return [...document.querySelectorAll('input')].some((one) => one.value === arguments[0])";
    // Links are passed on in their order: once the last one is there, all were.
    for (const [link, text] of [...LINKS, ...HITS, ['tel:+15550199', '+15550199']]) {
      assert.equal(await machine.launch([link]).ended, 0, link);
      if (text !== null) await until(`${text} is in the field`, () => window.run(filled, text));
    }
    assert.equal(carrier.invites.length, 0);
    assert.doesNotMatch(await window.text(), /Calling/);
    await window.clear('textbox', ENGLISH.number);
    await window.type('textbox', ENGLISH.number, '9005\uE007');
    await until('a person dials', () => carrier.invites.length === 1);
  }),
);
