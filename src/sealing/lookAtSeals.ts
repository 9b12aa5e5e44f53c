import * as E from 'fp-ts/lib/Either.js'
import type { Instant } from '../../domain/instant.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import type { Revision } from '../eventStore/recordedEvent.ts'
import { recordedAtOf } from '../ledger/recordedAt.ts'
import { SEALS } from '../ledger/streams.ts'
import { formatSignature, parseSignatures } from '../tlog/note.ts'
import { type Judged, type Judging, judgeSeal } from './judgeSeal.ts'
import type { SealedCheckpoint } from './sealedLog.ts'

/** Where the log stops to be the one that was sealed. */
export interface Contradicted {
  /** So many events are still those of a seal; 0 where no seal agrees. */
  readonly agreedSize: number
  /** The first seal that does not agree: its revision in the stream of seals, `null` where a witness has it, and its size. */
  readonly revision: Revision | null
  readonly size: number
  /** For a person. */
  readonly what: string
}

/** How the seals in a log go with its tree. */
export interface SealsSeen {
  /** The last event of the stream of seals; -1 where there is none. */
  readonly revision: Revision
  /** The newest seal that agrees. */
  readonly latest: SealedCheckpoint | null
  /** When the newest was recorded. */
  readonly sealedAt: Instant | null
  readonly isOtherKey: boolean
  readonly contradicted: Contradicted | null
}

type Cosigned = Extract<Judged, { readonly _tag: 'Cosigned' }>

/** More no reader of notes takes. */
const MOST_COSIGNATURES = 48

/** Lines that are none, and a second one by a key, are left out: whoever can append to the log could make a note of it that nobody reads. */
const together = (cosignatures: string, more: string): string => {
  const before = parseSignatures(cosignatures)
  const added = parseSignatures(more)
  if (E.isLeft(added)) return cosignatures
  const byKey = new Map<string, string>()
  for (const one of [...(E.isRight(before) ? before.right : []), ...added.right]) {
    const key = `${one.keyId.toString('hex')} ${one.name}`
    if (!byKey.has(key) && byKey.size < MOST_COSIGNATURES) byKey.set(key, formatSignature(one))
  }
  return [...byKey.values()].join('')
}

/** What others have said of it. */
export const withCosigned = (sealed: SealedCheckpoint, cosigned: Cosigned | undefined): SealedCheckpoint =>
  cosigned === undefined || cosigned.size !== sealed.size
    ? sealed
    : {
        ...sealed,
        cosignatures: together(sealed.cosignatures, cosigned.cosignatures),
        timeStamp: cosigned.timeStamp ?? sealed.timeStamp,
      }

/**
 * Goes back through the seals to the newest one that agrees with the tree, which has come to the end of the log: where it does, so
 * does all before it.
 */
export const lookAtSeals = async (store: EventStore, judging: Judging): Promise<SealsSeen> => {
  let revision = -1
  let sealedAt: Instant | null = null
  let isOtherKey = false
  let contradicted: Omit<Contradicted, 'agreedSize'> | null = null
  const cosigned: Cosigned[] = []
  for await (const event of store.readStream(SEALS, { direction: 'backwards' })) {
    revision = Math.max(revision, event.revision)
    const judged = judgeSeal(event, judging)
    if (judged._tag === 'Passed') continue
    if (judged._tag === 'Cosigned') {
      cosigned.push(judged)
      continue
    }
    sealedAt ??= recordedAtOf(event)
    if (judged._tag === 'OtherKey') isOtherKey = true
    if (judged._tag === 'Contradicts') {
      contradicted = { revision: event.revision, size: judged.size, what: judged.what }
      cosigned.length = 0
    }
    if (judged._tag !== 'Agrees') continue
    const latest = cosigned.reduceRight(withCosigned, judged.sealed)
    return {
      revision,
      latest,
      sealedAt,
      isOtherKey,
      contradicted: contradicted === null ? null : { ...contradicted, agreedSize: latest.size },
    }
  }
  return {
    revision,
    latest: null,
    sealedAt,
    isOtherKey,
    contradicted: contradicted === null ? null : { ...contradicted, agreedSize: 0 },
  }
}
