import type { Instant } from '../../domain/instant.ts'

/** Why a delivery was not appended. */
export const JOURNAL_REASONS = [
  'not-json',
  'not-a-webhook',
  'no-payload',
  'signature',
  'echo-limit',
  'store-refused',
  'too-large',
  'encoding',
] as const
export type JournalReason = (typeof JOURNAL_REASONS)[number]

export interface JournalEntry {
  readonly receivedAt: Instant
  readonly reason: JournalReason
  readonly contentType: string | null
  readonly body: Uint8Array
  /** A pseudonym of where it comes from, which means nothing to anybody: a flood makes room for itself. */
  readonly source?: string | null
}

/** How a delivery was sent of which the service could not read the body: `body` is its beginning then, as it was sent. */
export interface AsSent {
  /** How long the body was, in bytes. */
  readonly size: number
  readonly contentEncoding: string | null
}

/** What became of one that was submitted again, or sent again, and is done with. */
export type DoneAs = 'appended' | 'duplicate' | 'ignored'

/** A row of the journal: a delivery, however often it came with the very same body. */
export interface JournalRow {
  readonly id: number
  /** When it first came, or came again after it was done: RFC 3339, UTC. */
  readonly receivedAt: string
  /** When it last came; what was submitted again from the journal does not count. */
  readonly lastReceivedAt: string
  readonly times: number
  /** Why it was not appended when it last came, or was last submitted. */
  readonly reason: JournalReason
  readonly contentType: string | null
  /** Of a body that could not be read: its packing. */
  readonly contentEncoding: string | null
  /** Size of the body as it was received, in bytes. */
  readonly size: number
  /** What became of it when it was done; RFC 3339, UTC. */
  readonly doneAs: DoneAs | null
  readonly doneAt: string | null
  /** The first 64 KiB of the body. */
  readonly body: Buffer
}

/** The same without the body: nothing that outsiders sent but how they said it was packed. */
export interface JournalLine extends Omit<JournalRow, 'body'> {
  /** So many bytes of the body are kept. */
  readonly kept: number
}

/** Where a delivery stands in the journal, and how often it has come. */
export interface Kept {
  readonly id: number
  readonly times: number
}

/** Of each body so many bytes are kept. */
export const JOURNAL_BODY_BYTES = 64 * 1024
