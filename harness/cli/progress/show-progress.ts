import type { CampaignEvent } from '../../model/event.ts'
import type { Plan } from '../../model/plan.ts'
import type { Terminal } from '../terminal.ts'
import { liveTree } from './live-tree.ts'
import { plainLine } from './plain-lines.ts'
import { advance, initialProgress } from './progress-state.ts'

export interface ProgressDisplay extends Disposable {
  show(event: CampaignEvent): void
  /** The first Ctrl-C was seen. */
  stopping(): void
  /** Keeps the display still while somebody is asked something. */
  hold(): Disposable
}

export interface DisplayOptions {
  readonly terminal: Terminal
  readonly plan: Plan
  /** One event as JSON a line on `out`, nothing on `err`. */
  readonly json: boolean
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** How a campaign is watched: JSON lines, a live tree on a terminal, plain lines elsewhere. */
export function showProgress(o: DisplayOptions): ProgressDisplay {
  if (o.json) return jsonLines(o)
  return o.terminal.live ? tree(o) : plain(o)
}

const NOTHING_HELD: Disposable = { [Symbol.dispose]: () => undefined }

const jsonLines = ({ terminal }: DisplayOptions): ProgressDisplay => ({
  show: event => terminal.out(`${JSON.stringify(event)}\n`),
  stopping: () => undefined,
  hold: () => NOTHING_HELD,
  [Symbol.dispose]: () => undefined,
})

function tree({ terminal, plan, now }: DisplayOptions): ProgressDisplay {
  const view = liveTree(terminal, plan, now)
  let state = initialProgress
  return {
    show(event) {
      const next = advance(state, event, now())
      if (next === state) return
      state = next
      view.draw(state)
    },
    stopping() {
      state = { ...state, stopping: true }
      view.draw(state)
    },
    hold: () => view.hold(),
    [Symbol.dispose]: () => view[Symbol.dispose](),
  }
}

function plain({ terminal, now }: DisplayOptions): ProgressDisplay {
  let state = initialProgress
  const say = (line: string): void =>
    terminal.err(`${new Date(now()).toISOString().slice(11, 19)}Z  ${line}\n`)
  return {
    show(event) {
      const line = plainLine(event, state)
      if (line !== null) say(line)
      state = advance(state, event, now())
    },
    stopping: () => say('stopping: tearing down what was made; a second signal stops at once'),
    hold: () => NOTHING_HELD,
    [Symbol.dispose]: () => undefined,
  }
}
