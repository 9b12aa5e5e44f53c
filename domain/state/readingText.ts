import type { HeardEvent } from '../event/kycEvent.ts'
import { ownPlace, place } from '../event/order.ts'
import type { Own } from '../event/ownEvent.ts'
import type { Instant } from '../instant.ts'
import type { Statement } from '../treezor/statement.ts'
import type { OwnReading, Reading, WebhookReading } from './reading.ts'
import type { Remark } from './remarks.ts'

// What a run of the events of a user's stream says, as one text: JSON of arrays, without payloads, times as differences, and what
// many of them have in common once. The version of the read model is that of the text.

/** A time by how far it is behind another one; as text, where the difference does not give it again: no number holds all microseconds beyond the year 2255. */
type Behind = number | string

const behind = (time: number, other: number): Behind => {
  const difference = time - other
  return other + difference === time ? difference : String(time)
}

const timeOf = (written: Behind, other: number): Instant =>
  (typeof written === 'number' ? other + written : Number(written)) as Instant

/** What events say of the user, what is odd about that, and what else many of them have in common. */
type Said = readonly [
  statements: readonly Statement[],
  remarks: readonly Remark[],
  name: string | null,
  family: HeardEvent['interpretation']['family'],
  secret: string,
  source: HeardEvent['occurredAtSource'],
  weaklyDated: boolean,
]

type WebhookRow = readonly [
  said: number,
  eventId: string,
  position: string,
  payloadHash: string,
  elementHash: string | null,
  webhookId: string | null,
  /** Behind `occurredAt`. */
  webhookCreatedAt: Behind | null,
  occurredAt: number,
  /** Behind `occurredAt`. */
  receivedAt: Behind,
  /** Behind `receivedAt`. */
  recordedAt: Behind,
  echoOf: number | null,
]

/** Of what this service wrote itself; it occurred when it was recorded. */
type OwnRow = readonly [own: null, says: Own, eventId: string, position: string, recordedAt: number]

type Kept = readonly [first: number, said: readonly Said[], rows: readonly (WebhookRow | OwnRow)[]]

/** The texts of what is said, each once, and their numbers. */
type Numbers = Map<string, number>

const numberOf = (said: Said, numbers: Numbers): number => {
  const text = JSON.stringify(said)
  const known = numbers.get(text)
  if (known !== undefined) return known
  numbers.set(text, numbers.size)
  return numbers.size - 1
}

const webhookRow = ({ event, statements, remarks }: WebhookReading, numbers: Numbers): WebhookRow => {
  const { webhook, interpretation, secret, occurredAtSource, weaklyDated } = event
  const { webhookCreatedAt, occurredAt, receivedAt, recordedAt } = event
  const said: Said = [statements, remarks, webhook.name, interpretation.family, secret, occurredAtSource, weaklyDated]
  return [
    numberOf(said, numbers),
    event.eventId,
    event.position,
    event.payloadHash,
    event.elementHash,
    event.webhookId,
    webhookCreatedAt === null ? null : behind(webhookCreatedAt, occurredAt),
    occurredAt,
    behind(receivedAt, occurredAt),
    behind(recordedAt, receivedAt),
    event.echoOf,
  ]
}

/**
 * The text of readings of a user's own stream, of which each has the revision behind that of the one before. Of what a wrong clock
 * wrote it says nothing: that is read by what is known of clocks.
 */
export const writeReadings = (readings: readonly Reading[]): string => {
  const numbers: Numbers = new Map()
  const rows = readings.map((reading): WebhookRow | OwnRow => {
    if (reading._tag === 'WebhookReading') return webhookRow(reading, numbers)
    const { says, eventId, position, recordedAt } = reading.event
    return [null, says, eventId, position, recordedAt]
  })
  return `[${readings[0]?.event.revision ?? 0},[${[...numbers.keys()].join()}],${JSON.stringify(rows)}]`
}

const ownReading = ([, says, eventId, position, recordedAt]: OwnRow, revision: number): OwnReading => {
  const at = recordedAt as Instant
  const event = {
    _tag: 'Own',
    eventId,
    revision,
    position,
    occurredAt: at,
    recordedAt: at,
    corrected: false,
    says,
  } as const
  return { _tag: 'OwnReading', event, place: ownPlace(event) }
}

const webhookReading = (row: WebhookRow, revision: number, said: readonly Said[]): WebhookReading => {
  const [number, eventId, position, payloadHash, elementHash, webhookId, created, at, received, recorded, echoOf] = row
  const [statements, remarks, name, family, secret, occurredAtSource, weaklyDated] = said[number] as Said
  const receivedAt = timeOf(received, at)
  const event: HeardEvent = {
    _tag: 'Webhook',
    eventId,
    revision,
    position,
    payloadHash,
    elementHash,
    webhookId,
    webhookCreatedAt: created === null ? null : timeOf(created, at),
    echoOf,
    occurredAt: at as Instant,
    occurredAtSource,
    weaklyDated,
    receivedAt,
    recordedAt: timeOf(recorded, receivedAt),
    corrected: false,
    secret,
    webhook: { name },
    interpretation: { family },
  }
  return { _tag: 'WebhookReading', event, statements, remarks, adopted: false, place: place(event, statements) }
}

/** The readings of a text, in their order. */
export const readReadings = (text: string): readonly Reading[] => {
  const [first, said, rows] = JSON.parse(text) as Kept
  return rows.map((row, index) =>
    row[0] === null ? ownReading(row as OwnRow, first + index) : webhookReading(row as WebhookRow, first + index, said),
  )
}
