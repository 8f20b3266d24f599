import { fastRandom } from '../fast-random.ts'

export interface ServedFile {
  readonly name: string
  readonly content: Uint8Array
}

/** Printable and different in every file; 64 characters, so that six random bits make one. */
const LETTERS = new TextEncoder().encode('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 \n')

export const fileName = (index: number): string => `file-${String(index).padStart(4, '0')}.txt`

/** File `index` of a site, the same bytes for the same seed on every machine. */
export function servedFile(seed: number, index: number, bytes: number): ServedFile {
  const random = fastRandom(seed * 65_536 + index)
  const content = new Uint8Array(bytes)
  for (let at = 0; at < bytes; at += 5) {
    let bits = random()
    for (let i = at; i < Math.min(at + 5, bytes); i += 1) {
      content[i] = LETTERS[bits & 63] ?? 32
      bits >>>= 6
    }
  }
  return { name: fileName(index), content }
}
