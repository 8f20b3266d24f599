import { readFile, stat } from 'node:fs/promises'
import ssh2 from 'ssh2'
import type { ReadSecret } from '../../model/connection.ts'
import { JoulemarkError } from '../../model/error.ts'
import type { Hop } from './hop.ts'
import { publicBlobOf } from './public-key.ts'

/** A private key file, read. */
export interface Identity {
  readonly path: string
  readonly text: string
  /** It can be used as it is, or with the passphrase given by reference. */
  readonly ready: { readonly passphrase: string | undefined } | null
  /** Blob of its public key, as far as it can be told. */
  readonly blob: Buffer | null
}

/** Reads the hop's keys; missing files are left out unless the campaign names them. Errors: missing, open to others, wrong passphrase. */
export async function readIdentities(hop: Hop, readSecret: ReadSecret): Promise<readonly Identity[]> {
  const identities: Identity[] = []
  for (const path of hop.identities) {
    const text = await readKey(path, hop.identityRequired)
    if (text === null) continue
    const identity = await open(path, text, hop, readSecret)
    if (identity !== null) identities.push(identity)
  }
  return identities
}

async function readKey(path: string, required: boolean): Promise<string | null> {
  try {
    const { mode } = await stat(path)
    if ((mode & 0o077) !== 0)
      throw new JoulemarkError({
        code: 'key-open',
        message: `others may read the private key ${path}, so it is not used`,
        exit: 'usage',
        hint: `chmod 600 ${path}`,
      })
    return await readFile(path, 'utf8')
  } catch (cause) {
    if (cause instanceof JoulemarkError && !required) return null
    if (cause instanceof JoulemarkError) throw cause
    if (!required) return null
    throw new JoulemarkError({
      code: 'key-unreadable',
      message: `the private key ${path} can't be read`,
      exit: 'usage',
      cause,
    })
  }
}

async function open(path: string, text: string, hop: Hop, readSecret: ReadSecret): Promise<Identity | null> {
  const parsed = parse(text, undefined)
  if (!(parsed instanceof Error))
    return { path, text, ready: { passphrase: undefined }, blob: parsed.getPublicSSH() }
  if (!/passphrase|encrypted/i.test(parsed.message)) {
    if (!hop.identityRequired) return null
    throw new JoulemarkError({
      code: 'key-unreadable',
      message: `${path} is no private key that can be used: ${parsed.message}`,
      exit: 'usage',
      hint: 'keys of hardware tokens work through the agent',
    })
  }
  const blob = publicBlobOf(text)
  if (hop.passphrase === undefined) return { path, text, ready: null, blob }
  const passphrase = await readSecret(hop.passphrase)
  if (parse(text, passphrase) instanceof Error) throw wrongPassphrase(path)
  return { path, text, ready: { passphrase }, blob }
}

/** The key with a passphrase that was typed. Error: it is wrong. */
export function unlock(identity: Identity, passphrase: string): Identity {
  if (parse(identity.text, passphrase) instanceof Error) throw wrongPassphrase(identity.path)
  return { ...identity, ready: { passphrase } }
}

const parse = (text: string, passphrase: string | undefined): ssh2.ParsedKey | Error => {
  const parsed: ssh2.ParsedKey | ssh2.ParsedKey[] | Error = ssh2.utils.parseKey(text, passphrase)
  if (!Array.isArray(parsed)) return parsed
  return parsed[0] ?? new Error('no key in it')
}

const wrongPassphrase = (path: string) =>
  new JoulemarkError({
    code: 'passphrase-wrong',
    message: `the passphrase of ${path} is wrong`,
    exit: 'usage',
  })
