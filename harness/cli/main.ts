#!/usr/bin/env node
import process from 'node:process'

// Nothing is imported before Node is known to be new enough: on an older one the imports themselves fail.
const OLDEST = [22, 18] as const
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
  process.stderr.write(
    `joulemark needs Node.js ${OLDEST.join('.')} or newer; this is ${process.version} (${process.execPath})\n`,
  )
  process.exit(2)
}

const [{ describe }, { buildProgram }, { processTerminal }] = await Promise.all([
  import('./error-text.ts'),
  import('./program.ts'),
  import('./terminal.ts'),
])
const terminal = processTerminal()
try {
  await buildProgram(terminal).parseAsync(process.argv)
} catch (error) {
  const { text, exitCode } = describe(error)
  if (text !== '') terminal.err(text)
  process.exitCode = exitCode
}
// Everything is done and on disk. What a stopped connection may still hold open does not keep the command from ending.
setTimeout(() => process.exit(), 2000).unref()
