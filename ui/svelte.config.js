import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

export default {
  preprocess: vitePreprocess({ script: false }),
  compilerOptions: {
    runes: true,
    // Short: a class of this name stands at every element with a style.
    cssHash: ({ hash, css }) => `s${hash(css).slice(0, 4)}`,
  },
};
