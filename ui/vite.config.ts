import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { leanCode } from './tools/lean-code.mjs';
import { leanNumbers } from './tools/lean-numbers.mjs';
import { leanPlots } from './tools/lean-plots.mjs';
import { leanTauri } from './tools/lean-tauri.mjs';
import { licencesOfPackages } from './tools/packages.mjs';

// One file compresses better than several: what is loaded later or never has files of its own.
const APART = /\/i18n\/(de|en)\/|\/licences\/|uplot|\/(Graph|GraphDrawer|Licences)\.svelte/i;

// `--mode mock` builds the window with a phone made of TypeScript in place of the engine.
export default defineConfig(({ mode }) => ({
  plugins: [svelte(), licencesOfPackages(), leanNumbers(), leanPlots(), leanTauri(), leanCode()],
  base: './',
  define: { __MOCK__: JSON.stringify(mode === 'mock' || mode === 'test') },
  resolve: mode === 'test' ? { conditions: ['browser'] } : {},
  server: { fs: { allow: ['..'] } },
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    // No data: addresses but for images, so that the content security policy stays strict.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rolldownOptions: {
      checks: { pluginTimings: false },
      output: { codeSplitting: { groups: [{ name: 'start', test: (id) => !APART.test(id) }] } },
    },
    // One sheet is smaller than three.
    cssCodeSplit: false,
  },
  test: { environment: 'node', include: ['tests/**/*.test.ts'], setupFiles: ['tests/setup.ts'], pool: 'threads', maxWorkers: 1, testTimeout: 120_000 },
}));
