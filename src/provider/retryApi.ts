import { isIP } from 'node:net'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import type { RetryApiConfig } from '../config/treezorApi.ts'
import { type Asker, json, type Question } from './asking.ts'
import { WAITING } from './budget.ts'
import { countRecords } from './csv.ts'
import { type ProviderFailure, unreadable } from './failure.ts'
import type { Sent } from './transport.ts'

/** More it sends again in no query (docs.treezor.com, guide/webhooks/retry). */
export const MOST_EVENTS = 20_000

/** What a query is known by; the link leads to a CSV of what it holds, for 300 s, and is as good as a key. */
export interface Query {
  readonly queryId: string
  readonly link: string | null
}

/** How sending again has ended; `unknown`: the provider does not say so, or in a word that nobody knows. */
export type Ended = 'sent' | 'failed' | 'unknown'

/** The three steps of the retry API, each for one window of time and one name of webhooks. */
export interface RetryApi {
  readonly query: (
    webhook: string,
    from: number,
    to: number,
    signal?: AbortSignal,
  ) => Promise<E.Either<ProviderFailure, Query>>
  /** How many there are, more than `MOST_EVENTS` as one more than that; `null`: they cannot be counted. */
  readonly count: (query: Query, signal?: AbortSignal) => Promise<E.Either<ProviderFailure, number | null>>
  /** Has them sent; `false`: it does not take the query, as where it is too large. */
  readonly execute: (query: Query, signal?: AbortSignal) => Promise<E.Either<ProviderFailure, boolean>>
  readonly ended: (query: Query, signal?: AbortSignal) => Promise<E.Either<ProviderFailure, Ended>>
}

const QueryAnswer = t.intersection([t.type({ queryId: t.string }), t.partial({ link: t.unknown })])
/** An id that can stand in a path, and in no log. */
const QUERY_ID = /^[\w-]{1,128}$/

const StatusAnswer = t.type({ status: t.string })
const SENT = new Set(['done', 'completed', 'complete', 'finished', 'success', 'succeeded', 'executed', 'sent'])
const FAILED = new Set(['failed', 'failure', 'error', 'errored', 'canceled', 'cancelled', 'aborted', 'expired'])

const MOST_CSV_BYTES = 1024 ** 3
const CSV_WITHIN_MS = 250_000

/** RFC 3339, without fractions: so are the documented examples. */
const rfc3339 = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`

const posting = (body: unknown): Sent => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
})

/** A name of the net: no address, and none that means something within a network alone. */
const isPublicName = (hostname: string): boolean =>
  isIP(hostname.replace(/^\[|\]$/g, '')) === 0 && /\..*[^.]/.test(hostname)

/** The link of an answer, if it may be followed: by TLS to a public name, or to where the API itself is, in the way that it is spoken to. */
const followed = (link: unknown, api: string): string | null => {
  if (typeof link !== 'string' || !URL.canParse(link)) return null
  const { protocol, hostname, username, password } = new URL(link)
  if (username !== '' || password !== '') return null
  const isThere = hostname === new URL(api).hostname && protocol === new URL(api).protocol
  return isThere || (protocol === 'https:' && isPublicName(hostname)) ? link : null
}

/** How often and for how long it is asked how sending again goes, in milliseconds. */
export interface Watching {
  readonly everyMs: number
  readonly withinMs: number
}

const WATCHING: Watching = { everyMs: 5000, withinMs: 30 * 60_000 }

export const retryApiOf = (
  { ask, askOpenly }: Asker,
  { url, executePath, statusPath }: RetryApiConfig,
  { everyMs, withinMs }: Watching = WATCHING,
): RetryApi => {
  const stateOf = async (
    question: Question,
    signal?: AbortSignal,
  ): Promise<E.Either<ProviderFailure, Ended | null>> => {
    const answer = await ask(question, json, signal)
    if (E.isLeft(answer)) return answer
    const status = StatusAnswer.decode(answer.right.read)
    if (E.isLeft(status)) return E.right('unknown')
    const word = status.right.status.toLowerCase()
    return E.right(SENT.has(word) ? 'sent' : FAILED.has(word) ? 'failed' : null)
  }

  return {
    query: async (webhook, from, to, signal) => {
      const body = { startAt: rfc3339(from), endAt: rfc3339(to), webhook }
      const answer = await ask({ asked: 'retry query', url: `${url}/retry/query`, sent: posting(body) }, json, signal)
      if (E.isLeft(answer)) return answer
      const { status, read } = answer.right
      if (read === null)
        return E.left(unreadable('retry query', status < 300 ? 'expected JSON' : `it answers ${status}`))
      const query = QueryAnswer.decode(read)
      return E.isRight(query) && QUERY_ID.test(query.right.queryId)
        ? E.right({ queryId: query.right.queryId, link: followed(query.right.link, url) })
        : E.left(unreadable('retry query', 'expected queryId, a text of at most 128 characters'))
    },
    count: async ({ link }, signal) => {
      if (link === null) return E.right(null)
      // The link says itself what it gives: no token goes there, and no certificate where that is somebody else's.
      const elsewhere = new URL(link).origin !== new URL(url).origin
      const sent: Sent = { method: 'GET', headers: {}, elsewhere }
      const bounds = { mostBytes: MOST_CSV_BYTES, wholeMs: CSV_WITHIN_MS }
      const answer = await askOpenly(
        { asked: 'retry link', url: link, sent },
        countRecords(MOST_EVENTS),
        signal,
        bounds,
      )
      if (E.isRight(answer)) return E.right(answer.right.read)
      return answer.left._tag === 'Aborted' ? answer : E.right(null)
    },
    execute: async ({ queryId }, signal) => {
      const question: Question = {
        asked: 'retry execution',
        url: url + executePath.replace('{queryId}', queryId),
        sent: posting({ queryId }),
        again: false,
      }
      const answer = await ask(question, json, signal)
      if (E.isLeft(answer)) return answer
      const { status } = answer.right
      if (status >= 200 && status < 300) return E.right(true)
      return status === 400 || status === 413 || status === 422
        ? E.right(false)
        : E.left(unreadable('retry execution', `it answers ${status}`))
    },
    ended: async ({ queryId }, signal) => {
      const question: Question = { asked: 'retry status', url: url + statusPath.replace('{queryId}', queryId) }
      const until = performance.now() + withinMs
      while (performance.now() < until) {
        const state = await stateOf(question, signal)
        if (E.isLeft(state)) return state
        if (state.right !== null) return E.right(state.right)
        // Whether it was ended says the next request.
        await WAITING.sleep(everyMs, signal)
      }
      return E.right('unknown')
    },
  }
}
