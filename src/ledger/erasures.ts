import { randomUUID } from 'node:crypto'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { UserId } from '../../domain/identifiers.ts'
import type { Instant } from '../../domain/instant.ts'
import { Ground } from '../../domain/retention/ground.ts'
import type { NewEvent, RecordedEvent } from '../eventStore/recordedEvent.ts'
import { OWN_TYPES, ownEvent, readOwnEvent } from './ownEvent.ts'
import { ERASURES } from './streams.ts'

export type { Ground }

const record = <P extends t.Props>(props: P) => t.readonly(t.type(props))
const orNull = <C extends t.Mixed>(codec: C) => t.union([codec, t.null])

/** Who took a step: the name of an API key, or the policy, where that erases by itself. */
const Actor = t.union([record({ key: t.string }), record({ policy: t.literal('automatic') })])
export type Actor = t.TypeOf<typeof Actor>

/** Whether one key took both steps. A policy that erases by itself may. */
export const isOnePerson = (one: Actor, other: Actor): boolean =>
  'key' in one && 'key' in other && one.key === other.key

const Requested = record({ userId: orNull(UserId), reason: t.string, ground: Ground, by: Actor })
const Confirmed = record({ erasure: t.number, by: Actor })
const Withdrawn = record({ erasure: t.number, by: Actor, reason: t.string })
const Erased = record({
  erasure: t.number,
  userId: orNull(UserId),
  ground: Ground,
  /** Events of this stream, of these revisions: `from` to `to`, both included; none where `to` is less than `from`. */
  stream: t.string,
  from: t.number,
  to: t.number,
  /** For each of them in their order: the index of its leaf in the log's tree, and the leaf's hash in base64. */
  leaves: t.readonlyArray(t.readonly(t.tuple([t.number, t.string]))),
})
const Completed = record({
  erasure: t.number,
  /** How many events went. */
  events: t.number,
  /** How many bytes their data and metadata had, in characters; `null` where nobody knows any more: who recorded them was broken off. */
  bytes: orNull(t.number),
  /** `gone`: no file of the store holds them any more; `scavenge`: each node of the server has still to be scavenged. */
  files: t.union([t.literal('gone'), t.literal('scavenge')]),
})

const CODECS = { Requested, Confirmed, Withdrawn, Erased, Completed } as const
type Tag = keyof typeof CODECS
const TAGS = Object.keys(CODECS) as readonly Tag[]

/**
 * What an event of the stream of erasures says. An erasure is called by the revision of its request; it may take several events
 * `Erased`, one for each stream and for each some thousands of its events.
 */
export type ErasureEvent = { [T in Tag]: { readonly _tag: T } & t.TypeOf<(typeof CODECS)[T]> }[Tag]

const typeOf = (tag: Tag): string => `${OWN_TYPES}erasure-${tag.toLowerCase()}`

export const erasureEvent = ({ _tag, ...data }: ErasureEvent, recordedAt: Instant): NewEvent =>
  ownEvent(randomUUID(), { type: typeOf(_tag), data, recordedAt })

export interface RecordedErasure {
  readonly said: ErasureEvent
  readonly recordedAt: Instant
}

const UNREADABLE = 'ERASURES_UNREADABLE'

/** The stream of erasures says something that nobody here understands: it will be so when it is read again. */
export const erasuresUnreadable = (reason: string): Error => Object.assign(new Error(reason), { code: UNREADABLE })

export const areErasuresUnreadable = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === UNREADABLE

/**
 * Reads one back; `null` for an event of another stream. Throws on one that this version does not know: what it does not know of
 * an erasure it must not go on without.
 */
export const readErasureEvent = (event: RecordedEvent): RecordedErasure | null => {
  if (event.stream !== ERASURES) return null
  const own = readOwnEvent(event)
  const tag = TAGS.find((one) => typeOf(one) === own?.type)
  const said = tag === undefined ? null : CODECS[tag].decode(own?.data)
  if (own === null || said === null || E.isLeft(said)) {
    throw erasuresUnreadable(
      `${ERASURES}, revision ${event.revision}, cannot be read: a newer release wrote it: start that one`,
    )
  }
  return { said: { _tag: tag, ...said.right } as ErasureEvent, recordedAt: own.recordedAt }
}
