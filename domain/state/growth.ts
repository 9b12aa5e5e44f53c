import type { Draft } from './draft.ts'

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

/** In place, where the fold alone holds the lists and has done so from the first event on. */
export const inPlace = (): Growth => {
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
  }
}

/** As `copying`, for states that follow on each other: what their list holds is not looked for in all of it each time. */
export const following = (): Growth => {
  const entries = new Map<string, string>()
  let list: readonly string[] = []
  return {
    add: copying.add,
    firstEntry: (draft, webhookId, entry) => {
      if (draft.webhookIds !== list) {
        entries.clear()
        for (const one of draft.webhookIds) entries.set(one.slice(HASH_DIGITS), one)
      }
      const first = entries.get(webhookId)
      if (first === undefined) {
        entries.set(webhookId, entry)
        draft.webhookIds = draft.webhookIds.concat([entry])
      }
      list = draft.webhookIds
      return first ?? entry
    },
  }
}
