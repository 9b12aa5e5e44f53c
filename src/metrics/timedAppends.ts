import * as E from 'fp-ts/lib/Either.js'
import type { EventStore } from '../eventStore/eventStore.ts'
import type { Durations } from './durations.ts'

/** The same store, whose appends and commits are timed. */
export const timedAppends = (
  store: EventStore,
  { append, commit }: Pick<Durations, 'append' | 'commit'>,
): EventStore => {
  store.tellCommits?.(commit)
  return {
    ...store,
    append: (...asked) => {
      const appending = store.append(...asked)
      return async () => {
        const begun = performance.now()
        const result = await appending()
        append(E.isRight(result), (performance.now() - begun) / 1000)
        return result
      }
    },
  }
}
