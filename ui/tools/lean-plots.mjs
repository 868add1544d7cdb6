// uPlot hangs all that it offers on its one export, so that a bundler may not leave out what is not used: other forms
// of lines, tables of data that are joined. The window draws plain lines and asks for nothing beside the graph.
const OFFER = /^uPlot\.assign = assign;[\s\S]*?(?=^export \{ uPlot as default \};)/m;

/** Plugin of Vite. */
export function leanPlots() {
  return {
    name: 'lean-plots',
    enforce: 'pre',
    transform(code, id) {
      if (!/uplot[\\/]dist[\\/]uPlot\.esm\.js/.test(id)) return null;
      if (!OFFER.test(code)) throw new Error('uPlot offers things in another way: see what there is to leave out');
      return { code: code.replace(OFFER, ''), map: null };
    },
  };
}
