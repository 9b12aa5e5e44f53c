import { randomUUID } from 'node:crypto'
import type { Instant } from '../../domain/instant.ts'
import type { NewEvent, RecordedEvent } from '../eventStore/recordedEvent.ts'
import { ownEvent, readOwnEvent } from './ownEvent.ts'
import { SEALS } from './streams.ts'

const CHECKPOINT = 'kyc-ledger.checkpoint'
const COSIGNED = 'kyc-ledger.checkpoint-cosigned'

/** What an event of the stream of seals says. */
export type Seal =
  /** A checkpoint of the log, as the log has signed it (C2SP tlog-checkpoint). */
  | { readonly _tag: 'Checkpoint'; readonly note: string }
  /** What others have said of the checkpoint of that size: signature lines of witnesses, and a time-stamp response (RFC 3161, DER). */
  | {
      readonly _tag: 'Cosigned'
      readonly size: number
      readonly cosignatures: string
      readonly timeStamp: Uint8Array | null
    }

/** It as an event. */
export const sealEvent = (seal: Seal, recordedAt: Instant): NewEvent => {
  if (seal._tag === 'Checkpoint') {
    return ownEvent(randomUUID(), { type: CHECKPOINT, data: { checkpoint: seal.note }, recordedAt })
  }
  const { size, cosignatures, timeStamp } = seal
  const data = { size, cosignatures, timeStamp: timeStamp === null ? null : Buffer.from(timeStamp).toString('base64') }
  return ownEvent(randomUUID(), { type: COSIGNED, data, recordedAt })
}

/** Reads one back; `null` for any other event, and for one that this version does not know. */
export const readSeal = (event: RecordedEvent): Seal | null => {
  const read = event.stream === SEALS ? readOwnEvent(event) : null
  if (read === null) return null
  const { checkpoint, size, cosignatures, timeStamp } = read.data
  if (read.type === CHECKPOINT) {
    return typeof checkpoint === 'string' ? { _tag: 'Checkpoint', note: checkpoint } : null
  }
  if (read.type !== COSIGNED || typeof size !== 'number' || typeof cosignatures !== 'string') return null
  return {
    _tag: 'Cosigned',
    size,
    cosignatures,
    timeStamp: typeof timeStamp === 'string' ? Buffer.from(timeStamp, 'base64') : null,
  }
}
