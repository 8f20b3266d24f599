import { access, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { completionScript } from '../../../harness/cli/completion.ts'
import { buildProgram } from '../../../harness/cli/program.ts'
import type { Terminal } from '../../../harness/cli/terminal.ts'

const nowhere: Terminal = {
  out: () => undefined,
  err: () => undefined,
  draw: () => undefined,
  live: false,
  asks: false,
  columns: () => 80,
  rows: () => 24,
  style: (_, text) => text,
}
const program = buildProgram(nowhere)

const bashWords = async (...words: readonly string[]): Promise<readonly string[]> => {
  const ask = `COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _joulemark; printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout } = await execa('bash', [
    '-c',
    `${completionScript('bash', program)}\n${ask}`,
    'bash',
    'joulemark',
    ...words,
  ])
  return stdout.split('\n').filter(word => word !== '')
}

test('bash completes commands, options, words and folders', async () => {
  expect(await bashWords('re')).toEqual(['reap', 'report'])
  expect(await bashWords('run', '--re')).toEqual(['--resume'])
  expect(await bashWords('list', '')).toEqual(['collectors', 'workloads', 'targets', 'formats'])
  expect(await bashWords('run', '--resume', 'harness/mo')).toEqual(['harness/model'])
  expect(await bashWords('plan', 'docs/examples/qui')).toEqual(['docs/examples/quick.yaml'])
  expect(await bashWords('completion', 'f')).toEqual(['fish'])
  expect(await bashWords('images', '')).toEqual(['list', 'build', 'save', '--help'])
  expect(await bashWords('images', 'build', '--pl')).toEqual(['--platform'])
  expect(await bashWords('images', 'build', '--builder', 'b')).toEqual(['buildah'])
  expect(await bashWords('images', 'save', 'docs/examples/qui')).toEqual(['docs/examples/quick.yaml'])
})

/** Path of a shell; undefined: it is not on this machine. */
const find = async (shell: string): Promise<string | undefined> => {
  for (const path of [
    `/usr/bin/${shell}`,
    `/bin/${shell}`,
    `/usr/local/bin/${shell}`,
    `/opt/homebrew/bin/${shell}`,
  ])
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path
  return undefined
}
const fishPath = await find('fish')
const zshPath = await find('zsh')

test.runIf(fishPath)('fish completes commands and options', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'joulemark-fish-'))
  try {
    const file = join(folder, 'joulemark.fish')
    await writeFile(file, completionScript('fish', program))
    const ask = async (line: string): Promise<string> =>
      (
        await execa(fishPath ?? '', ['--no-config', '-c', `source ${file}; complete -C '${line}'`], {
          env: { HOME: folder },
        })
      ).stdout
    expect(await ask('joulemark re')).toMatch(/^reap\t.*\nreport\t/)
    expect(await ask('joulemark list ')).toContain('workloads')
    expect(await ask('joulemark run --al')).toMatch(/^--allow-changed\t/)
    expect(await ask('joulemark images ')).toContain('save')
    expect(await ask('joulemark images list ')).not.toContain('collectors\n')
    expect(await ask('joulemark images build --pl')).toMatch(/^--platform\t/)
    expect(await ask('joulemark images save docs/examples/qui')).toContain('docs/examples/quick.yaml')
  } finally {
    await rm(folder, { recursive: true })
  }
})

test.runIf(zshPath)('zsh takes its script', async () => {
  const { exitCode } = await execa(zshPath ?? '', ['-f', '-n', '-c', completionScript('zsh', program)], {
    reject: false,
  })
  expect(exitCode).toBe(0)
})

test('scripts name every command and option', () => {
  for (const shell of ['bash', 'zsh', 'fish'] as const) {
    const script = completionScript(shell, program)
    for (const command of program.commands.flatMap(one => [one, ...one.commands])) {
      expect(script).toContain(command.name())
      for (const option of command.options) expect(script).toContain(option.long?.slice(2))
    }
  }
})
