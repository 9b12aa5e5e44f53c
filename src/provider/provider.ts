import type * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import type { UserId } from '../../domain/identifiers.ts'
import type { ProviderFailure } from './failure.ts'
import type { ProvidedDocument, ProvidedUser, UnreadableElement } from './provided.ts'

/** Some users, by ascending id, each above those of the page before. */
export interface UsersPage {
  readonly users: readonly ProvidedUser[]
  /** Elements of the same answer that cannot be read; the others are told all the same. */
  readonly unreadable: readonly UnreadableElement[]
}

/** Which webhooks are to be sent again. */
export interface Resending {
  /** Milliseconds since 1970; before `RESENT_SINCE` nothing can be had. */
  readonly from: number
  readonly to: number
  /** Names of webhooks; without them those that this service reads. */
  readonly webhooks?: readonly string[]
  /** Only counts. */
  readonly dryRun?: boolean
}

/** One window of time and one name of webhooks, and what has come of it. */
export interface ResendStep {
  /** `nothing`: no such webhook in it; `counted`: a dry run; `asked`: it is being sent; `sent`, `failed`, `unknown`: how it ended, as the provider says. */
  readonly _tag: 'nothing' | 'counted' | 'asked' | 'sent' | 'failed' | 'unknown'
  readonly webhook: string
  readonly from: number
  readonly to: number
  /** `null`: the provider did not let them be counted. */
  readonly events: number | null
}

/**
 * Treezor's API, as far as it is asked here. A page of `users` is for screening: by the time that it is looked at it is some seconds old, and a webhook
 * may have come since. Whoever is about to record what it says asks for that `user` once more.
 */
export interface Provider {
  /** What it says of a user now; `null`: it knows no such user (said twice, in two ways). */
  readonly user: (userId: UserId, signal?: AbortSignal) => TaskEither<ProviderFailure, ProvidedUser | null>
  /** All users above `after`, from the lowest. Ends after the last one, or after the first failure. */
  readonly users: (after: UserId | null, signal?: AbortSignal) => AsyncIterable<E.Either<ProviderFailure, UsersPage>>
  /** `null`: one of them cannot be read. */
  readonly documentsOf: (
    userId: UserId,
    signal?: AbortSignal,
  ) => TaskEither<ProviderFailure, readonly ProvidedDocument[] | null>
  /** `null` where no address of the retry API is configured. Ends after the last window, or after the first failure. */
  readonly resend:
    | ((what: Resending, signal?: AbortSignal) => AsyncIterable<E.Either<ProviderFailure, ResendStep>>)
    | null
  /** Whether it can be reached, lets us in, and answers as it is documented. */
  readonly check: (signal?: AbortSignal) => TaskEither<ProviderFailure, void>
  /** Closes its connections, once nothing is under way. */
  readonly close: () => Promise<void>
}

/** The provider sends again what it has sent since then (docs.treezor.com, guide/webhooks/retry). */
export const RESENT_SINCE = Date.parse('2025-10-01T00:00:00Z')
