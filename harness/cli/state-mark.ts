import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { canonicalJson, type Json } from '../model/json.ts'

const KEY_BYTES = 32

/** Folder of what this user of this controller keeps between campaigns. */
const stateFolder = (): string =>
  join(process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'joulemark')

/**
 * What this user on this controller marks his own files with; made at first use, mode 0600. null: there is no place for it (no home, or one
 * that may not be written): then nothing is marked and no mark is asked for.
 */
function ownKey(): Buffer | null {
  const path = join(stateFolder(), 'key')
  const read = (): Buffer | null => {
    const key = readFileSync(path)
    return key.length === KEY_BYTES ? key : null
  }
  try {
    return read()
  } catch {
    try {
      mkdirSync(stateFolder(), { recursive: true, mode: 0o700 })
      chmodSync(stateFolder(), 0o700)
      writeFileSync(path, randomBytes(KEY_BYTES), { flag: 'wx', mode: 0o600 })
      return read()
    } catch {
      try {
        // Another campaign that began at the same moment was first.
        return read()
      } catch {
        return null
      }
    }
  }
}

const markOf = (key: Buffer, content: Json): string =>
  createHmac('sha256', key).update(canonicalJson(content)).digest('hex')

/** Option of the commands that reach hosts or a database by what a campaign's folder says. */
export const TRUST_STATE = [
  '--trust-state',
  'believe state/hosts.json although another user or controller wrote it',
] as const

/** Says that this user wrote the content; null: there is no key. */
export function stateMark(content: Json): string | null {
  const key = ownKey()
  return key === null ? null : markOf(key, content)
}

/** Whether this user wrote the content, as far as can be told. */
export function isOwnState(content: Json, mark: Json): boolean {
  const key = ownKey()
  if (key === null) return true
  const [own, other] = [Buffer.from(markOf(key, content)), Buffer.from(typeof mark === 'string' ? mark : '')]
  return own.length === other.length && timingSafeEqual(own, other)
}
