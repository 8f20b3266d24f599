import { LEVELS, type Published } from './types.ts'

/**
 * Reads a table of published SPECpower_ssj2008 results: CSV with the columns `hardware_available` (`Mon-YYYY`), `cpu`, `nodes`,
 * `threads`, `w_100` … `w_10`, `idle_w`. Watts are of all nodes together, threads of one node.
 * @throws RangeError naming line and column of what cannot be read
 */
export function readPublished(csv: string): Published[] {
  const lines = csv.split(/\r?\n/).filter(line => line !== '')
  const header = cellsOf(lines[0] ?? '')
  return lines.slice(1).map((line, i) => readLine(cellsOf(line), header, i + 2))
}

function readLine(cells: readonly string[], header: readonly string[], line: number): Published {
  const cell = (name: string): string => {
    const value = cells[header.indexOf(name)]
    if (value === undefined || value === '') throw new RangeError(`line ${line}: no ${name}`)
    return value
  }
  const number = (name: string): number => {
    const value = Number(cell(name))
    if (!(value > 0)) throw new RangeError(`line ${line}: ${name} is not a number above 0: ${cell(name)}`)
    return value
  }
  const year = Number(/^\w{3}-(\d{4})$/.exec(cell('hardware_available'))?.[1])
  if (!Number.isInteger(year)) throw new RangeError(`line ${line}: hardware_available is not Mon-YYYY`)
  const threads = number('threads')
  const per = number('nodes') * threads
  const watts = LEVELS.map(level => number(level === 0 ? 'idle_w' : `w_${Math.round(level * 100)}`) / per)
  return { cpu: cpuModel(cell('cpu')), year, threads, watts }
}

/** Cells of a line of CSV; a cell may stand in double quotes, in which `""` is a quote. */
const cellsOf = (line: string): string[] =>
  [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, bare]) =>
    quoted === undefined ? (bare ?? '') : quoted.replaceAll('""', '"'),
  )

/** One name per CPU model, without frequency, marks and remarks: `Intel(R) Xeon(R) Gold 6210U CPU @ 2.50GHz` → `xeon gold 6210u`. */
export const cpuModel = (name: string): string =>
  name
    .toLowerCase()
    .replace(/\((r|tm)\)/g, ' ')
    .replace(/\(.*$/, ' ')
    .replace(/@.*$/, ' ')
    .replace(/\b\d+(\.\d+)?\s*[gm]hz\b.*$/, ' ')
    .replace(/\b(intel|amd|cpu|processor)\b/g, ' ')
    .replace(/[^a-z0-9]+/g, ' ')
    .replace(/(\d)v(\d)\b/, '$1 v$2')
    .trim()
