// The window must stay small: all that one window can load, compressed as a server would. It speaks one language at a
// time, so the largest counts.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const MOST_BYTES = 150_000;
const folder = (path) => fileURLToPath(new URL(path, import.meta.url));
const entries = (path, how) => readdirSync(folder(path), { withFileTypes: true, ...how });
const languages = entries('../src/i18n/').filter((one) => one.isDirectory()).map((one) => one.name);
const isLanguage = ({ name }) => languages.some((tag) => new RegExp(`^${tag}-[\\w-]{8}\\.js$`).test(name));
const sum = (sizes) => sizes.reduce((all, one) => all + one.bytes, 0);

const files = entries('../dist/', { recursive: true }).filter((one) => one.isFile());
const sizes = files.map((one) => ({ name: one.name, bytes: gzipSync(readFileSync(`${one.parentPath}/${one.name}`), { level: 9 }).length }));
sizes.sort((a, b) => b.bytes - a.bytes);
const spoken = sizes.filter(isLanguage);
const all = sum(sizes.filter((one) => !isLanguage(one))) + spoken[0].bytes;

for (const { name, bytes } of sizes) console.log(`${String(bytes).padStart(8)}  ${name}`);
console.log(`${String(all).padStart(8)}  of ${MOST_BYTES} bytes gzip, with one of ${spoken.length} languages`);
if (spoken.length !== languages.length) {
  console.error('each language must be a file of its own');
  process.exit(1);
}
if (all > MOST_BYTES) {
  console.error('the window has grown beyond its limit: see what was added, or load it later');
  process.exit(1);
}
