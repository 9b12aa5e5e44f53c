import type { EventStore } from '../eventStore/eventStore.ts'
import type { LogIdentity } from '../ledger/logIdentity.ts'
import { placeIn } from '../readModel/placeIn.ts'
import type { Standing } from '../readModel/standing.ts'
import { type LostEvents, lostEvents } from './lostEvents.ts'

/** How the read model in use goes with the log. */
type Fit =
  | { readonly _tag: 'Fits' }
  /** It is of another state or copy of the log, and has to be made anew from this one. */
  | { readonly _tag: 'MadeAnew'; readonly why: string }
  /** The log does not hold all that it was made from. */
  | { readonly _tag: 'Lost'; readonly lost: LostEvents }

/** Looks how the read model in a file, which stands at `standing`, goes with the log that has this identity. */
export const fitOf = async (
  store: EventStore,
  readModelFile: string,
  standing: Standing | null,
  identity: LogIdentity | null,
): Promise<Fit> => {
  const event = standing?.furthestEvent ?? null
  if (event === null) return { _tag: 'Fits' }
  const place = await placeIn(store, event)
  const before = standing?.log ?? null
  // Also where its last event is there: that may have come again since, and taken the very place that was lost.
  if (before !== null && identity !== null && identity.losses > before.losses) {
    return { _tag: 'MadeAnew', why: 'events that it may have been made from are lost, as somebody has accepted' }
  }
  if (place === 'gone') return { _tag: 'Lost', lost: await lostEvents(store, readModelFile, event) }
  if (place === 'elsewhere' || (before !== null && before.generation !== identity?.generation)) {
    return { _tag: 'MadeAnew', why: 'it was made from another copy of the log' }
  }
  return { _tag: 'Fits' }
}
