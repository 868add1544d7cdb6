// Rules of the folder that no compiler holds.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

function files(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : [path.replaceAll('\\', '/')];
  });
}

// What is generated from the Rust types is theirs.
const sources = files('src').filter((path) => /\.(ts|svelte|css)$/.test(path) && !path.includes('/generated/'));
const text = (path: string) => readFileSync(path, 'utf8');

test('only the host folder knows Tauri, and only the mock build knows the mock', () => {
  expect(sources.filter((path) => /@tauri-apps/.test(text(path)))).toEqual(['src/host/tauri.ts']);
  const outside = sources.filter((path) => !path.startsWith('src/host/'));
  expect(outside.filter((path) => /host\/(mock|tauri|host|shell|store|types)['/]/.test(text(path)))).toEqual([]);
});

test('no text becomes markup or code', () => {
  const forbidden = /\{@html|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc|<iframe|\sstyle="/;
  expect(sources.filter((path) => !path.endsWith('mock/hostile.ts') && forbidden.test(text(path)))).toEqual([]);
});

test('no address outside of this computer is named', () => {
  const named = sources.filter((path) => !path.includes('/mock/') && /https?:\/\//.test(text(path)));
  expect(named).toEqual([]);
});

test('files stay small', () => {
  expect(sources.filter((path) => text(path).split('\n').length > 251)).toEqual([]);
});

test('libraries below state and parts do not know them', () => {
  const lib = sources.filter((path) => path.startsWith('src/lib/'));
  expect(lib.filter((path) => /from '(?:\.\.\/state|svelte)/.test(text(path)))).toEqual([]);
});
