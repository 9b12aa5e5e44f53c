import { randomUUID } from 'node:crypto'
import * as E from 'fp-ts/lib/Either.js'
import {
  type AppendError,
  type Appended,
  type ExpectedRevision,
  reasonOf,
  type WrongExpectedVersion,
} from '../eventStore/appendOutcome.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import { storeUnreachable } from '../eventStore/readFailure.ts'
import { type OwnEvent, ownEvent } from './ownEvent.ts'
import { KYC_LOG } from './streams.ts'

/** An append to `kyc-log` that came to nothing, as the error that it is thrown as. */
export const appendFailed = (error: Exclude<AppendError, WrongExpectedVersion>): Error =>
  error._tag === 'StoreUnavailable' ? storeUnreachable(error.reason) : new Error(reasonOf(error))

/** Appends to `kyc-log` at its end, whoever else does. Throws where the store gives no answer, or refuses. */
export const appendToKycLog = async (store: EventStore, event: OwnEvent): Promise<void> => {
  const appended = ownEvent(randomUUID(), event)
  const [last] = await Array.fromAsync(store.readStream(KYC_LOG, { direction: 'backwards', limit: 1 }))
  for (let expected: ExpectedRevision = last?.revision ?? 'no-stream'; ; ) {
    const result: E.Either<AppendError, Appended> = await store.append(KYC_LOG, expected, [appended])()
    if (E.isRight(result)) return
    if (result.left._tag !== 'WrongExpectedVersion') throw appendFailed(result.left)
    expected = result.left.actual
  }
}
