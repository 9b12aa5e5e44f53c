import { isDeepStrictEqual } from 'node:util'
import * as E from 'fp-ts/lib/Either.js'
import * as J from 'fp-ts/lib/Json.js'
import { currentStatus } from '../../../domain/answer/currentStatus.ts'
import type { UnreadableEvent } from '../../../domain/event/storedEvent.ts'
import { isUserId, type UserId } from '../../../domain/identifiers.ts'
import { type Instant, parseRfc3339 } from '../../../domain/instant.ts'
import { foldHistory } from '../../../domain/state/fold.ts'
import { byPlace } from '../../../domain/state/ownHistory.ts'
import { type Reading, readStored, withoutPayload } from '../../../domain/state/reading.ts'
import { KYC_STATUS } from '../../../projections/kycStatus.ts'
import type { RecordedEvent } from '../../eventStore/recordedEvent.ts'
import { UNATTRIBUTED, userOfStream } from '../../ledger/streams.ts'
import { wrongFile } from './wrongFile.ts'

/** Whether the status in a file is what its records come to; or why that cannot be told. */
export type StatusChecked = 'it is what the records come to' | 'another version made it' | 'clocks were wrong'

const objectIn = (json: unknown): Readonly<Record<string, unknown>> =>
  typeof json === 'object' && json !== null ? (json as Readonly<Record<string, unknown>>) : {}

/** Folds the records of a file, as they come. */
export class StatusCheck {
  readonly #readOwn = readStored()
  readonly #arrived: Reading[] = []
  readonly #unreadable: UnreadableEvent[] = []
  readonly #orphans: RecordedEvent[] = []
  /** Whose stream is in the file; `null` where none is. */
  #userId: UserId | null = null

  take(event: RecordedEvent): void {
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
    const asOf = parseRfc3339(String(told['asOf']))
    const userId = String(objectIn(told['answer'])['userId'])
    if (asOf === null || told['knownAt'] !== told['asOf'] || !isUserId(userId)) {
      throw wrongFile('status.json: it is no status')
    }
    if (userId !== (this.#userId ?? userId)) throw wrongFile('status.json: it is about another user than the records')
    if (told['corrections'] !== 0) return 'clocks were wrong'
    if (told['meaning'] !== KYC_STATUS.version) return 'another version made it'
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
