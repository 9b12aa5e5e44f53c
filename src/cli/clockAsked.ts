import { parseArgs } from 'node:util'
import type { Meant } from '../ledger/wrongReceipts.ts'

/** What the command takes. */
export const USAGE = `usage: clock
       clock --accept --author <name> --reason <text> [--from <position> --to <position> | --none]`

/** What the words of `clock` say. */
interface Asked extends Meant {
  readonly accept: boolean
  readonly author: string
  readonly reason: string
}

/** Reads the words; `null` where they are not complete, or say more than is asked for. */
export const askedOf = (words: readonly string[]): Asked | null => {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        accept: { type: 'boolean', default: false },
        none: { type: 'boolean', default: false },
        ...Object.fromEntries(['author', 'reason', 'from', 'to'].map((name) => [name, { type: 'string' as const }])),
      },
    }) as { readonly values: Readonly<Record<string, string | boolean | undefined>> }
    const text = (name: string): string => String(values[name] ?? '').trim()
    const { accept, none } = { accept: values['accept'] === true, none: values['none'] === true }
    const [author, reason, from, to] = [text('author'), text('reason'), text('from'), text('to')]
    const isComplete = accept ? author !== '' && reason !== '' : !none && from === '' && to === ''
    const isRange = (from === '') === (to === '') && from <= to && !(none && from !== '')
    return isComplete && isRange ? { accept, author, reason, from: from || null, to: to || null, none } : null
  } catch {
    return null
  }
}
