import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

// `--mode mock` builds the window with a phone made of TypeScript in place of the engine.
export default defineConfig(({ mode }) => ({
  plugins: [svelte()],
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
  },
  test: { environment: 'node', include: ['tests/**/*.test.ts'], pool: 'threads', maxWorkers: 1, testTimeout: 120_000 },
}));
