// Every package must be free to use and to pass on. Those that are not in the window itself may also be under
// the MPL, whose terms end at the file.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PERMISSIVE = ['MIT', 'MIT-0', 'Apache-2.0', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'BlueOak-1.0.0', 'CC0-1.0', 'Unlicense', 'Python-2.0', 'CC-BY-4.0', 'Zlib'];
const TOOLS_ONLY = ['MPL-2.0'];
const root = fileURLToPath(new URL('../', import.meta.url));
const { packages } = JSON.parse(readFileSync(`${root}package-lock.json`, 'utf8'));

/** `A OR B`: one of them will do; `A AND B`: both must. */
function fits(licence, allowed) {
  return licence.replace(/[()]/g, '').split(/ OR /i).some((choice) => choice.split(/ AND /i).every((one) => allowed.includes(one.trim())));
}

function licenceOf(path, entry) {
  const file = `${root}${path}/package.json`;
  const told = entry.license ?? (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).license : undefined);
  return typeof told === 'string' ? told : (told?.type ?? 'none');
}

const bad = Object.entries(packages).filter(([path]) => path !== '').flatMap(([path, entry]) => {
  const licence = licenceOf(path, entry);
  return fits(licence, entry.dev ? [...PERMISSIVE, ...TOOLS_ONLY] : PERMISSIVE) ? [] : [`${path.replace('node_modules/', '')}: ${licence}`];
});
const hosts = Object.entries(packages).filter(([, entry]) => entry.resolved !== undefined).map(([path]) => path);

for (const line of bad) console.error(`licence not allowed: ${line}`);
for (const path of hosts) console.error(`package-lock.json names where it was fetched: ${path}`);
if (bad.length + hosts.length > 0) process.exit(1);
console.log(`${Object.keys(packages).length - 1} packages, all licences allowed`);
