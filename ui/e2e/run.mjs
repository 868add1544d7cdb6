// The window in a real browser, on the phone made of TypeScript: every screen and state is looked at by axe in the
// light and in the dark at two widths, the wide one in high contrast too, and the ways through it are walked. Ends
// with 1 on the first kind of trouble.
import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import { browserPath, launch } from './browser.mjs';
import { FLOWS } from './flows.mjs';
import { SCENES } from './scenes.mjs';
import { serve } from './serve.mjs';

const WIDE = { width: 1100, height: 720 };
const NARROW = { width: 380, height: 760 };
const RULES = { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations'] };
/** What longer words can break. */
const WORDS = { runOnly: ['target-size', 'color-contrast', 'scrollable-region-focusable', 'region', 'page-has-heading-one', 'nested-interactive'], resultTypes: ['violations'] };
const CONTRAST = { runOnly: ['color-contrast'], resultTypes: ['violations'] };

if (browserPath() === null) {
  console.error('no browser: install Chromium (Debian: apt install chromium), or name one in CHROMIUM');
  process.exit(1);
}

const failures = [];
/** Pages of what runs, by its name. */
const opened = new Map();
const AT_ONCE = 2;
const server = await serve(fileURLToPath(new URL('../dist-mock', import.meta.url)));
const browser = await launch();
const context = await browser.newContext({ viewport: WIDE, locale: 'en-GB', reducedMotion: 'reduce', permissions: ['clipboard-read', 'clipboard-write'] });

/** A page that notes errors, refused resources and requests to anywhere else. */
async function open(name, scenario, at, { speed = 6, lang = 'en', prepare } = {}) {
  const page = await context.newPage();
  opened.get(name).push(page);
  const trouble = (text) => failures.push(`${name}: ${text}`);
  page.on('pageerror', (error) => trouble(`error: ${error.message}`));
  page.on('console', (line) => ['error', 'warning'].includes(line.type()) && trouble(`console: ${line.text()}`));
  page.on('request', (request) => !/^(data:|blob:)/.test(request.url()) && !request.url().startsWith(server.address) && trouble(`request: ${request.url()}`));
  page.on('dialog', (dialog) => (trouble(`dialog: ${dialog.message()}`), dialog.dismiss()));
  await prepare?.(page);
  await page.goto(`${server.address}?scenario=${scenario}&look=light&speed=${speed}&lang=${lang}#/${at}`);
  await page.locator('main').waitFor();
  return page;
}

async function audit(page, name, rules) {
  const { violations } = await page.evaluate((options) => globalThis.axe.run(document, options), rules);
  for (const { id, nodes } of violations) {
    for (const node of nodes.slice(0, 3)) failures.push(`${name}: ${id}: ${node.target.join(' ')}: ${node.any[0]?.message ?? node.failureSummary ?? ''}`);
  }
}

async function overflow(page, name) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (over > 0) failures.push(`${name}: ${over} px wider than the window`);
  const wide = await page.evaluate(() => [...document.querySelectorAll('main *, nav *, dialog *, article *')].filter((one) => {
    const box = one.getBoundingClientRect();
    const hidden = one.closest('.hidden, .cut, .tabs, footer, pre, .scroll, .u-wrap, svg, [hidden]');
    return box.width > 0 && !hidden && (box.right > innerWidth + 1 || box.left < -1);
  }).slice(0, 3).map((one) => `${one.tagName.toLowerCase()}.${one.className}`));
  for (const one of wide) failures.push(`${name}: ${one} is cut off`);
}

/** The way out of a call is never under something else. */
async function reachable(page, name) {
  const hang = page.getByRole('button', { name: 'Hang up', exact: true }).first();
  if ((await hang.count()) === 0 || (await page.locator('dialog[open]').count()) > 0) return;
  const clear = await hang.evaluate((one) => {
    const box = one.getBoundingClientRect();
    return one.contains(document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2));
  });
  if (!clear) failures.push(`${name}: the hang-up button is covered or out of sight`);
}

async function look(page, name) {
  await page.evaluate(async (value) => {
    document.documentElement.dataset.look = value;
    // Colours are still on their way for a frame.
    for (let at = 0; at < 3; at += 1) await new Promise(requestAnimationFrame);
  }, name);
}

/** The same in German, whose words are longer. */
async function german({ name, scenario, at }) {
  const page = await open(name, scenario, at, { lang: 'de' });
  await page.evaluate(axe.source);
  await overflow(page, `${name}, German, wide`);
  await page.setViewportSize(NARROW);
  await audit(page, `${name}, German, narrow`, WORDS);
  await overflow(page, `${name}, German, narrow`);
  await page.close();
}

/** A page as it stands, in the light and in the dark. */
async function looks(page, name) {
  for (const one of ['light', 'dark']) {
    await look(page, one);
    await audit(page, `${name}, ${one}`, RULES);
  }
  await overflow(page, name);
}

async function scene({ name, scenario, at, act, speed }) {
  const page = await open(name, scenario, at, speed === undefined ? {} : { speed });
  await act?.(page);
  await page.evaluate(axe.source);
  await looks(page, `${name}, wide`);
  await reachable(page, `${name}, wide`);
  await look(page, 'contrast');
  await audit(page, `${name}, wide, contrast`, CONTRAST);
  await page.setViewportSize(NARROW);
  await looks(page, `${name}, narrow`);
  if (!/keypad|graphs|incoming/.test(name)) await reachable(page, `${name}, narrow`);
  await page.close();
  if (!act) await german({ name, scenario, at });
}

const wanted = process.argv.slice(2);
const chosen = ({ name }) => wanted.length === 0 || wanted.includes(name);
const began = performance.now();
async function guarded(name, act) {
  opened.set(name, []);
  const before = failures.length;
  try {
    await act();
  } catch (error) {
    failures.push(`${name}: ${error.message.split('\n').slice(0, 4).join(' ')}`);
  }
  const bad = failures.slice(before).some((line) => line.startsWith(name));
  console.log(`${bad ? 'FAIL' : 'ok  '} ${name}`);
  for (const page of opened.get(name)) await page.close();
}
const jobs = [
  ...SCENES.filter(chosen).map((one) => ({ name: one.name, act: () => scene(one) })),
  ...FLOWS.filter(chosen).map((one) => ({ name: one.name, act: () => one.walk((scenario, at, how) => open(one.name, scenario, at, how)) })),
];
await Promise.all(Array.from({ length: AT_ONCE }, async () => {
  for (let job = jobs.shift(); job; job = jobs.shift()) await guarded(job.name, job.act);
}));
await browser.close();
await server.stop();

for (const line of failures) console.error(line);
console.log(`${opened.size} of ${SCENES.length + FLOWS.length} scenes and ways, ${failures.length} failures, ${Math.round((performance.now() - began) / 1000)} s`);
process.exit(failures.length === 0 ? 0 : 1);
