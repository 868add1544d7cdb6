// The npm packages that are in the built window, by licence, as the module `virtual:packages`.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const NAME = 'virtual:packages';
/** Tools whose code ends up in the window. */
const COMPILED_IN = ['svelte'];
const root = fileURLToPath(new URL('../', import.meta.url));

export function packagesInside() {
  const { packages } = JSON.parse(readFileSync(`${root}package-lock.json`, 'utf8'));
  const byLicence = {};
  for (const [path, entry] of Object.entries(packages)) {
    const name = path.replace(/^node_modules\//, '');
    if (path === '' || name.includes('node_modules/') || (entry.dev && !COMPILED_IN.includes(name))) continue;
    (byLicence[entry.license ?? 'none'] ??= []).push(`${name} ${entry.version}`);
  }
  return byLicence;
}

/** Plugin of Vite. */
export function licencesOfPackages() {
  return {
    name: 'licences-of-packages',
    resolveId: (id) => (id === NAME ? `\0${NAME}` : null),
    load: (id) => (id === `\0${NAME}` ? `export default ${JSON.stringify(packagesInside())};` : null),
  };
}
