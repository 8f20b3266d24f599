import { CommanderError } from 'commander'
import { expect, test } from 'vitest'
import { describe } from '../../../harness/cli/error-text.ts'
import { JoulemarkError } from '../../../harness/model/error.ts'
import { fixture, loadText } from '../plan/load-toy.ts'

test('every problem of a campaign file is a line with place, path and what is allowed', async () => {
  const error = await loadText(await fixture('wrong-type.yaml')).catch((thrown: unknown) => thrown)
  expect(describe(error)).toEqual({
    text: 'campaign.yaml:4:16  protocol.repetitions: expected a whole number, found "three"\n  Nothing was started.\n',
    exitCode: 2,
  })
})

test('an error tells what, where, the innermost reason, and what to do', () => {
  const cause = new Error('outer', { cause: new Error('connect ECONNREFUSED 192.0.2.7:22') })
  const error = new JoulemarkError({
    code: 'unreachable',
    exit: 'unreachable',
    message: 'ssh web: no connection',
    hint: 'Is sshd running?\nSee joulemark check.',
    cause,
  })
  expect(describe(error)).toEqual({
    text: 'ssh web: no connection\n  because: connect ECONNREFUSED 192.0.2.7:22\n  Is sshd running?\n  See joulemark check.\n',
    exitCode: 4,
  })
})

test('what is not foreseen is called a defect', () => {
  const { text, exitCode } = describe(new TypeError('x is not a function'))
  expect(text).toMatch(/^joulemark: not foreseen, a defect of ours/)
  expect(exitCode).toBe(1)
})

test('help is a success, a wrong command line is not, and both have been printed already', () => {
  expect(describe(new CommanderError(0, 'commander.helpDisplayed', 'help'))).toEqual({
    text: '',
    exitCode: 0,
  })
  expect(describe(new CommanderError(1, 'commander.unknownOption', 'x'))).toEqual({ text: '', exitCode: 2 })
})
