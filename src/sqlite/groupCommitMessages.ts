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

/** How several of a kind are put one behind the other, and taken apart again on the other side. */
interface Packing<A> {
  readonly pack: (all: readonly A[]) => readonly unknown[]
  readonly unpack: (packed: readonly unknown[]) => readonly A[]
}

/** How requests and answers cross: a list of texts and numbers takes a fraction of what objects take, whose names go with each of them. */
export interface Crossing<Request, Result> {
  readonly requests: Packing<Request>
  readonly answers: Packing<E.Either<NotCommitted, Result>>
}

const AS_IT_IS = { pack: (all: readonly unknown[]) => all, unpack: (all: readonly unknown[]) => all }

/** For what is not asked for often. */
export const asTheyAre = <Request, Result>(): Crossing<Request, Result> =>
  ({ requests: AS_IT_IS, answers: AS_IT_IS }) as Crossing<Request, Result>

/** What the thread is sent: requests, packed, or the word to finish. */
export type ToThread = readonly unknown[] | 'close'

/**
 * What the thread sends back once it has said that it serves: one answer for each request, in order, several at a time, packed, with how
 * long their transaction took; and from the first commit that failed until one succeeds, why nothing can be committed.
 */
export type FromThread =
  | { readonly answers: readonly unknown[]; readonly seconds: number }
  | { readonly fault: string | null }
