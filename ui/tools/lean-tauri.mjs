// Tauri's list of its own events is made by a function that a bundler may not leave out, and the window hears none
// of them.
const LIST = /\(function \(TauriEvent\) \{[\s\S]*?\}\)\(TauriEvent \|\| \(TauriEvent = \{\}\)\);/;

/** Plugin of Vite. */
export function leanTauri() {
  return {
    name: 'lean-tauri',
    enforce: 'pre',
    transform(code, id) {
      if (!/@tauri-apps[\\/]api[\\/]event\.js/.test(id)) return null;
      if (!LIST.test(code)) throw new Error('Tauri lists its events in another way: see what there is to leave out');
      return { code: code.replace(LIST, ''), map: null };
    },
  };
}
