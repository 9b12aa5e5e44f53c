import * as E from 'fp-ts/lib/Either.js'
import * as J from 'fp-ts/lib/Json.js'
import { askedWait } from '../clock/retryAfter.ts'
import type { TreezorApiConfig } from '../config/treezorApi.ts'
import { ATTEMPTS, LONGEST_ASKED_MS, waitAfter } from './backOff.ts'
import { budgetOf, WAITING } from './budget.ts'
import { ABORTED, type Asked, type ProviderFailure, unreadable } from './failure.ts'
import { tokensOf } from './tokens.ts'
import { type Answered, type NotAnswered, type Read, type Sent, transportWith, whole } from './transport.ts'

/** How much is waited for, and how long. */
export interface AskingBounds {
  /** For an answer, to its end, in milliseconds. */
  readonly wholeMs: number
  readonly mostBytes: number
  /** Waits between attempts are so many times as long as they should be. */
  readonly waits: number
}

/** A page of a hundred users is half a megabyte. JSON is parsed on the main thread, where deliveries wait for it: of 16 MiB for seconds, if it is made for that. */
const BOUNDS: AskingBounds = { wholeMs: 30_000, mostBytes: 2 * 1024 * 1024, waits: 1 }

/** A request, and whether it does no harm if it is made twice. */
export interface Question {
  readonly asked: Asked
  readonly url: string
  readonly sent?: Sent
  readonly again?: boolean
}

export interface Asker {
  /** Asks with a token, within the budget, again where that may help. Of the answers other than 2xx those come back that somebody has to make something of. */
  readonly ask: <A>(
    question: Question,
    read: Read<A>,
    signal?: AbortSignal,
    bounds?: Partial<AskingBounds>,
  ) => Promise<E.Either<ProviderFailure, Answered<A>>>
  /** The same without a token, at an address that says itself what it gives. */
  readonly askOpenly: Asker['ask']
  /** Ends what is under way, and closes its connections. */
  readonly close: () => Promise<void>
}

/** An answer that some proxy has kept may be older than a refusal that was heard since (RFC 9111, 5.2.1.4). */
const HEADERS = { Accept: 'application/json', 'Cache-Control': 'no-cache', 'User-Agent': 'kyc-ledger' }
const PLAIN: Sent = { method: 'GET', headers: HEADERS }

const failureOf = (asked: Asked, not: NotAnswered): ProviderFailure => {
  switch (not._tag) {
    case 'Aborted':
      return ABORTED
    case 'TooLarge':
      return unreadable(asked, `more than ${not.bytes / 1024 / 1024} MiB`)
    case 'Failed':
      return { _tag: 'OutOfReach', reason: not.reason, asked }
  }
}

const isFailing = (status: number): boolean => status >= 500 && status !== 501

/** With 503 most of all, and with anything that says for how long. */
const wantsRest = ({ status, retryAfter }: Answered<unknown>): boolean =>
  status === 429 || (isFailing(status) && retryAfter !== null)

/** The JSON of a body, which may begin with a byte order mark; `null` where it is none. */
export const json: Read<unknown> = async (chunks) => {
  const parsed = J.parse(new TextDecoder().decode(await whole(chunks)))
  return E.isRight(parsed) ? parsed.right : null
}

/** What came of one request: what it was about, the status of the answer, or `null` where there was none. */
export type Heard = (asked: Asked, status: number | null) => void

