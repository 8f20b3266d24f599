import type { ModelError } from './leave-one-out.ts'
import type { Coefficients } from './types.ts'

/** The coefficients as the source that is committed: six significant digits, far below the model's error. */
export const formatCoefficients = (c: Coefficients): string =>
  `import type { Coefficients } from './types.ts'

/** Written by scripts/fit-power-model.ts; not to be edited. */
export const coefficients: Coefficients = ${JSON.stringify(c, (_, v: unknown) => (typeof v === 'number' ? roundSix(v) : v), 2)}
`

const roundSix = (value: number): number => Number(value.toPrecision(6))

/** The errors as a table of Markdown. */
export function formatErrors(errors: readonly ModelError[]): string {
  const percent = (x: number): string => `${(x * 100).toFixed(0)} %`
  const lines = errors.map(
    e =>
      `| ${e.knowing} | ${e.load} | ${e.cpuModels} | ${percent(e.bias)} | ${percent(e.meanError)} | ${percent(e.error90)} | ` +
      `× ${e.low.toFixed(2)} … × ${e.high.toFixed(2)} | ${percent(e.coverage)} |`,
  )
  return [
    '| known | load | CPU models | median error | mean size of error | 90 % below | 95 % interval | contains the truth |',
    '|---|---|---|---|---|---|---|---|',
    ...lines,
    '',
  ].join('\n')
}

const BEGIN = '<!-- errors: written by scripts/fit-power-model.ts -->\n'
const END = '<!-- end of errors -->'

/** Puts a generated table between the marks of a page. @throws RangeError when the page has no marks */
export function replaceBlock(page: string, block: string): string {
  const from = page.indexOf(BEGIN)
  const to = page.indexOf(END)
  if (from < 0 || to < from) throw new RangeError('the page has no marks for the table of errors')
  return `${page.slice(0, from + BEGIN.length)}${block}${page.slice(to)}`
}
