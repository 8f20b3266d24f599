import { JoulemarkError } from '../model/error.ts'
import type { ExecOptions, Exit, Host } from '../model/target.ts'

/** argv of a POSIX shell script with arguments ($1 …); the script is a constant of ours, what varies comes in as arguments. */
export const script = (text: string, ...args: readonly string[]): string[] => [
  '/bin/sh',
  '-c',
  text,
  'sh',
  ...args,
]

/** One line that says how a command ended, without its arguments' contents. */
export const exitText = (exit: Exit): string => {
  const said = (exit.stderr.trim() || exit.stdout.trim()).split('\n').slice(-3).join('; ').slice(0, 500)
  const how = exit.signal === null ? `exit code ${exit.code}` : `signal ${exit.signal}`
  return said === '' ? how : `${how}: ${said}`
}

/** Runs a short command that must succeed; `what` finishes the sentence "could not …". */
export async function must(
  host: Host,
  what: string,
  argv: readonly string[],
  options: ExecOptions = {},
): Promise<Exit> {
  const exit = await host.exec(argv, options)
  if (exit.code === 0) return exit
  throw new JoulemarkError({
    code: 'host-command',
    message: `host ${host.id}: could not ${what} (${exitText(exit)})`,
    exit: 'invalid',
  })
}

/** As ourselves first; when that fails and the target allows it, as root. The exit that counts is the last one that could be had. */
export async function asNeeded(
  host: Host,
  argv: readonly string[],
  options: ExecOptions = {},
): Promise<Exit> {
  const exit = await host.exec(argv, options)
  if (exit.code === 0) return exit
  try {
    return await host.exec(argv, { ...options, become: true })
  } catch {
    return exit
  }
}
