import { hash } from 'node:crypto'
import { hasPayload, webhookWith } from '../webhooks/storedPayload.ts'
import type { NewEvent, Position, RecordedEvent, Revision, StreamName } from './recordedEvent.ts'

/** An event out of a store, which can be asked whether it is still what was received. */
class ReadEvent implements RecordedEvent {
  readonly eventId: string
  readonly type: string
  readonly data: string
  readonly metadata: string
  readonly stream: StreamName
  readonly revision: Revision
  readonly position: Position
  #answer: { readonly to: string; readonly is: boolean } | null = null

  constructor({ eventId, type, data, metadata }: NewEvent, stream: StreamName, revision: Revision, position: Position) {
    this.eventId = eventId
    this.type = type
    this.data = data
    this.metadata = metadata
    this.stream = stream
    this.revision = revision
    this.position = position
  }

  hasPayload(payloadHash: string): boolean {
    if (this.#answer?.to !== payloadHash) this.#answer = { to: payloadHash, is: hasPayload(this.data, payloadHash) }
    return this.#answer.is
  }

  webhookWith(payloadHash: string): unknown {
    const webhook = webhookWith(this.data, payloadHash)
    if (webhook !== null) this.#answer = { to: payloadHash, is: true }
    return webhook
  }

  hasData(dataHash: string): boolean {
    return hash('sha256', this.data) === dataHash
  }
}

/**
 * An event as a store has read it. Its payload is looked at when somebody asks, and once: who reads nothing but metadata pays
 * nothing. A copy of its fields cannot be asked.
 */
export const asRead = (event: NewEvent, stream: StreamName, revision: Revision, position: Position): RecordedEvent =>
  new ReadEvent(event, stream, revision, position)
