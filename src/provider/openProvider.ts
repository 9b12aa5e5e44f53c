import * as E from 'fp-ts/lib/Either.js'
import type { UserId } from '../../domain/identifiers.ts'
import type { TreezorApiConfig } from '../config/treezorApi.ts'
import { type AskingBounds, askerOf, type Heard } from './asking.ts'
import { documentsOf } from './documents.ts'
import { listingOf } from './listing.ts'
import { userOf } from './oneUser.ts'
import type { Provider } from './provider.ts'
import { resending } from './resending.ts'
import { retryApiOf, type Watching } from './retryApi.ts'
import { usersAbove } from './users.ts'

/** What may be set otherwise than it is for the provider itself. */
export interface Manner {
  readonly bounds?: Partial<AskingBounds>
  readonly watching?: Watching
  /** Is told of every request, and of what came of it. */
  readonly heard?: Heard
}

/** Asks the provider, in this process within one budget. Nothing is asked before somebody wants something. */
export const openProvider = (
  config: TreezorApiConfig,
  { bounds = {}, watching, heard = () => undefined }: Manner = {},
): Provider => {
  const asker = askerOf(config, bounds, heard)
  const list = listingOf(asker, config)
  const retry = config.retry === null ? null : retryApiOf(asker, config.retry, watching)
  return {
    user: (userId: UserId, signal) => () => userOf(asker, config, userId, signal),
    users: (after, signal) => usersAbove(list, after, signal),
    documentsOf: (userId, signal) => () => documentsOf(asker, config, userId, signal),
    resend: retry === null ? null : (what, signal) => resending(retry, what, signal),
    check: (signal) => async () => E.map(() => undefined)(await list({ page: 1, size: 1 }, signal)),
    close: asker.close,
  }
}
