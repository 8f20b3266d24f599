import { JoulemarkError } from '../../model/error.ts'
import { isBelowOurs } from '../names.ts'
import type { RemoverContext } from './remover.ts'

/** A ledger line that we could not have written: nothing is removed. */
export const refuse = (remover: string, why: string): JoulemarkError =>
  new JoulemarkError({
    code: 'ledger-refused',
    message: `remover ${remover}: ${why}`,
    exit: 'leftBehind',
    hint: 'data/ledger.jsonl was changed, or is not of this campaign: look at the line and remove the thing by hand',
  })

/** An argument that must be text. */
export function text(context: Pick<RemoverContext, 'args'>, remover: string, name: string): string {
  const value = context.args[name]
  if (typeof value === 'string' && value !== '') return value
  throw refuse(remover, `${name} is missing`)
}

/** Text of a list, or of the values of an object; never empty. */
export function texts(context: RemoverContext, remover: string, name: string): string[] {
  const value = context.args[name]
  const list = value !== null && typeof value === 'object' ? Object.values(value) : []
  if (list.length > 0 && list.every(item => typeof item === 'string' && item !== '')) return list as string[]
  throw refuse(remover, `${name} is not a list of texts`)
}

/** A path that is one of this campaign's folders or lies below one. */
export function ourPath(context: RemoverContext, remover: string, path: string): string {
  if (isBelowOurs(path, context.campaign)) return path
  throw refuse(remover, `${JSON.stringify(path)} is not below a folder of campaign ${context.campaign}`)
}
