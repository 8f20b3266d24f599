import { createHash } from 'node:crypto'
import { readChunks } from './read-file.ts'

/** Tag files of a bag (RFC 8493, section 2). */
export const BAGIT = 'bagit.txt'
export const BAG_INFO = 'bag-info.txt'
export const MANIFEST = 'manifest-sha512.txt'
/** Written last: where it is, the campaign is sealed. */
export const TAG_MANIFEST = 'tagmanifest-sha512.txt'
/** What the tag manifest covers, in its order. */
export const TAGGED = [BAG_INFO, BAGIT, MANIFEST] as const
/** RFC 8493, section 2.1.1 */
export const BAGIT_TEXT = 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n'

/** path → SHA-512 as lower-case hex */
export type Hashes = ReadonlyMap<string, string>

export const sha512 = (content: string | Uint8Array): string =>
  createHash('sha512').update(content).digest('hex')

/** Hash and size of a file, streamed. */
export async function hashFile(path: string): Promise<{ readonly hash: string; readonly bytes: number }> {
  const hash = createHash('sha512')
  let bytes = 0
  for await (const chunk of readChunks(path)) {
    hash.update(chunk)
    bytes += chunk.byteLength
  }
  return { hash: hash.digest('hex'), bytes }
}

/** RFC 8493, section 2.1.3: CR, LF and % are percent-encoded in a manifest's paths. */
const encodePath = (path: string): string =>
  path.replaceAll('%', '%25').replaceAll('\n', '%0A').replaceAll('\r', '%0D')
const decodePath = (path: string): string =>
  path.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%')

/** A manifest's text: one line per file, sorted by path. */
export function printManifest(hashes: Hashes): string {
  const paths = [...hashes.keys()].sort()
  return paths.map(path => `${hashes.get(path)}  ${encodePath(path)}\n`).join('')
}

/**
 * Reads a manifest as we write it; null when a single character is not as printManifest would have it (upper-case hex, another
 * order, a path twice, a missing newline), so that no byte of it can be changed unseen.
 */
export function parseManifest(text: string): Hashes | null {
  const hashes = new Map<string, string>()
  for (const [, hash = '', path = ''] of text.matchAll(/^([0-9a-f]{128}) {2}(.+)$/gmu))
    hashes.set(decodePath(path), hash)
  return printManifest(hashes) === text ? hashes : null
}

export interface BagInfo {
  readonly tool: string
  readonly campaign: string
  readonly title: string
  /** Last time known in the campaign, µs since the epoch; null: none is known and the bag has no date. */
  readonly lastMicros: number | null
  readonly octets: number
  readonly files: number
}

/** bag-info.txt without names of machines or people and without the time of sealing: equal payloads give equal bags. */
export function printBagInfo(info: BagInfo): string {
  const lines = [
    `Bag-Software-Agent: joulemark ${oneLine(info.tool)}`,
    `External-Identifier: ${oneLine(info.campaign)}`,
    ...(info.title === '' ? [] : [`External-Description: ${oneLine(info.title)}`]),
    ...(info.lastMicros === null
      ? []
      : [`Bagging-Date: ${new Date(info.lastMicros / 1000).toISOString().slice(0, 10)}`]),
    `Payload-Oxum: ${info.octets}.${info.files}`,
  ]
  return `${lines.join('\n')}\n`
}

const oneLine = (text: string): string => text.replace(/[\p{Cc}\s]+/gu, ' ').trim()
