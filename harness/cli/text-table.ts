export interface Column {
  readonly title: string
  readonly align?: 'left' | 'right'
}

/** Columns two spaces apart, titles first, without trailing blanks; every line begins with `indent`. */
export function textTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  indent = '  ',
): string {
  const all = [columns.map(column => column.title), ...rows]
  const widths = columns.map((_, i) => Math.max(...all.map(row => width(row[i] ?? ''))))
  const line = (row: readonly string[]): string =>
    `${indent}${columns.map((column, i) => pad(row[i] ?? '', widths[i] ?? 1, column.align)).join('  ')}`.trimEnd()
  return `${all.map(line).join('\n')}\n`
}

/** Characters that take a place; none of ours are wide. */
export const width = (text: string): number => Array.from(text).length

function pad(text: string, to: number, align: 'left' | 'right' = 'left'): string {
  const blanks = ' '.repeat(Math.max(0, to - width(text)))
  return align === 'right' ? blanks + text : text + blanks
}
