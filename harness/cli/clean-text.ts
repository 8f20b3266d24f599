/** Control characters but for the newline, and what turns the direction of writing or ends a line in secret (Unicode: bidi controls, U+2028, U+2029). */
const UNSAFE = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu

/** How our own styling begins and ends: the codes of `Style` in terminal.ts. Colours are all that they can change. */
const ESCAPE = '\u001b'
const STYLED = new RegExp(`(${ESCAPE}\\[(?:1|2|22|3[1236]|39)m)`)

/**
 * Text from hosts, files and ledgers as a terminal may be given it: no character moves the cursor, hides or turns what stands there. Each such
 * character is written out as \uXXXX, which JSON reads as the same character; a tab becomes a blank. Our own colours stay.
 */
export const cleanText = (text: string): string =>
  text
    .split(STYLED)
    .map((part, i) => (i % 2 === 1 ? part : part.replace(UNSAFE, shown)))
    .join('')

/** The same, on one line and without colours. */
export const cleanLine = (text: string): string => text.replaceAll('\n', ' ').replace(UNSAFE, shown)

function shown(character: string): string {
  if (character === '\n') return character
  if (character === '\t') return ' '
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
