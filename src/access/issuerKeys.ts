import type { createLocalJWKSet, JSONWebKeySet, JWTVerifyGetKey } from 'jose'
import type { Logger } from '../log/log.ts'

/** The keys of the issuer cannot be had, or cannot be used. The message says why, for a person. */
export class IssuerUnreachable extends Error {}

/** The keys that tokens are signed with, as their issuer publishes them. */
export interface IssuerKeys {
  readonly keyOf: JWTVerifyGetKey
  /** When they were fetched last, in milliseconds since 1970; `null`: never yet. */
  readonly fetchedAt: () => number | null
  /** Whether they need not be fetched anew yet: what was found right by them is right. */
  readonly areFresh: () => boolean
}

/** How long is waited for what, in milliseconds. */
export interface IssuerBounds {
  /** For the answer, to its end. */
  readonly answerMs: number
  /** Older keys are fetched anew, beside what goes on. */
  readonly freshMs: number
  /** So long they are good where the issuer cannot be reached: one that was withdrawn is not taken for longer. */
  readonly keptMs: number
  /** After an answer, until an unknown key may have them fetched again: whoever makes up names of keys asks the issuer no more often. */
  readonly againMs: number
  /** The same after a failure. */
  readonly failedMs: number
}

const BOUNDS: IssuerBounds = {
  answerMs: 3000,
  freshMs: 10 * 60_000,
  keptMs: 24 * 3_600_000,
  againMs: 10_000,
  failedMs: 5000,
}
/** More than any issuer's keys are. */
const MOST_BYTES = 256 * 1024

const textOf = async ({ body }: Response): Promise<string> => {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength
    if (bytes > MOST_BYTES) throw new IssuerUnreachable(`it answers with more than ${MOST_BYTES / 1024} KiB`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

const parsed = async (text: string): Promise<ReturnType<typeof createLocalJWKSet>> => {
  const { createLocalJWKSet } = await import('jose')
  try {
    return createLocalJWKSet(JSON.parse(text) as JSONWebKeySet)
  } catch {
    throw new IssuerUnreachable('it answers with no set of keys (RFC 7517, 5)')
  }
}

/** None of the keys fits, as `jose` says it. */
const isUnknownKey = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ERR_JWKS_NO_MATCHING_KEY'

const reasonOf = (error: unknown): string => {
  if (error instanceof IssuerUnreachable) return error.message
  if (error instanceof Error && error.name === 'TimeoutError') return 'it does not answer in time'
  const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException
  return `it cannot be reached${code === undefined ? '' : ` (${code})`}`
}

/**
 * Keeps the keys that are published at `url`. Nothing is fetched before the first token comes. They are fetched anew now and then, and where a token
 * names one that is not among them; while they cannot be had those that are kept go on.
 */
export const issuerKeys = (
  url: string,
  log: Logger,
  bounds: IssuerBounds = BOUNDS,
  now: () => number = () => performance.now(),
): IssuerKeys => {
  let keys: ReturnType<typeof createLocalJWKSet> | null = null
  let at = Number.NEGATIVE_INFINITY
  let fetchedAt: number | null = null
  let askNotBefore = Number.NEGATIVE_INFINITY
  let failure: string | null = null
  let fetching: Promise<void> | null = null

  const ask = async (): Promise<void> => {
    const response = await fetch(url, {
      redirect: 'error',
      signal: AbortSignal.timeout(bounds.answerMs),
      headers: { Accept: 'application/jwk-set+json, application/json', 'User-Agent': 'kyc-ledger' },
    })
    if (response.status !== 200) {
      await response.body?.cancel()
      throw new IssuerUnreachable(`it answers ${response.status}`)
    }
    keys = await parsed(await textOf(response))
  }
  const told = (reason: string | null): void => {
    if (reason === failure) return
    if (reason === null) log.info("the issuer's keys can be had again")
    else log.warn({ reason }, "the issuer's keys cannot be had: tokens whose key is known go on")
    failure = reason
  }
  const fetchOnce = async (): Promise<void> => {
    try {
      await ask()
      at = now()
      fetchedAt = Date.now()
      askNotBefore = at + bounds.againMs
      told(null)
    } catch (error) {
      askNotBefore = now() + bounds.failedMs
      told(reasonOf(error))
    }
  }
  /** Fetches them, however many want them at a time; not again at once. */
  const renew = async (): Promise<void> => {
    if (fetching === null && now() >= askNotBefore)
      fetching = fetchOnce().finally(() => {
        fetching = null
      })
    await fetching
  }

  const keyOf: JWTVerifyGetKey = async (header, token) => {
    const age = now() - at
    if (age > bounds.keptMs) await renew()
    else if (age > bounds.freshMs) void renew()
    if (keys === null || now() - at > bounds.keptMs) throw new IssuerUnreachable(failure ?? 'it was not asked yet')
    try {
      return await keys(header, token)
    } catch (error) {
      if (!isUnknownKey(error)) throw error
    }
    await renew()
    try {
      return await keys(header, token)
    } catch (error) {
      // It may have one by now that is not known here.
      throw failure !== null && isUnknownKey(error) ? new IssuerUnreachable(failure) : error
    }
  }
  return { keyOf, fetchedAt: () => fetchedAt, areFresh: () => now() - at <= bounds.freshMs }
}
