import { width } from './text-table.ts'

/** Breaks text at blanks so that no line is longer than `width` (a longer word stands alone); every line begins with `indent`. */
export function wrapText(text: string, o: { readonly width: number; readonly indent: string }): string {
  const lines: string[] = []
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1)
    if (last !== undefined && width(last) + 1 + width(word) <= o.width)
      lines[lines.length - 1] = `${last} ${word}`
    else lines.push(o.indent + word)
  }
  return lines.join('\n')
}
