import { isAbsolute, join, resolve } from 'node:path'

/** Where relative paths and `~` of a campaign file lead. */
export interface Folders {
  /** Folder of the campaign file. */
  readonly folder: string
  readonly home: string
}

/** An absolute path. */
export function resolvePath(path: string, folders: Folders): string {
  if (path === '~') return folders.home
  if (path.startsWith('~/')) return join(folders.home, path.slice(2))
  return isAbsolute(path) ? path : resolve(folders.folder, path)
}
