import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { entryCommand } from '../../../../harness/transport/kubernetes/entry.ts'

let folder: string
let child: ChildProcess | null = null
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'jm-entry-'))
})
afterEach(async () => {
  child?.kill('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

const at = (name: string): string => path.join(folder, name)

async function until(file: string): Promise<string> {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; ) {
    const text = await readFile(file, 'utf8').catch(() => null)
    if (text !== null) return text
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  throw new Error(`${file} did not come`)
}

/** The container's first process, and a way to write to its gate. */
async function begin(): Promise<{
  readonly gate: (line: string) => Promise<void>
  readonly end: Promise<unknown[]>
}> {
  const [program = '', ...args] = await entryCommand(folder)
  child = spawn(program, args, { stdio: 'ignore' })
  const end = once(child, 'exit')
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; ) {
    if (
      await access(at('gate')).then(
        () => true,
        () => false,
      )
    )
      break
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  return { gate: line => writeFile(at('gate'), `${line}\n`), end }
}

test('what is started leaves its exit code; the container stays until it is let go, and ends with it', async () => {
  const { gate, end } = await begin()
  await writeFile(at('start.sh'), 'exit 7\n')
  await gate(`start ${at('one')}`)
  expect(await until(at('one.rc'))).toBe('7\n')
  expect(child?.exitCode).toBeNull()
  await gate('end')
  expect(await end).toEqual([7, null])
})

test('another one may follow', async () => {
  const { gate } = await begin()
  for (const code of [3, 0]) {
    await writeFile(at('start.sh'), `exit ${code}\n`)
    await gate(`start ${at(`of-${code}`)}`)
    expect(await until(at(`of-${code}.rc`))).toBe(`${code}\n`)
  }
})

test('it ends when the cluster says so', async () => {
  const { end } = await begin()
  child?.kill('SIGTERM')
  const [code, signal] = await end
  // The shell waits in a read, which the trap interrupts or not: by its handler or by the signal.
  expect(code === 143 || signal === 'SIGTERM').toBe(true)
})
