import { z } from 'zod'
import type { Workload } from '../harness/model/workload.ts'

const HEAD = `# Workloads

A workload is a standardized task with one unit of work, the functional unit; figures are per one of it. Its version changes whenever figures
of the old and the new one may not stand side by side; version and parameters are part of the work key by which \`joulemark compare\` decides.

- **Own instance.** Every workload starts its own server or program in its own folder, on a port that nothing used, and touches none that is
  there. Where the host lets us, each runs in a cgroup of its own, so that its share of CPU, memory and I/O can be told from the rest; the
  load generator too (service \`loadgen\`).
- **Installing.** \`deploy.install: allow\` gets missing programs from the distribution, with services kept from starting;
  \`never\` (default) skips the workload with the finding TOOL_MISSING. What was installed is listed; \`deploy.purge: true\` removes that, and nothing else,
  afterwards (accounts that a package made stay, as distributions mean it). k6 is no distribution package: it is taken from the PATH of
  the load host, else the controller's is copied into the run's folder when system and architecture match (\`JOULEMARK_K6\` names one that
  is not on PATH).
- **Server accounts.** As root, nginx and PostgreSQL run as unprivileged users in a folder of mode 0700 beside the run's. PostgreSQL listens with a
  password made for the run (scram-sha-256); it stands in files of mode 0600 alone.
- **Correctness.** Each checks a sample of its answers, or the whole of its result; what was checked and what was wrong is in the report.
- **Nothing stays.** Everything is written to the ledger before it is made, and removed by it.

This page is written by \`npm run docs\` from what the workloads say of themselves. How to add one:
[adding-a-workload.md](adding-a-workload.md).
`

/** Text of docs/workloads.md: every workload with its own words and its parameters. */
export const workloadsPage = (workloads: readonly Workload[]): string =>
  [HEAD, ...workloads.map(section)].join('\n')

function section(workload: Workload): string {
  const { id, title, about, functionalUnit, version } = workload
  return [
    `## ${id}: ${title}`,
    about,
    `Functional unit: **${functionalUnit}** · version ${version}`,
    table(workload),
    '',
  ]
    .join('\n\n')
    .replace(/\n\n$/, '\n')
}

interface Property {
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly minimum?: number
  readonly maximum?: number
  readonly default?: unknown
  readonly description?: string
}

function table(workload: Workload): string {
  const { properties } = z.toJSONSchema(workload.params, { io: 'input' })
  const rows = Object.entries(properties ?? {}).map(([name, property]) => row(name, property as Property))
  if (rows.length === 0) return 'It has no parameters.'
  return ['| parameter | default | allowed | meaning |', '|---|---|---|---|', ...rows].join('\n')
}

const row = (name: string, property: Property): string =>
  `| \`${name}\` | ${JSON.stringify(property.default)} | ${allowed(property)} | ${property.description ?? ''} |`

function allowed({ type, enum: choices, minimum, maximum }: Property): string {
  if (choices !== undefined) return choices.map(choice => `\`${String(choice)}\``).join(', ')
  const kind = type === 'integer' ? 'whole number' : (type ?? '')
  return minimum === undefined || maximum === undefined ? kind : `${kind}, ${minimum} … ${maximum}`
}
