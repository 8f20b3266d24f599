import { createHash } from 'node:crypto'
import { makeCksum } from './cksum.ts'

/** Shell function `jm_sum FILE`: `sha256 HEX`, `cksum DECIMAL`, or `none -` where the host has neither. */
export const SUM_FUNCTION = `
jm_sum() {
  if command -v sha256sum >/dev/null 2>&1; then set -- $(sha256sum <"$1") && echo "sha256 $1"
  elif command -v cksum >/dev/null 2>&1; then set -- $(cksum <"$1") && echo "cksum $1"
  else echo 'none -'; fi
}
`

/** Both sums of a stream, so that whichever the host can make can be compared. */
export function makeSums() {
  const sha256 = createHash('sha256')
  const cksum = makeCksum()
  let bytes = 0
  return {
    update(chunk: Uint8Array): void {
      sha256.update(chunk)
      cksum.update(chunk)
      bytes += chunk.length
    },
    bytes: () => bytes,
    /** Ends the sums. */
    digest: () => ({ sha256: sha256.digest('hex'), cksum: cksum.digest() }),
  }
}

/** True when the host's line (`sha256 …`, `cksum …`, `none -`) agrees with ours, or says nothing. */
export function sumAgrees(line: string, ours: { readonly sha256: string; readonly cksum: string }): boolean {
  const [kind, value] = line.trim().split(' ')
  if (kind === 'sha256') return value === ours.sha256
  if (kind === 'cksum') return value === ours.cksum
  return kind === 'none'
}
