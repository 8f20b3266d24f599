import { CommanderError } from 'commander'
import { EXIT, JoulemarkError, type Place, type Problem } from '../model/error.ts'

export interface Failure {
  /** For stderr, with a final newline; empty: everything has been said. */
  readonly text: string
  readonly exitCode: number
}

/** What is said of an error, and the exit code it ends with. */
export function describe(error: unknown): Failure {
  if (error instanceof CommanderError)
    return { text: '', exitCode: error.exitCode === 0 ? EXIT.ok : EXIT.usage }
  if (error instanceof JoulemarkError) return { text: errorText(error), exitCode: EXIT[error.exit] }
  const disk = diskText(error)
  if (disk !== null) return { text: disk, exitCode: EXIT.usage }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return {
    text: `joulemark: not foreseen, a defect of ours. Please report it with these lines:\n${text}\n`,
    exitCode: EXIT.defect,
  }
}

/** What the controller's own disk or folders refuse, by errno. */
const REFUSALS: Readonly<Record<string, string>> = {
  EACCES: 'it may not be written by this user',
  EEXIST: 'something of that name is in the way',
  EDQUOT: 'the quota there is used up',
  ENOENT: 'it is not there and can not be made',
  ENOSPC: 'no space is left there',
  ENOTDIR: 'a part of the path is a file',
  EPERM: 'it may not be written',
  EROFS: 'it is read-only',
}

const ROOM: ReadonlySet<string> = new Set(['EDQUOT', 'ENOSPC'])

/** Null: not an error of a file system. */
function diskText(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return null
  const why = REFUSALS[String(error.code)]
  if (why === undefined) return null
  const where = 'path' in error && typeof error.path === 'string' ? error.path : 'a file of the campaign'
  const what = ROOM.has(String(error.code)) ? 'Make room, or choose' : 'Choose'
  return `${where}: ${why} (${String(error.syscall)}, ${String(error.code)})\n  ${what} another folder where the command has --out. A run that was begun goes on with: joulemark run --resume DIR.\n`
}

function errorText(error: JoulemarkError): string {
  const lines = error.problems.length === 0 ? [oneLine(error)] : error.problems.map(problemText)
  const cause = causeText(error)
  if (cause !== null) lines.push(`  because: ${cause}`)
  if (error.hint !== undefined) lines.push(...error.hint.split('\n').map(line => `  ${line}`))
  return `${lines.join('\n')}\n`
}

function oneLine(error: JoulemarkError): string {
  const where = error.place === undefined ? '' : placeText(error.place)
  return where === '' || error.message.includes(where) ? error.message : `${where}  ${error.message}`
}

/** `campaign.yaml:14:9  targets[0].hosts.sut.adress: unknown key. …` */
function problemText({ place, message }: Problem): string {
  const path = place.path === undefined || place.path === '' ? '' : `${place.path}: `
  return `${placeText({ ...place, path: '' })}  ${path}${message}`
}

function placeText(place: Place): string {
  const position = [place.file, place.line, place.column].filter(part => part !== undefined).join(':')
  return [position, place.path].filter(part => part !== undefined && part !== '').join('  ')
}

/** The innermost reason, where the message does not tell it already. */
function causeText(error: JoulemarkError): string | null {
  let inner: unknown = error.cause
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause
  if (!(inner instanceof Error)) return null
  const [line = ''] = inner.message.split('\n')
  return line === '' || error.message.includes(line) ? null : line
}
