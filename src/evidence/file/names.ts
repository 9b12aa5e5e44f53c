import type { Revision, StreamName } from '../../eventStore/recordedEvent.ts'

/**
 * What stands at the head of an evidence file, in this order (docs/evidence.md). `checkpoint.signed` and `checkpoint.tsr` are
 * there where the checkpoint has a time stamp, all others always.
 */
export const HEAD = [
  'README.txt',
  'keys.txt',
  'verify.go',
  'checkpoint',
  'checkpoint.signed',
  'checkpoint.tsr',
  'status.json',
  'timeline.html',
  'timeline.csv',
] as const

/** The last member: the SHA-256 of each one before it, as the program sha256sum writes and checks them. */
export const SUMS = 'SHA256SUMS'

const NAME = /^events\/(kyc-(?:[1-9]\d{0,18}|unattributed))\/(\d{8,16})\.(record|tlog-proof)$/

/** What of an event a member is. */
export interface EventMember {
  readonly stream: StreamName
  readonly revision: Revision
  readonly what: 'record' | 'tlog-proof'
}

export const eventName = ({ stream, revision, what }: EventMember): string =>
  `events/${stream}/${String(revision).padStart(8, '0')}.${what}`

/** Reads such a name, in its one spelling; `null` for any other. */
export const parseEventName = (name: string): EventMember | null => {
  const [, stream, digits, what] = NAME.exec(name) ?? []
  if (stream === undefined || (what !== 'record' && what !== 'tlog-proof')) return null
  const member = { stream, revision: Number(digits), what } as const
  return Number.isSafeInteger(member.revision) && eventName(member) === name ? member : null
}
