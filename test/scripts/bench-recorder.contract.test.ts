import path from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'

const SCRIPT = path.resolve(import.meta.dirname, '../../scripts/bench-recorder')

/** What stands in the cells of a row, figures by their form. */
const kinds = (row: readonly string[]): string =>
  row
    .map(cell => cell.replace(/^[\d.]+ \([\d.]+…[\d.]+\)$/, 'spread').replace(/^[\d.]+ \/ [\d.]+$/, 'late'))
    .join(', ')

/** Rows of the tables in a text, cell by cell, without the heads. */
const rowsOf = (text: string): string[][] =>
  text
    .split('\n')
    .filter(line => /^\| \d+ Hz /.test(line))
    .map(line => line.slice(2, -2).split(' | '))

// That it measures all of them and prints the table; how long anything took depends on the machine.
test('the benchmark prints perl beside its twin, sadc and node_exporter, each with its spread', async () => {
  const argv = ['--pairs', '1', '--others', '1', '--seconds', '2', '--rates', '1', '--loads', 'idle']
  const { stdout } = await execa(SCRIPT, argv, { stdin: 'ignore' })
  expect(stdout).toMatch(/^1 interleaved pairs of 2 s, \d+ files per reading, \d+ cores; median/)
  const [recorder = [], ...others] = rowsOf(stdout)
  expect(kinds(recorder)).toBe('1 Hz, idle, spread, spread, spread, late, late, late')
  expect(others.map(kinds)).toEqual([
    '1 Hz, idle, sadc, spread, spread',
    '1 Hz, idle, sadc -S ALL, spread, spread',
    '1 Hz, idle, node_exporter, spread, spread',
  ])
})
