import { stat } from 'node:fs/promises'
import type { SecretRef } from '../model/plan.ts'
import type { Path } from './document.ts'
import type { Flaw } from './issues.ts'
import { type Folders, resolvePath } from './paths.ts'
import { valueAt } from './schema-at.ts'
import type { SecretSection } from './schema-host.ts'

export interface SecretWorld extends Folders {
  readonly env: Readonly<Record<string, string | undefined>>
  /** User id whose files may hold secrets; null where the system has none. */
  readonly uid: number | null
}

/**
 * Whether every secret that the file refers to is there: a variable that is set, a file of the user's own that nobody else may read. Nothing
 * is read. Takes the file as it is, sound or not.
 */
export async function secretFlaws(file: unknown, world: SecretWorld): Promise<readonly Flaw[]> {
  const found = secretPaths(file).map(async path => [
    ...envFlaws(path, file, world),
    ...(await fileFlaws(path, file, world)),
  ])
  return (await Promise.all(found)).flat()
}

/** The section as the model has it; paths absolute. */
export const secretRef = (section: SecretSection, folders: Folders): SecretRef =>
  section.env === undefined ? { file: resolvePath(section.file ?? '', folders) } : { env: section.env }

/** Every place of the file where a reference to a secret may stand. */
function secretPaths(file: unknown): readonly Path[] {
  const targets = valueAt(file, ['targets'])
  const inTargets = (Array.isArray(targets) ? targets : []).flatMap((target, i): Path[] => {
    const hosts = valueAt(target, ['hosts'])
    const names = typeof hosts === 'object' && hosts !== null ? Object.keys(hosts) : []
    return [
      ['targets', i, 'become_password'],
      ['targets', i, 'pull_auth'],
      ...names.flatMap(name => hostPaths(target, ['targets', i, 'hosts', name], name)),
    ]
  })
  const meters = valueAt(file, ['meters'])
  const inMeters = (Array.isArray(meters) ? meters : []).flatMap((_, i): Path[] => [
    ['meters', i, 'password'],
    ['meters', i, 'token'],
  ])
  return [...inTargets, ...inMeters, ['influx', 'token']]
}

function hostPaths(target: unknown, path: Path, name: string): readonly Path[] {
  const jump = valueAt(target, ['hosts', name, 'jump'])
  const jumps = Array.isArray(jump) ? jump.map((_, i): Path => [...path, 'jump', i, 'passphrase']) : []
  return [[...path, 'passphrase'], ...jumps]
}

function envFlaws(path: Path, file: unknown, world: SecretWorld): readonly Flaw[] {
  const name = valueAt(file, [...path, 'env'])
  if (typeof name !== 'string' || (world.env[name] ?? '') !== '') return []
  return [
    {
      code: 'secret-missing',
      path: [...path, 'env'],
      part: 'value',
      message: `the environment variable ${name} is not set`,
    },
  ]
}

async function fileFlaws(path: Path, file: unknown, world: SecretWorld): Promise<readonly Flaw[]> {
  const name = valueAt(file, [...path, 'file'])
  if (typeof name !== 'string' || name === '') return []
  const reason = await unfit(resolvePath(name, world), world.uid)
  return reason === null
    ? []
    : [
        {
          code: 'secret-missing',
          path: [...path, 'file'],
          part: 'value',
          message: `${JSON.stringify(name)} ${reason}`,
        },
      ]
}

async function unfit(path: string, uid: number | null): Promise<string | null> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => error.code ?? 'unknown error')
  if (typeof found === 'string')
    return found === 'ENOENT' ? 'does not exist' : `can not be looked at (${found})`
  if (!found.isFile()) return 'is not a file'
  if (uid !== null && found.uid !== uid) return 'belongs to another user'
  return (found.mode & 0o077) === 0
    ? null
    : `may be read by others (mode ${(found.mode & 0o777).toString(8).padStart(4, '0')}); chmod 600 it`
}
