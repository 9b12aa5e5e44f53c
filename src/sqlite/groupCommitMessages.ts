import type * as E from 'fp-ts/lib/Either.js'

/** Why a request has no result. Only after `Failed` is it unknown whether it was committed. */
export type NotCommitted =
  | { readonly _tag: 'TooManyWaiting' }
  | { readonly _tag: 'Closed' }
  | { readonly _tag: 'Failed'; readonly reason: string }

/** Of a request that met an error; one of SQLite with its code. */
export const failed = (error: unknown): Extract<NotCommitted, { readonly _tag: 'Failed' }> => ({
  _tag: 'Failed',
  reason:
    error instanceof Error ? ('code' in error ? `${error.message} (${error.code})` : error.message) : String(error),
})

/** What the thread is sent: requests, or the word to finish. */
export type ToThread<Request> = readonly Request[] | 'close'

/**
 * What the thread sends back once it has said that it serves: one answer for each request, in order, several at a time, with how
 * long their transaction took; and from the first commit that failed until one succeeds, why nothing can be committed.
 */
export type FromThread<Result> =
  | { readonly answers: readonly E.Either<NotCommitted, Result>[]; readonly seconds: number }
  | { readonly fault: string | null }
