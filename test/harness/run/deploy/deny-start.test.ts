import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { underPolicy } from '../../../../harness/run/deploy/deny-start.ts'

async function place() {
  const dir = await mkdtemp(join(tmpdir(), 'jm-policy-'))
  const at = { ours: join(dir, 'ours'), beside: join(dir, 'policy.jm'), policy: join(dir, 'policy') }
  await writeFile(at.ours, 'ours')
  const start = (command: string) => {
    const [file = '', ...args] = underPolicy(at, ['/bin/sh', '-c', command, 'sh', at.policy])
    return spawn(file, args, { stdio: 'ignore', detached: true })
  }
  return { dir, at, start, [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }) }
}

test('the policy stands while the command runs, and goes with it; the exit code is the command’s', async () => {
  await using to = await place()
  const [code] = await once(to.start('[ "$(cat "$1")" = ours ] && exit 7'), 'exit')
  expect(code).toBe(7)
  expect(await readdir(to.dir)).toEqual(['ours'])
})

test('the policy goes when the command is told to end and nobody waits for it', async () => {
  await using to = await place()
  // It runs, and not only its policy is there: a signal between the two is the shell's alone, which waits for the command's end.
  const child = to.start('echo >"$1.runs"; exec sleep 600')
  const ended = once(child, 'exit')
  for (let i = 0; i < 500; i += 1) {
    if (
      await access(`${to.at.policy}.runs`).then(
        () => true,
        () => false,
      )
    )
      break
    await wait(10)
  }
  process.kill(-(child.pid ?? 0), 'SIGTERM')
  await ended
  expect((await readdir(to.dir)).sort()).toEqual(['ours', 'policy.runs'])
})

test("somebody else's policy that has appeared stays, and nothing is run", async () => {
  await using to = await place()
  await writeFile(to.at.policy, 'theirs')
  const [code] = await once(to.start('echo run >"$1"'), 'exit')
  expect(code).toBe(1)
  expect(await readFile(to.at.policy, 'utf8')).toBe('theirs')
  expect((await readdir(to.dir)).sort()).toEqual(['ours', 'policy'])
})
