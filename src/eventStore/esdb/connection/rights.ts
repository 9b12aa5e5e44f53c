import { randomUUID } from 'node:crypto'
import { type EventStoreDBClient, FORWARDS, START } from '@eventstore/db-client'
import * as E from 'fp-ts/lib/Either.js'
import { appendAnswer, appendRequest } from '../client/appendMessages.ts'
import type { SendAppend } from '../client/batchStream.ts'
import { LacksRight, type Right } from '../client/lacksRight.ts'
import { within } from '../client/within.ts'
import { asStored } from '../stored/storedEvent.ts'
import type { StreamNames } from '../stored/streamNames.ts'

/** The stream that is asked about: the service's own, which nobody has a reason to hide or to delete. */
const ASKED = 'kyc-log'
const ANSWER_MS = 2000

/** No stream ever comes so far: the server looks at the rights first, then at the revision, and writes nothing. */
export const NOWHERE = Number.MAX_SAFE_INTEGER - 1

interface Asked {
  readonly client: EventStoreDBClient
  readonly sendAppend: SendAppend
}

/** Throws the client's error where the stream may not be read; one that does not exist may. */
const askToRead = async ({ client }: Asked, names: StreamNames): Promise<void> => {
  const read = client.readStream(names.stored(ASKED), { direction: FORWARDS, fromRevision: START, maxCount: 1 })
  read.on('error', () => undefined)
  try {
    await within(
      ANSWER_MS,
      new Promise((resolve, reject) => {
        read.on('error', reject)
        read.on('end', resolve)
        read.resume()
      }),
    )
  } finally {
    read.destroy()
  }
}

/** Whether the stream may be written. */
const askToWrite = async ({ sendAppend }: Asked, names: StreamNames): Promise<boolean> => {
  const nothing = asStored({ eventId: randomUUID(), type: 'kyc-ledger.nothing', data: '{}', metadata: '{}' })
  if (E.isLeft(nothing)) throw new Error(nothing.left)
  const question = appendRequest(randomUUID(), names.stored(ASKED), NOWHERE, [nothing.right])
  const answer = appendAnswer(await sendAppend(question, ANSWER_MS))
  return E.isRight(answer) || answer.left._tag !== 'Denied'
}

/** Asks the server whether the user has a right; throws `LacksRight` if not, the client's error where it does not say. */
export const askFor = async (right: Right, asked: Asked, names: StreamNames): Promise<void> => {
  if (right === 'write') {
    if (!(await askToWrite(asked, names))) throw new LacksRight(right)
    return
  }
  await askToRead(asked, names).catch((error: { readonly type?: unknown }) => {
    if (error.type === 'access-denied') throw new LacksRight(right)
    if (error.type !== 'stream-not-found' && error.type !== 'stream-deleted') throw error
  })
}
