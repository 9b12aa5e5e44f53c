import * as E from 'fp-ts/lib/Either.js'
import { spokenOf } from '../treezor/division.ts'
import { readEvent } from './kycEvent.ts'
import type { StoredEvent } from './storedEvent.ts'

/**
 * Whether an event of the stream of a user, or of nobody, holds what a webhook says of others as well: before metadata format 4 each
 * who was spoken of got all of it. One that cannot be read is not, nor one that was altered. Of a stream in which webhooks stand
 * whole by design (`kyc-shared-…`) nobody asks.
 */
export const isMixed = (stored: StoredEvent): boolean => {
  const read = readEvent(stored)
  return E.isRight(read) && read.right.elementHash === null && spokenOf(read.right.interpretation).length > 1
}
