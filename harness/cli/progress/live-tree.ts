import type { Plan } from '../../model/plan.ts'
import type { Terminal } from '../terminal.ts'
import type { ProgressState } from './progress-state.ts'
import { type Line, type SpanStyle, treeLines } from './tree-lines.ts'

const HIDE_CURSOR = '\u001B[?25l'
const SHOW_CURSOR = '\u001B[?25h'
const CLEAR_REST = '\u001B[K'
const CLEAR_BELOW = '\u001B[0J'

export interface LiveTree extends Disposable {
  draw(state: ProgressState): void
  /** Leaves the screen alone until disposed; then the tree is drawn below whatever was written meanwhile. */
  hold(): Disposable
}

/**
 * A tree that stays put: every drawing goes over the last one. Redrawn once a second so that the clocks of phases go on; the timer keeps no
 * process alive. Disposed, the last tree stays on the screen and the cursor comes back.
 */
export function liveTree(terminal: Terminal, plan: Plan, now: () => number): LiveTree {
  let shown: ProgressState | null = null
  let height = 0
  let held = 0
  const paint = (): void => {
    if (shown === null || held > 0) return
    const lines = treeLines(shown, plan, { now: now(), columns: terminal.columns() - 1 }).slice(
      0,
      terminal.rows() - 1,
    )
    const up = height === 0 ? '' : `\u001B[${height}A`
    const drawn = lines.map(line => `${styled(line, terminal)}${CLEAR_REST}\n`).join('')
    terminal.draw(`${up}\r${drawn}${CLEAR_BELOW}`)
    height = lines.length
  }
  terminal.draw(HIDE_CURSOR)
  const timer = setInterval(paint, 1000)
  timer.unref()
  return {
    draw(state) {
      shown = state
      paint()
    },
    hold() {
      held += 1
      height = 0
      terminal.draw(SHOW_CURSOR)
      return {
        [Symbol.dispose]() {
          held -= 1
          if (held > 0) return
          terminal.draw(HIDE_CURSOR)
          paint()
        },
      }
    },
    [Symbol.dispose]() {
      clearInterval(timer)
      terminal.draw(SHOW_CURSOR)
    },
  }
}

const STYLES = {
  bold: 'bold',
  dim: 'dim',
  good: 'green',
  bad: 'red',
  active: 'cyan',
} as const satisfies Record<Exclude<SpanStyle, 'plain'>, string>

const styled = (line: Line, terminal: Terminal): string =>
  line.map(({ style, text }) => (style === 'plain' ? text : terminal.style(STYLES[style], text))).join('')
