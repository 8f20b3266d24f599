import { Readable, Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { processTerminal } from '../../../harness/cli/terminal.ts'

/** A stream that keeps what is written, or fails as a closed terminal does. */
function stream(code?: string): { readonly written: string[]; readonly to: Writable } {
  const written: string[] = []
  const to = new Writable({
    autoDestroy: false,
    write(chunk, _encoding, done) {
      written.push(String(chunk))
      done(code === undefined ? null : Object.assign(new Error(code), { code }))
    },
  })
  return { written, to }
}

test.each(['EPIPE', 'EIO', 'ENXIO'])('%s ends the writing to that stream and nothing else', async code => {
  const out = stream()
  const err = stream(code)
  const terminal = processTerminal({ stdin: Readable.from([]), stdout: out.to, stderr: err.to })
  terminal.err('one')
  await new Promise(setImmediate)
  terminal.err('two')
  terminal.draw('three')
  terminal.out('four')
  expect(err.written).toEqual(['one'])
  expect(out.written).toEqual(['four'])
})

test('a result that can not be written is told in one line and in the exit code', async () => {
  const [out, err] = [stream('ENOSPC'), stream()]
  const terminal = processTerminal({ stdin: Readable.from([]), stdout: out.to, stderr: err.to })
  const before = process.exitCode
  terminal.out('one')
  await new Promise(setImmediate)
  terminal.out('two')
  const code = process.exitCode
  process.exitCode = before
  expect(code).toBe(2)
  expect(out.written).toEqual(['one'])
  expect(err.written).toEqual(['joulemark: standard output can not be written: ENOSPC\n'])
})

test('only what we draw reaches the terminal with control characters', () => {
  const err = stream()
  const terminal = processTerminal({ stdin: Readable.from([]), stdout: err.to, stderr: err.to })
  terminal.err('\u001b[2J')
  terminal.out('\u001b[2J')
  terminal.draw('\u001b[2J')
  expect(err.written).toEqual(['\\u001b[2J', '\\u001b[2J', '\u001b[2J'])
})
