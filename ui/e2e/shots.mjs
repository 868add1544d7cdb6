// Pictures of every screen: `node e2e/shots.mjs [NAME…]`, into e2e/shots.
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { launch } from './browser.mjs';
import { SCENES } from './scenes.mjs';
import { serve } from './serve.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const SIZES = { wide: { width: 1100, height: 720 }, narrow: { width: 380, height: 760 } };
const wanted = process.argv.slice(2);

await mkdir(here('shots'), { recursive: true });
const server = await serve(here('../dist-mock'));
const browser = await launch();
for (const scene of SCENES.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    for (const look of size === 'wide' ? ['light', 'dark'] : ['light']) {
      const page = await browser.newPage({ viewport, locale: 'en-GB', reducedMotion: 'reduce' });
      await page.goto(`${server.address}?scenario=${scene.scenario}&look=${look}&speed=${scene.speed ?? 4}#/${scene.at}`);
      await page.locator('main').waitFor();
      await scene.act?.(page);
      await page.waitForTimeout(500);
      await page.screenshot({ path: here(`shots/${scene.name}-${size}-${look}.png`) });
      await page.close();
    }
  }
}
await browser.close();
await server.stop();
