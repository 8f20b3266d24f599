// Figures of `check`, for people. No locale of the machine is asked.

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** Bytes with a binary prefix (IEC 80000-13). */
export function sizeText(bytes: number): string {
  const step = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)))
  const value = bytes / 1024 ** step
  return `${value.toFixed(step === 0 || value >= 100 ? 0 : 1)} ${UNITS[step] ?? ''}`
}

/** A share as per cent; null: it could not be read. */
export const shareText = (share: number | null): string =>
  share === null ? 'unknown' : `${(share * 100).toFixed(1)} %`

/** µs as ms with its sign. */
export function offsetText(micros: number): string {
  const text = (Math.abs(micros) / 1000).toFixed(1)
  return `${micros < 0 && /[1-9]/.test(text) ? '−' : '+'}${text} ms`
}
