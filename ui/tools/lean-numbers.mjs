// The numbering plans of the world hold what formats a number while it is typed, and national forms. The window shows
// whole numbers in their international form only: of each format's leading digits the last, most detailed pattern
// decides there, and rules for national prefixes are not read.

/** Without what is not read; the result says the same of every whole number. */
export function leanPlans(plans) {
  const lean = (list) => list.map(([pattern, form, leading, ...rest]) => {
    const last = Array.isArray(leading) ? leading.slice(-1) : leading;
    // The international form, where it differs, is the sixth.
    const more = rest.length > 2 ? [0, 0, ...rest.slice(2)] : [];
    return [pattern, form, ...(last === undefined ? [] : [last]), ...more];
  });
  const FORMATS = 4;
  for (const plan of [...Object.values(plans.countries), ...Object.values(plans.nonGeographic ?? {})]) {
    if (Array.isArray(plan[FORMATS])) plan[FORMATS] = lean(plan[FORMATS]);
  }
  return plans;
}

/** Its error, written for browsers that have no classes. */
const PLAIN_ERROR = 'export default class ParseError extends Error {}';

/** Plugin of Vite. */
export function leanNumbers() {
  return {
    name: 'lean-numbers',
    enforce: 'pre',
    transform(code, id) {
      if (/libphonenumber-js[\\/]es6[\\/]ParseError\.js/.test(id)) return { code: PLAIN_ERROR, map: null };
      if (!/libphonenumber-js[\\/]metadata\.min\.json\.js/.test(id)) return null;
      const json = /export default (\{[\s\S]*\})/.exec(code)?.[1];
      return { code: `export default ${JSON.stringify(leanPlans(JSON.parse(json)))}`, map: null };
    },
  };
}
