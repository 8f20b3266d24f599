import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Opener } from '../../../harness/transport/become.ts'
import { type ChannelExit, transferSeconds } from '../../../harness/transport/door.ts'
import { fetchFile } from '../../../harness/transport/fetch.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** A host that announces so many bytes; what comes then is the test's. */
function sender(size: number) {
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  const exit = Promise.withResolvers<ChannelExit>()
  const killed: string[] = []
  const channel = {
    stdin: new PassThrough(),
    stdout,
    stderr,
    exit: exit.promise,
    kill: (signal: string) => void killed.push(signal),
    close: () => {},
  }
  stdout.write(`${size}\n`)
  const opener: Opener = {
    open: async request => {
      request.onChannel?.(channel)
      return channel
    },
  }
  /** Number of bytes, or why there are none. */
  const fetch = async (signal?: AbortSignal): Promise<unknown> => {
    let bytes = 0
    const file = { opener, hostId: 'web', path: '/f', maxBytes: 1e9, mayBecome: false, signal }
    try {
      for await (const chunk of fetchFile(file)) bytes += chunk.byteLength
      return bytes
    } catch (error) {
      return error
    }
  }
  return { stdout, stderr, exit, killed, fetch }
}

test('a file that comes byte by byte is given up when its time is over, however steadily it drips', async () => {
  const { stdout, killed, fetch } = sender(1_000_000)
  const drip = setInterval(() => stdout.write('x'), 500)
  const seen = vi.fn<(end: unknown) => void>()
  void fetch().then(seen)
  await vi.advanceTimersByTimeAsync(transferSeconds(1_000_000) * 1000 - 600)
  expect(seen).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(2000)
  clearInterval(drip)
  expect(seen.mock.calls[0]?.[0]).toMatchObject({
    code: 'fetch-failed',
    exit: 'unreachable',
    message: expect.stringMatching(/its 1000000 bytes did not come within 75 s/),
  })
  expect(killed).toContain('KILL')
})

test('all bytes without the end of the command are no file either', async () => {
  const { stdout, fetch } = sender(3)
  stdout.end('abc')
  const seen = vi.fn<(end: unknown) => void>()
  void fetch().then(seen)
  await vi.advanceTimersByTimeAsync(61_000)
  expect(seen.mock.calls[0]?.[0]).toMatchObject({
    message: expect.stringMatching(/its 3 bytes did not come within 60 s/),
  })
})

test('a file that comes whole in time comes, and leaves no timer behind', async () => {
  const { stdout, stderr, exit, fetch } = sender(3)
  stdout.end('abc')
  stderr.end('end 3 none -\n')
  exit.resolve({ code: 0, signal: null })
  expect(await fetch()).toBe(3)
  expect(vi.getTimerCount()).toBe(0)
})

test('an abort ends a fetch at once, before and after its first byte', async () => {
  const stop = new AbortController()
  const { stdout, killed, fetch } = sender(1000)
  const seen = vi.fn<(end: unknown) => void>()
  void fetch(stop.signal).then(seen)
  stdout.write('x')
  await vi.advanceTimersByTimeAsync(1000)
  stop.abort(new Error('stopped'))
  await vi.advanceTimersByTimeAsync(0)
  expect(seen.mock.calls[0]?.[0]).toMatchObject({ message: 'stopped' })
  expect(killed).toContain('KILL')
  expect(await sender(3).fetch(stop.signal)).toMatchObject({ message: 'stopped' })
}, 10_000)
