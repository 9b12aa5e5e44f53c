import { isDeepStrictEqual } from 'node:util'
import * as E from 'fp-ts/lib/Either.js'
import * as J from 'fp-ts/lib/Json.js'
import { currentStatus } from '../../../domain/answer/currentStatus.ts'
import { readTimes } from '../../../domain/answer/question.ts'
import type { UnreadableEvent } from '../../../domain/event/storedEvent.ts'
import { isUserId, type UserId } from '../../../domain/identifiers.ts'
import { type Instant, isBy, parseRfc3339 } from '../../../domain/instant.ts'
import { foldHistory } from '../../../domain/state/fold.ts'
import { byPlace } from '../../../domain/state/ownHistory.ts'
import { type Reading, readStored, withoutPayload } from '../../../domain/state/reading.ts'
import { KYC_STATUS } from '../../../projections/kycStatus.ts'
import type { RecordedEvent } from '../../eventStore/recordedEvent.ts'
import { UNATTRIBUTED, userOfStream } from '../../ledger/streams.ts'
import { wrongFile } from './wrongFile.ts'

/** Whether the status in a file is what its records come to; or why that cannot be told. */
export type StatusChecked =
  | 'it is what the records come to'
  | 'it says that another version made it'
  | 'it says that clocks were wrong'

const objectIn = (json: unknown): Readonly<Record<string, unknown>> =>
  typeof json === 'object' && json !== null ? (json as Readonly<Record<string, unknown>>) : {}

const textIn = (json: Readonly<Record<string, unknown>>, name: string): string => {
  const text = json[name]
  return typeof text === 'string' ? text : ''
}

/** Folds the records of a file, as they come. */
export class StatusCheck {
  readonly #readOwn = readStored()
  readonly #times = readTimes()
  /** When the last of them was recorded. */
  #lastRecorded: Instant | null = null
  readonly #arrived: Reading[] = []
  readonly #unreadable: UnreadableEvent[] = []
  readonly #orphans: RecordedEvent[] = []
  /** Whose stream is in the file; `null` where none is. */
  #userId: UserId | null = null

  take(event: RecordedEvent): void {
    const recordedAt = this.#times(event)?.recordedAt
    if (recordedAt !== undefined && recordedAt > (this.#lastRecorded ?? recordedAt - 1)) this.#lastRecorded = recordedAt
    const userId = userOfStream(event.stream)
    if (event.stream === UNATTRIBUTED || userId === null) return void this.#orphans.push(event)
    this.#userId = userId
    const reading = this.#readOwn(event, userId)
    if (E.isRight(reading)) this.#arrived.push(withoutPayload(reading.right))
    else this.#unreadable.push(reading.left)
  }

  /** Throws `wrongFile` where it is another status, or none. */
  check(text: string): StatusChecked {
    const json = J.parse(text)
    const told = objectIn(E.isRight(json) ? json.right : null)
    const asOf = parseRfc3339(textIn(told, 'asOf'))
    const userId = textIn(objectIn(told['answer']), 'userId')
    if (asOf === null || told['knownAt'] !== told['asOf'] || !isUserId(userId)) {
      throw wrongFile('status.json: it is no status')
    }
    if (userId !== (this.#userId ?? userId)) throw wrongFile('status.json: it is about another user than the records')
    if (told['corrections'] !== 0) return 'it says that clocks were wrong'
    if (told['meaning'] !== KYC_STATUS.version) return 'it says that another version made it'
    // A status of an earlier day would be what the same records come to, as of that day.
    if (this.#lastRecorded !== null && !isBy(this.#lastRecorded, asOf)) {
      throw wrongFile('status.json: it was made before the last of the records')
    }
    if (!isDeepStrictEqual(told['answer'], this.#answer(userId, asOf))) {
      throw wrongFile('status.json: it is not what the records come to')
    }
    return 'it is what the records come to'
  }

  #answer(userId: UserId, asOf: Instant): unknown {
    const arrived = this.#arrived
    const history = { arrived, sorted: arrived.toSorted(byPlace), unreadable: this.#unreadable, complete: true }
    return JSON.parse(JSON.stringify(currentStatus(foldHistory(userId, history, this.#orphans, { asOf }))))
  }
}
