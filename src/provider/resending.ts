import * as E from 'fp-ts/lib/Either.js'
import { KNOWN_NAMES } from '../../domain/treezor/family.ts'
import { type ProviderFailure, unreadable } from './failure.ts'
import { RESENT_SINCE, type Resending, type ResendStep } from './provider.ts'
import { MOST_EVENTS, type Query, type RetryApi } from './retryApi.ts'

/** A window of time, in whole seconds, in milliseconds since 1970; both ends belong to it. */
interface Window {
  readonly from: number
  readonly to: number
}

const SECOND_MS = 1000

/** Halves share a second: whether the provider counts the end as in or out is not documented, and a webhook that comes twice is known. */
const halves = ({ from, to }: Window): readonly Window[] => {
  const middle = from + Math.floor((to - from) / 2 / SECOND_MS) * SECOND_MS
  return [
    { from, to: middle },
    { from: middle, to },
  ]
}

const wholeSeconds = ({ from, to }: Resending): Window => ({
  from: Math.floor(Math.max(from, RESENT_SINCE) / SECOND_MS) * SECOND_MS,
  to: Math.ceil(to / SECOND_MS) * SECOND_MS,
})

/**
 * Has webhooks sent again, by name, so that nobody is sent payments anew; windows with more than the provider sends at a time are halved. Each query is
 * watched to its end before the next one: what comes in shall not come all at once.
 */
export async function* resending(
  api: RetryApi,
  what: Resending,
  signal?: AbortSignal,
): AsyncGenerator<E.Either<ProviderFailure, ResendStep>, void> {
  for (const webhook of what.webhooks ?? KNOWN_NAMES) {
    const windows: Window[] = [wholeSeconds(what)]
    for (let window = windows.pop(); window !== undefined; window = windows.pop()) {
      const { from, to } = window
      if (from >= to) continue
      const step = (tag: ResendStep['_tag'], events: number | null): E.Either<ProviderFailure, ResendStep> =>
        E.right({ _tag: tag, webhook, from, to, events })
      const query: E.Either<ProviderFailure, Query> = await api.query(webhook, from, to, signal)
      if (E.isLeft(query)) return yield query
      const counted = await api.count(query.right, signal)
      if (E.isLeft(counted)) return yield counted
      const events = counted.right
      const isFitting = events === null || events <= MOST_EVENTS
      if (events === 0) {
        yield step('nothing', 0)
        continue
      }
      if (what.dryRun === true && isFitting) {
        yield step('counted', events)
        continue
      }
      const taken = isFitting ? await api.execute(query.right, signal) : E.right(false)
      if (E.isLeft(taken)) return yield taken
      if (!taken.right) {
        if (to - from < 2 * SECOND_MS)
          return yield E.left(unreadable('retry execution', 'it does not take a query for two seconds'))
        // The earlier half first.
        windows.push(...halves(window).toReversed())
        continue
      }
      yield step('asked', events)
      const ended = await api.ended(query.right, signal)
      if (E.isLeft(ended)) return yield ended
      yield step(ended.right, events)
    }
  }
}
