import type { Logger } from '../log/log.ts'
import type { SealingSaid } from './words.ts'

type WitnessSaid = Extract<SealingSaid, { readonly _tag: 'Witness' }>

/** What becomes of the witnesses of a log. */
interface WatchedWitnesses {
  readonly heard: (said: WitnessSaid) => void
  /** When each last agreed, in seconds since 1970; 0: not yet. */
  readonly agreedAt: () => ReadonlyMap<string, number>
}

/** Remembers when each witness agreed, and says in the log when one ceases to, once for each reason. */
export const watchWitnesses = (names: readonly string[], log: Logger): WatchedWitnesses => {
  const agreedAt = new Map(names.map((name) => [name, 0]))
  const faults = new Map<string, string>()
  return {
    agreedAt: () => agreedAt,
    heard: ({ name, agreedAt: at, fault }) => {
      if (at !== null) agreedAt.set(name, at / 1000)
      if (fault !== null && faults.get(name) !== fault)
        log.warn({ witness: name, reason: fault }, 'a witness does not agree')
      if (fault === null && faults.has(name)) log.info({ witness: name }, 'a witness agrees again')
      if (fault === null) faults.delete(name)
      else faults.set(name, fault)
    },
  }
}
