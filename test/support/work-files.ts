import type { Check, LoadFacts, Work, WorkFiles, WorkReader } from '../../harness/model/workload.ts'

/** Files given as text or bytes. */
export const filesOf = (contents: Readonly<Record<string, string | Uint8Array>>): WorkFiles => ({
  names: Object.keys(contents),
  open: async function* (name) {
    const content = contents[name]
    if (content !== undefined) yield typeof content === 'string' ? new TextEncoder().encode(content) : content
  },
})

export async function readWork(reader: WorkReader, files: WorkFiles): Promise<readonly Work[]> {
  const all: Work[] = []
  for await (const chunk of reader.work(files)) all.push(...chunk)
  return all
}

export const readFacts = (
  reader: WorkReader,
  files: WorkFiles,
  exitCode: number | null,
): Promise<LoadFacts> => reader.facts(files, exitCode)

export async function readChecks(reader: WorkReader, files: WorkFiles): Promise<readonly Check[]> {
  const all: Check[] = []
  for await (const chunk of reader.checks?.(files) ?? []) all.push(...chunk)
  return all
}
