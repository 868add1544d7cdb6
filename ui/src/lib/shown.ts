/** Longest text of the wire that is shown, in characters. */
export const SHOWN_CHARACTERS = 128;

/** Characters that draw nothing although Unicode calls them letters or marks. */
const BLANK = /[\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800\u034f\u180b-\u180f]/u;
/** Control, format (bidi, zero-width), private, unassigned, half a pair; line and paragraph separators. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]/u;
const MARK = /\p{M}/u;
/** So many marks may stand on one letter; more would paint over the lines above. */
const MARKS_ON_A_LETTER = 3;

/** The one way by which text of the wire reaches the screen: what cannot be seen becomes a mark. */
export function shownText(text: string | null | undefined, most = SHOWN_CHARACTERS): string {
  let shown = '';
  let count = 0;
  let marks = 0;
  for (const character of text ?? '') {
    if (count === most) return `${shown}…`;
    marks = MARK.test(character) ? marks + 1 : 0;
    if (marks > MARKS_ON_A_LETTER) continue;
    shown += visible(character);
    count += 1;
  }
  return shown;
}

/** Several lines of the wire, such as a SIP message: line ends stay, the rest as `shownText`. */
export function shownLines(text: string, most = 65_536): string {
  return text.slice(0, most).split(/\r\n|\r|\n/).map((line) => shownText(line, 1024)).join('\n');
}

function visible(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (UNSEEN.test(character) || BLANK.test(character)) {
    return `‹${code.toString(16).toUpperCase().padStart(4, '0')}›`;
  }
  return character;
}
