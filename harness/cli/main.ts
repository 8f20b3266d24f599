#!/usr/bin/env node
import { describe } from './error-text.ts'
import { buildProgram } from './program.ts'
import { processTerminal } from './terminal.ts'

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
