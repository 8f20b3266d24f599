import { readFileSync } from 'node:fs'
import { z } from 'zod'

const Package = z.object({ name: z.literal('joulemark'), version: z.string() })

/** The package's version: from its package.json, which lies two folders up from the sources and three from the compiled files. */
export function toolVersion(): string {
  for (const up of ['../../package.json', '../../../package.json']) {
    const found = Package.safeParse(readJson(new URL(up, import.meta.url)))
    if (found.success) return found.data.version
  }
  throw new Error('package.json of joulemark was not found beside its files')
}

function readJson(url: URL): unknown {
  try {
    return JSON.parse(readFileSync(url, 'utf8'))
  } catch {
    return null
  }
}
