import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { fitPowerModel, newestDecade } from '../results/analyse/power-model/fit.ts'
import { formatCoefficients, formatErrors, replaceBlock } from '../results/analyse/power-model/format.ts'
import { leaveOneModelOut } from '../results/analyse/power-model/leave-one-out.ts'
import { readPublished } from '../results/analyse/power-model/published.ts'

// Fits the power model to a table of published SPECpower_ssj2008 results and writes what is committed:
// results/analyse/power-model/coefficients.ts and the error table in docs/power-model.md. The table itself stays outside.

const { values } = parseArgs({ options: { data: { type: 'string' } } })
if (values.data === undefined) {
  process.stderr.write('usage: tsx scripts/fit-power-model.ts --data TABLE.csv\n')
  process.exit(2)
}

const csv = readFileSync(values.data)
const rows = newestDecade(readPublished(csv.toString('utf8')))
const coefficients = formatCoefficients(fitPowerModel(rows, createHash('sha256').update(csv).digest('hex')))
writeFileSync(new URL('../results/analyse/power-model/coefficients.ts', import.meta.url), coefficients)

const page = new URL('../docs/power-model.md', import.meta.url)
writeFileSync(page, replaceBlock(readFileSync(page, 'utf8'), formatErrors(leaveOneModelOut(rows))))
process.stdout.write(formatErrors(leaveOneModelOut(rows)))
