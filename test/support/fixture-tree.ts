import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'

/** What a look at a path gives: bytes, or a symbolic errno. */
export type Look = { readonly bytes: Buffer } | { readonly error: string }

/**
 * Recorded files of a machine at one moment: folders laid over each other, the later ones win. `<path>.errno` holds the symbolic errno
 * that reading <path> gives instead.
 */
export interface FixtureTree {
  read(file: string): Look
  /** Paths that match; `*` stands for any part of a name. Sorted. */
  glob(pattern: string): readonly string[]
}

export const fixtureTree = (layers: readonly string[]): FixtureTree => ({
  read: file => readLayers(layers, file),
  glob: pattern => globLayers(layers, pattern),
})

function readLayers(layers: readonly string[], file: string): Look {
  for (const layer of layers.toReversed()) {
    const at = path.join(layer, file)
    if (existsSync(`${at}.errno`)) return { error: readFileSync(`${at}.errno`, 'utf8').trim() }
    if (existsSync(at) && statSync(at).isFile()) return { bytes: readFileSync(at) }
  }
  return { error: 'ENOENT' }
}

function globLayers(layers: readonly string[], pattern: string): readonly string[] {
  let paths = ['']
  for (const segment of pattern.split('/').slice(1)) {
    const matches = new RegExp(`^${segment.split('*').map(escapePattern).join('.*')}$`)
    paths = paths.flatMap(parent =>
      namesIn(layers, parent)
        .filter(name => matches.test(name))
        .map(name => `${parent}/${name}`),
    )
  }
  return paths
    .filter(
      file =>
        !('error' in readLayers(layers, file)) || layers.some(l => existsSync(path.join(l, `${file}.errno`))),
    )
    .sort()
}

const escapePattern = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')

function namesIn(layers: readonly string[], folder: string): readonly string[] {
  const names = layers
    .map(layer => path.join(layer, folder))
    .filter(at => existsSync(at) && statSync(at).isDirectory())
    .flatMap(at => readdirSync(at).map(name => name.replace(/\.errno$/, '')))
  return [...new Set(names)]
}

/** Numbered folders of a fixture, in order. */
export const stepsIn = (folder: string): readonly string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter(name => /^\d+$/.test(name))
        .sort((a, b) => Number(a) - Number(b))
        .map(name => path.join(folder, name))
    : []
