import type { Anomaly } from './anomaly.ts'
import type { Draft } from './draft.ts'
import type { KycState } from './kycState.ts'

/** So much of a payload's hash tells it from the others of one user. */
export const HASH_DIGITS = 16

/** How the lists of a draft grow. */
export interface Growth {
  readonly add: <A>(list: readonly A[], item: A) => readonly A[]
  /** The entry that a `webhook_id` came with first: `entry`, which is added then, if it is new. */
  readonly firstEntry: (draft: Draft, webhookId: string, entry: string) => string
}

/** On top of a state whose lists others hold. */
export const copying: Growth = {
  add: (list, item) => list.concat([item]),
  firstEntry: (draft, webhookId, entry) => {
    const first = draft.webhookIds.find((one) => one.length === entry.length && one.endsWith(webhookId))
    if (first === undefined) draft.webhookIds = draft.webhookIds.concat([entry])
    return first ?? entry
  },
}

/** How long the lists of a state are. */
export interface Lengths {
  readonly anomalies: number
  readonly webhookIds: number
}

export interface GrowthInPlace extends Growth {
  /** Cuts the lists, which all states share, to what they were: what follows is added behind that. Gives the anomalies that are gone by it. */
  readonly cut: (state: KycState, to: Lengths) => readonly Anomaly[]
}

/** In place, where the fold alone holds the lists and has done so from the first event on. */
export const inPlace = (): GrowthInPlace => {
  const entries = new Map<string, string>()
  const add: Growth['add'] = <A>(list: readonly A[], item: A) => {
    ;(list as A[]).push(item)
    return list
  }
  return {
    add,
    firstEntry: (draft, webhookId, entry) => {
      const first = entries.get(webhookId)
      if (first !== undefined) return first
      entries.set(webhookId, entry)
      add(draft.webhookIds, entry)
      return entry
    },
    cut: ({ anomalies, webhookIds }, to) => {
      for (const entry of (webhookIds as string[]).splice(to.webhookIds)) entries.delete(entry.slice(HASH_DIGITS))
      return (anomalies as Anomaly[]).splice(to.anomalies)
    },
  }
}
