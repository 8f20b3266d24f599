/** Optimal string alignment distance: insertions, deletions, substitutions, swaps of neighbours (Damerau 1964, restricted form). */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)]
  const at = (i: number, j: number): number => rows[i]?.[j] ?? Number.POSITIVE_INFINITY
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    rows.push(row)
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1]
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      row.push(
        Math.min(
          at(i - 1, j) + 1,
          at(i, j - 1) + 1,
          at(i - 1, j - 1) + (same ? 0 : 1),
          swapped ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      )
    }
  }
  return at(a.length, b.length)
}

/** The allowed word that was probably meant: at most one slip in three letters, the nearest first; null: none is near. */
export function nearMiss(word: string, allowed: readonly string[]): string | null {
  const short = word.slice(0, 64).toLowerCase()
  const ranked = allowed
    .map(candidate => ({ candidate, slips: distance(short, candidate.toLowerCase()) }))
    .filter(
      ({ candidate, slips }) =>
        slips <= Math.max(1, Math.floor(Math.max(candidate.length, short.length) / 3)),
    )
    .sort((one, other) => one.slips - other.slips)
  return ranked[0]?.candidate ?? null
}

/** `Did you mean "x"? Allowed: a, b` — the hint part only where a word is near; the list is cut at 40 entries. */
export function allowedText(word: string, allowed: readonly string[]): string {
  const near = nearMiss(word, allowed)
  const words = [...new Set(allowed)]
  const list = words.length > 40 ? `${words.slice(0, 40).join(', ')}, …` : words.join(', ')
  return `${near === null ? '' : `Did you mean "${near}"? `}${list === '' ? 'There are no keys here' : `Allowed: ${list}`}`
}
