import { describe } from '../../../harness/cli/error-text.ts'
import { buildProgram } from '../../../harness/cli/program.ts'
import type { Ended } from './joulemark.ts'

/** Runs the command in this process, with a terminal that keeps what is written: as main.ts does, without the price of a process. */
export async function inProcess(args: readonly string[]): Promise<Ended> {
  let [stdout, stderr] = ['', '']
  const program = buildProgram({
    out: text => void (stdout += text),
    err: text => void (stderr += text),
    draw: text => void (stderr += text),
    live: false,
    asks: false,
    columns: () => 100,
    rows: () => 24,
    style: (_, text) => text,
  })
  const before = process.exitCode
  process.exitCode = 0
  try {
    await program.parseAsync([...args], { from: 'user' })
    return { exitCode: process.exitCode, stdout, stderr }
  } catch (error) {
    const { text, exitCode } = describe(error)
    return { exitCode, stdout, stderr: stderr + text }
  } finally {
    process.exitCode = before
  }
}