/** The time of the system dates what `Retry-After` says, where that is a date. */
export const askerOf = (
  config: TreezorApiConfig,
  given: Partial<AskingBounds> = {},
  heard: Heard = () => undefined,
  random: () => number = Math.random,
): Asker => {
  const usual = { ...BOUNDS, ...given }
  const ending = new AbortController()
  const transport = transportWith(config.tls)
  const budget = budgetOf(config.perMinute)

  /** One request after the other until there is an answer that none will mend. `authorise`: what is put into its headers. */
  const persist = async <A>(
    { asked, url, sent = PLAIN, again = true }: Question,
    authorise: Authorise,
    read: Read<A>,
    signal: AbortSignal,
    bounds: AskingBounds,
  ): Promise<E.Either<ProviderFailure, Answered<A>>> => {
    let renewed = false
    for (let failed = 0; ; ) {
      const authorised = await authorise.headers(signal)
      if (E.isLeft(authorised)) return authorised
      if (!(await budget.turn(signal))) return E.left(ABORTED)
      const headers = { ...HEADERS, ...sent.headers, ...authorised.right }
      const answer = await transport.send(url, { ...sent, headers }, bounds, signal, read)
      heard(asked, E.isRight(answer) ? answer.right.status : null)
      if (E.isLeft(answer) && answer.left._tag !== 'Failed') return E.left(failureOf(asked, answer.left))
      const status = E.isRight(answer) ? answer.right.status : null
      if (status === 401 && !renewed && authorise.renew(authorised.right)) {
        renewed = true
        continue
      }
      if (status === 401 || status === 403) return E.left({ _tag: 'Refused', status, asked })
      const isBusy = E.isRight(answer) && wantsRest(answer.right)
      if (E.isRight(answer) && !isBusy && !isFailing(answer.right.status)) return answer
      failed += 1
      const askedMs = E.isRight(answer) ? askedWait(answer.right.retryAfter ?? undefined, Date.now()) : null
      const restMs = (askedMs ?? 0) * bounds.waits
      if (isBusy) budget.rest(Math.min(restMs, LONGEST_ASKED_MS))
      if (isBusy && (failed >= ATTEMPTS || restMs > LONGEST_ASKED_MS))
        return E.left({ _tag: 'Busy', forMs: restMs, asked })
      if (failed >= ATTEMPTS || (!again && !isBusy))
        return E.left(
          E.isLeft(answer)
            ? failureOf(asked, answer.left)
            : { _tag: 'OutOfReach', reason: `it answers ${status}`, asked },
        )
      const ms = waitAfter(failed, askedMs, random) * bounds.waits
      await WAITING.sleep(ms, signal)
    }
  }

  const tokens = tokensOf(config, async (form) => {
    const shown = await transport.renew()
    if (E.isLeft(shown)) return E.left({ _tag: 'NoCredentials', reason: shown.left })
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
    const question: Question = {
      asked: 'token',
      url: `${config.url}/oauth/token`,
      sent: { method: 'POST', headers, body: form },
    }
    // Whoever waits for it may end: others wait for it as well.
    const answer = await persist(question, UNAUTHORISED, whole, ending.signal, usual)
    if (E.isLeft(answer)) return answer
    const { status, read } = answer.right
    if (read !== null) return E.right(read.toString('utf8'))
    // A client that it does not know it may tell with 400 (RFC 6749, 5.2).
    return E.left(
      status === 400 ? { _tag: 'Refused', status, asked: 'token' } : unreadable('token', `it answers ${status}`),
    )
  })

  const withToken: Authorise = {
    headers: async (signal) =>
      E.map((token: string) => ({ Authorization: `Bearer ${token}` }))(await tokens.get(signal)),
    renew: ({ Authorization = '' }) => {
      tokens.drop(Authorization.replace('Bearer ', ''))
      return true
    },
  }

  const until = (signal: AbortSignal | undefined): AbortSignal =>
    signal === undefined ? ending.signal : AbortSignal.any([ending.signal, signal])

  return {
    ask: (question, read, signal, bounds) => persist(question, withToken, read, until(signal), { ...usual, ...bounds }),
    askOpenly: (question, read, signal, bounds) =>
      persist(question, UNAUTHORISED, read, until(signal), { ...usual, ...bounds }),
    close: () => {
      ending.abort()
      return transport.close()
    },
  }
}

type Headers = Readonly<Record<string, string>>

interface Authorise {
  readonly headers: (signal: AbortSignal) => Promise<E.Either<ProviderFailure, Headers>>
  /** Whether with others it may be let in. */
  readonly renew: (headers: Headers) => boolean
}

const UNAUTHORISED: Authorise = { headers: async () => E.right({}), renew: () => false }
