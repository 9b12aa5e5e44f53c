import * as E from 'fp-ts/lib/Either.js'
import * as J from 'fp-ts/lib/Json.js'
import type { EventMetadata } from '../../domain/event/metadata.ts'
import { decodeMetadata } from '../../domain/event/metadataText.ts'
import { isNoteTo } from '../../domain/treezor/division.ts'
import { isObject } from '../../domain/treezor/fields.ts'
import type { RecordedEvent, StreamName } from '../eventStore/recordedEvent.ts'
import type { Erased } from '../ledger/erased.ts'
import { isShared } from '../ledger/streams.ts'
import { canonicalise } from '../webhooks/canonicalJson.ts'
import { itemsIn } from '../webhooks/division.ts'
import { readEnvelope } from '../webhooks/envelope.ts'
import { leafOf } from './record.ts'

/** How the parts of webhooks that speak of several users go with their wholes. */
export interface PartsVerified {
  /** Wholes that stand in the log. */
  readonly wholes: number
  /** Of these, the ones that no part names: a delivery of them was cut short, or what named them was erased. */
  readonly unnamed: number
  /** Parts that were held against their whole, and are of it. */
  readonly held: number
  /** Parts of a whole that was erased: `erased` says that their leaf is the one that was. */
  readonly erased: number
  /** Parts of a whole that was never kept, since it named an erased user. */
  readonly unkept: number
}

interface Standing {
  readonly leaf: string
  readonly payloadHash: string
  /** In canonical form. */
  readonly items: ReadonlySet<string>
  isNamed: boolean
}

export interface PartsCheck {
  /** What is wrong with an event as a part, in words; takes note of wholes, which come before their parts. */
  readonly look: (event: RecordedEvent) => string | null
  /** At the end of the log. `tell` is given the parts whose whole is gone, and of which nothing says that it was erased. */
  readonly end: (tell: (event: RecordedEvent, what: string) => void) => PartsVerified
}

const LISTS = ['users', 'documents'] as const

const payloadIn = (data: string): { readonly value: unknown; readonly items: readonly string[] } | null => {
  const envelope = readEnvelope(data)
  if (E.isLeft(envelope) || envelope.right._tag !== 'Webhook') return null
  const { payload, payloadText } = envelope.right
  const list = LISTS.find((name) => isObject(payload) && Array.isArray(payload[name]))
  return { value: payload, items: list === undefined ? [] : itemsIn(payloadText, list).map(canonicalise) }
}

/** Whether all that a part holds stands in the whole, but for notes to its user. */
const isOf = (data: string, { userId }: EventMetadata, { items }: Standing): boolean => {
  const part = payloadIn(data)
  const isNote = (value: unknown): boolean => userId !== null && isNoteTo(userId, value)
  if (part === null) return false
  if (isNote(part.value)) return true
  const isItem = (item: string): boolean => {
    const json = J.parse(item)
    return items.has(item) || (E.isRight(json) && isNote(json.right))
  }
  return part.items.length > 0 && part.items.every(isItem)
}

/** Holds the whole webhooks of a log in mind, each as some hashes and its elements, until the log is at its end. */
export const checkParts = (erased: Erased): PartsCheck => {
  const wholes = new Map<StreamName, Standing>()
  const gone: { readonly event: RecordedEvent; readonly stream: StreamName; readonly leaf: string }[] = []
  let [held, unkept] = [0, 0]

  /** In base64, of a whole that is recorded as erased; `null` of any other. */
  const leafErasedOf = (stream: StreamName): string | null => {
    const index = erased.indexOf({ stream, revision: 0 })
    return index === null ? null : (erased.leafAt(index)?.toString('base64') ?? null)
  }

  const takeWhole = (event: RecordedEvent, { payloadHash }: EventMetadata): void => {
    if (event.revision !== 0) return
    const items = new Set(payloadIn(event.data)?.items)
    wholes.set(event.stream, { leaf: leafOf(event).toString('base64'), payloadHash, items, isNamed: false })
  }

  const lookAtPart = (event: RecordedEvent, metadata: EventMetadata): string | null => {
    const { whole, payloadHash } = metadata
    if (whole === null) unkept += 1
    const standing = whole === null ? undefined : wholes.get(whole.stream)
    if (whole === null) return null
    if (standing === undefined) {
      // Of a text of no more than its place: that of a log is not kept in mind.
      gone.push({ event: { ...event, data: '', metadata: '' }, ...whole })
      return null
    }
    standing.isNamed = true
    if (standing.leaf !== whole.leaf) return 'the whole webhook that it names is another one than it was a part of'
    if (standing.payloadHash !== payloadHash) return 'the hash of the whole payload is not the one of its whole'
    if (!isOf(event.data, metadata, standing)) return 'what it holds does not stand in the whole webhook that it names'
    held += 1
    return null
  }

  return {
    look: (event) => {
      if (!(isShared(event.stream) || event.metadata.includes('"elementHash":"'))) return null
      const metadata = decodeMetadata(event.metadata)
      if (metadata?.format !== 4) return null
      if (!isShared(event.stream)) return metadata.elementHash === null ? null : lookAtPart(event, metadata)
      takeWhole(event, metadata)
      return null
    },
    end: (tell) => {
      let erasedParts = 0
      for (const { event, stream, leaf } of gone) {
        if (leafErasedOf(stream) === leaf) erasedParts += 1
        else tell(event, 'the whole webhook of which it is a part is not in the log, and no erasure of it either')
      }
      const unnamed = [...wholes.values()].filter(({ isNamed }) => !isNamed).length
      return { wholes: wholes.size, unnamed, held, erased: erasedParts, unkept }
    },
  }
}
