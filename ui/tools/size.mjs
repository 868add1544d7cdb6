// The whole window must stay small: everything in dist/, compressed as a server would.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const MOST_BYTES = 150_000;
const folder = fileURLToPath(new URL('../dist/', import.meta.url));
const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
const sizes = files.map((one) => ({ name: one.name, bytes: gzipSync(readFileSync(`${one.parentPath}/${one.name}`), { level: 9 }).length }));
const all = sizes.reduce((sum, one) => sum + one.bytes, 0);

for (const { name, bytes } of sizes.sort((a, b) => b.bytes - a.bytes)) console.log(`${String(bytes).padStart(8)}  ${name}`);
console.log(`${String(all).padStart(8)}  of ${MOST_BYTES} bytes gzip`);
if (all > MOST_BYTES) {
  console.error('the window has grown beyond its limit: see what was added, or load it later');
  process.exit(1);
}
