// Compiles the package to dist/ and copies what is not TypeScript beside it: recorders, launchers, fonts, tables, and k6's own scripts.
import { chmod, cp, mkdir, readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { execa } from 'execa'

const root = path.resolve(import.meta.dirname, '..')
const layers = ['harness', 'workloads', 'collectors', 'results']

/** k6 runs its script as TypeScript. The recorder's C twin is for comparison alone and stays in the repository. */
const isAsset = (name: string): boolean =>
  name.endsWith('.ts') ? /^k6[^/]*(?<!\.d)\.ts$/.test(path.basename(name)) : !/\.[ch]$/.test(name)

await rm(path.join(root, 'dist'), { recursive: true, force: true })
await execa('tsc', ['-p', 'tsconfig.build.json'], { cwd: root, preferLocal: true, stdio: 'inherit' })
for (const layer of layers) {
  const entries = await readdir(path.join(root, layer), { recursive: true, withFileTypes: true })
  for (const entry of entries) {
    if (!entry.isFile()) continue
    const from = path.join(entry.parentPath, entry.name)
    const relative = path.relative(root, from)
    if (!isAsset(relative)) continue
    await mkdir(path.dirname(path.join(root, 'dist', relative)), { recursive: true })
    await cp(from, path.join(root, 'dist', relative))
  }
}
await chmod(path.join(root, 'dist/harness/cli/main.js'), 0o755)
