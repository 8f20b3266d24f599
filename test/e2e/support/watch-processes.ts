import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** What was seen of processes below one of ours, again and again until it was told to stop. */
export interface ProcessWatch {
  /** Ends watching: how many processes were seen, and in which of them one of the words stood. */
  end(): Promise<{ readonly seen: number; readonly found: readonly string[] }>
}

/**
 * Reads command lines and environments of all processes below this one, every few milliseconds.
 * @param words that must be in none of them
 */
export function watchProcesses(words: readonly string[]): ProcessWatch {
  const seen = new Set<number>()
  const found = new Set<string>()
  const stop = new AbortController()
  const watching = (async () => {
    while (!stop.signal.aborted) {
      for (const pid of below(process.pid)) {
        const command = read(pid, 'cmdline')
        if (command === '') continue
        seen.add(pid)
        const all = `${command}\0${read(pid, 'environ')}`
        if (words.some(word => all.includes(word))) found.add(command.replaceAll('\0', ' '))
      }
      await sleep(5)
    }
  })()
  return {
    async end() {
      stop.abort()
      await watching
      return { seen: seen.size, found: [...found] }
    },
  }
}

function read(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1')
  } catch {
    return ''
  }
}

/** All descendants, by what /proc says of parents now. */
function below(root: number): readonly number[] {
  const parents = new Map(
    readdirSync('/proc')
      .filter(name => /^\d+$/.test(name))
      .map(name => {
        const stat = read(Number(name), 'stat')
        return [Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])] as const
      }),
  )
  const isBelow = (pid: number, depth = 0): boolean => {
    const parent = parents.get(pid)
    return parent !== undefined && depth < 50 && (parent === root || isBelow(parent, depth + 1))
  }
  return [...parents.keys()].filter(pid => isBelow(pid))
}
