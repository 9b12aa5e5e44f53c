import * as E from 'fp-ts/lib/Either.js'
import type { Crossing, NotCommitted } from '../../sqlite/groupCommitMessages.ts'
import type { ExpectedRevision } from '../appendOutcome.ts'
import type { NewEvent } from '../recordedEvent.ts'
import type { AppendAnswer } from './append.ts'
import type { WriteAnswer, WriteRequest } from './write.ts'

type Answer = E.Either<NotCommitted, WriteAnswer>

/** Only what is stored crosses to the thread. */
const asRequested = ({ eventId, type, data, metadata }: NewEvent): NewEvent => ({ eventId, type, data, metadata })

/** An append of one event, which nearly all are, is six in a row, the first of them a text; anything else an object. */
const packRequests = (requests: readonly WriteRequest[]): readonly unknown[] => {
  const packed: unknown[] = []
  for (const request of requests) {
    if (!('events' in request)) packed.push(request)
    else {
      const { stream, expected, events } = request
      const [event] = events
      if (event === undefined || events.length > 1) packed.push({ stream, expected, events: events.map(asRequested) })
      else packed.push(stream, expected, event.eventId, event.type, event.data, event.metadata)
    }
  }
  return packed
}

type OneEvent = readonly [
  stream: string,
  expected: ExpectedRevision,
  eventId: string,
  type: string,
  data: string,
  metadata: string,
]

const unpackRequests = (packed: readonly unknown[]): readonly WriteRequest[] => {
  const requests: WriteRequest[] = []
  for (let at = 0; at < packed.length; at += 1) {
    if (typeof packed[at] !== 'string') requests.push(packed[at] as WriteRequest)
    else {
      const [stream, expected, eventId, type, data, metadata] = packed.slice(at, at + 6) as unknown as OneEvent
      requests.push({ stream, expected, events: [{ eventId, type, data, metadata }] })
      at += 5
    }
  }
  return requests
}

/** What was appended, and did not stand there before, is two in a row, the first of them a number. */
const packAnswers = (answers: readonly Answer[]): readonly unknown[] => {
  const packed: unknown[] = []
  for (const answer of answers) {
    const appended = E.isRight(answer) && answer.right !== null && '_tag' in answer.right ? answer.right : null
    if (appended?._tag !== 'Right' || appended.right === undefined || appended.right.already) packed.push(answer)
    else packed.push(appended.right.revision, appended.right.position)
  }
  return packed
}

const unpackAnswers = (packed: readonly unknown[]): readonly Answer[] => {
  const answers: Answer[] = []
  for (let at = 0; at < packed.length; at += 1) {
    const revision = packed[at]
    if (typeof revision !== 'number') answers.push(revision as Answer)
    else {
      at += 1
      const appended: AppendAnswer = E.right({ revision, position: packed[at] as string })
      answers.push(E.right(appended))
    }
  }
  return answers
}

/** How writes of the log cross to its thread, and their answers back. */
export const CROSSING: Crossing<WriteRequest, WriteAnswer> = {
  requests: { pack: packRequests, unpack: unpackRequests },
  answers: { pack: packAnswers, unpack: unpackAnswers },
}
