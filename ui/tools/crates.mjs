// Writes the list of Rust crates in the program, by licence, for the window's "about": `npm run crates`.
// With --check it only looks whether the committed list is current.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PROGRAMS = ['milliwatt-cli', 'milliwatt-desktop'];
const root = fileURLToPath(new URL('../../', import.meta.url));
const place = fileURLToPath(new URL('../src/licences/crates.json', import.meta.url));

const { packages, resolve, workspace_members: own } = JSON.parse(
  execFileSync('cargo', ['metadata', '--format-version', '1', '--locked', '--all-features'], { cwd: root, maxBuffer: 1 << 28 }),
);
const nodes = new Map(resolve.nodes.map((node) => [node.id, node]));
const named = new Map(packages.map((one) => [one.id, one]));

// What is only built with or tested with is not in the program.
const inside = new Set();
const todo = packages.filter((one) => PROGRAMS.includes(one.name)).map((one) => one.id);
while (todo.length > 0) {
  const id = todo.pop();
  if (inside.has(id)) continue;
  inside.add(id);
  for (const { pkg, dep_kinds } of nodes.get(id).deps) if (dep_kinds.some((one) => one.kind === null)) todo.push(pkg);
}

const byLicence = {};
for (const id of inside) {
  if (own.includes(id)) continue;
  const { name, license } = named.get(id);
  const words = (license ?? 'see its own file').replaceAll('/', ' OR ').split(' OR ').map((one) => one.trim()).sort().join(' OR ');
  (byLicence[words] ??= new Set()).add(name);
}
const sorted = Object.fromEntries(Object.entries(byLicence).sort(([a], [b]) => (a < b ? -1 : 1)).map(([licence, names]) => [licence, [...names].sort()]));
const text = `${JSON.stringify(sorted, null, 1)}\n`;

if (!process.argv.includes('--check')) writeFileSync(place, text);
else if (readFileSync(place, 'utf8') !== text) {
  console.error('the list of crates is not current: cd ui && npm run crates');
  process.exit(1);
}
