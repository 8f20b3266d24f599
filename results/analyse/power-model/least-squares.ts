/** Weighted least squares by the normal equations; few columns, well scaled, so that they are well conditioned. */
export function leastSquares(
  rows: readonly (readonly number[])[],
  y: readonly number[],
  weights: readonly number[],
): number[] {
  const columns = rows[0]?.length ?? 0
  const matrix = Array.from({ length: columns }, () => Array.from({ length: columns + 1 }, () => 0))
  rows.forEach((row, r) => {
    const w = weights[r] ?? 0
    for (let i = 0; i < columns; i++) {
      const line = matrix[i] as number[]
      const left = w * (row[i] as number)
      for (let j = 0; j < columns; j++) line[j] = (line[j] as number) + left * (row[j] as number)
      line[columns] = (line[columns] as number) + left * (y[r] as number)
    }
  })
  return solve(matrix)
}

/** Gauss's elimination with pivoting on an augmented matrix. @throws RangeError when it is singular */
function solve(matrix: number[][]): number[] {
  const n = matrix.length
  const at = (i: number, j: number): number => (matrix[i] as number[])[j] as number
  for (let column = 0; column < n; column++) {
    let pivot = column
    for (let i = column + 1; i < n; i++) if (Math.abs(at(i, column)) > Math.abs(at(pivot, column))) pivot = i
    if (Math.abs(at(pivot, column)) < 1e-12)
      throw new RangeError('the columns of the regression depend on each other')
    const swap = matrix[column] as number[]
    matrix[column] = matrix[pivot] as number[]
    matrix[pivot] = swap
    for (let i = 0; i < n; i++) {
      if (i === column) continue
      const factor = at(i, column) / at(column, column)
      for (let j = column; j <= n; j++) (matrix[i] as number[])[j] = at(i, j) - factor * at(column, j)
    }
  }
  return Array.from({ length: n }, (_, i) => at(i, n) / at(i, i))
}
