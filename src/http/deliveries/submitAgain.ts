import * as E from 'fp-ts/lib/Either.js'
import { parseRfc3339 } from '../../../domain/instant.ts'
import { nameForLog } from '../../access/holder.ts'
import type { DeliveryOutcome } from '../../ingest/delivery.ts'
import type { Standing } from '../../ingest/streamHead.ts'
import type { JournalReason, JournalRow } from '../../journal/entry.ts'
import type { Journal } from '../../journal/journal.ts'
import { boundedLines } from '../../log/boundedLines.ts'
import { inSpan } from '../../tracing/tracing.ts'
import { type DeliveryJournal, journaling } from './journaling.ts'
import { type Taking, taking } from './taking.ts'
import { unpacked } from './unpacked.ts'

/** What has come of a delivery that was submitted again. */
export const SUBMITTED_AS = [
  'appended',
  'duplicate',
  'erased',
  'ignored',
  'noted',
  'not-a-webhook',
  'not-verified',
  'not-stored',
  'too-large',
  'encoding',
  'cut',
  'failed',
] as const
type SubmittedAs = (typeof SUBMITTED_AS)[number]

export interface SubmittedAgain {
  readonly id: number
  readonly outcome: SubmittedAs
  /** For a person; nothing of what was sent. */
  readonly detail: string
  /** Whether the journal holds it for somebody to look at still. */
  readonly open: boolean
  /** Where it stands in the log. */
  readonly events: readonly Standing[]
}

/** What has come of those that were submitted at a time. */
export interface SubmittedTogether {
  readonly submitted: readonly SubmittedAgain[]
  /** Behind which of them more wait; `null` where none do. */
  readonly after: number | null
}

/** So many at a time, and none is begun when it has taken so long: whoever waits for the answer hears of it. */
export const MOST_AT_ONCE = 100
const LONGEST_MS = 5000

export interface Submitting extends Taking {
  readonly journal: DeliveryJournal & Pick<Journal, 'delivery' | 'openIds'>
}

type Tried = Pick<SubmittedAgain, 'outcome' | 'detail'> & Partial<Pick<SubmittedAgain, 'events'>>

const asTold = (outcome: DeliveryOutcome): Tried => {
  switch (outcome._tag) {
    case 'Appended':
      return { outcome: 'appended', detail: 'it was appended to the log', events: outcome.events }
    case 'Duplicate':
      return { outcome: 'duplicate', detail: 'the log held it already', events: outcome.events }
    case 'Erased':
      return { outcome: 'erased', detail: 'all whom it speaks of were erased: nothing of it is kept' }
    case 'Ignored':
      return { outcome: 'ignored', detail: 'it is of no kind that is followed here' }
    case 'Noted':
      return { outcome: 'noted', detail: 'it holds no object_payload: a subscription may wait for its confirmation' }
    case 'NotAWebhook':
      return { outcome: 'not-a-webhook', detail: outcome.detail }
    case 'NotStored':
      return { outcome: 'not-stored', detail: 'it could not be stored; the log of the service says why' }
    case 'OverBudget':
    case 'NotVerified':
      return { outcome: 'not-verified', detail: 'its signature is missing, or none of a secret that is set here' }
    default:
      return outcome satisfies never
  }
}

const UNREAD = {
  'too-large': { outcome: 'too-large', detail: 'unpacked, it is larger than 1 MiB' },
  encoding: { outcome: 'encoding', detail: 'its body cannot be unpacked' },
} as const satisfies Readonly<Record<string, Tried>>

/**
 * Submits deliveries again out of the journal, each on the way of any other delivery (`taking`), as if it came with the header
 * `Kyc-Journal-Id`. Of several none but the first is begun after `longestMs`.
 */
export const submittingAgain = (submitting: Submitting, longestMs = LONGEST_MS) => {
  const { journal, now, log, metrics } = submitting
  const take = taking(submitting)
  const warn = boundedLines(log)

  const tryOne = async (row: JournalRow): Promise<Tried> => {
    const { id, size, body, contentType, contentEncoding } = row
    if (size > body.byteLength) {
      const detail = `it was ${size} bytes, and only its first ${body.byteLength} were kept: ask the provider for it`
      return { outcome: 'cut', detail }
    }
    const receivedAt = parseRfc3339(row.receivedAt) ?? now()
    const earlier = { id, receivedAt, done: row.doneAs !== null }
    const read = await unpacked(body, contentEncoding)
    if (E.isRight(read)) return asTold(await take(read.right, contentType, earlier, true))
    const reason = read.left
    await journaling(journal, warn, earlier, true, now).keep({ receivedAt, reason, contentType, body })
    metrics.deliveries.inc({ outcome: reason === 'too-large' ? 'TooLarge' : 'NotDecodable' })
    return UNREAD[reason]
  }

  /** `by` is the name of whoever asks; `null` where nobody has to have one. Gives `null` where the journal does not hold it. */
  const one = async (id: number, by: string | null): Promise<SubmittedAgain | null> => {
    const row = journal.delivery(id)
    if (row === null) return null
    const tried = await inSpan('delivery', {}, () => tryOne(row)).catch((error: unknown): Tried => {
      metrics.deliveries.inc({ outcome: 'Failed' })
      log.error({ journalId: id, error: error instanceof Error ? error.stack : 'not an Error' }, 'a delivery failed')
      return { outcome: 'failed', detail: 'the service failed over it; its log says how' }
    })
    log.info({ key: nameForLog(by), journalId: id, outcome: tried.outcome }, 'a delivery was submitted again')
    const after = journal.delivery(id)
    return { id, events: [], ...tried, open: after !== null && after.doneAs === null }
  }

  /** Those of a reason that are not done, behind one of them, oldest first; one that fails stops no other. */
  const all = async (reason: JournalReason, after: number, by: string | null): Promise<SubmittedTogether> => {
    const begun = performance.now()
    const ids = journal.openIds(reason, after, MOST_AT_ONCE + 1)
    const submitted: SubmittedAgain[] = []
    let last = after
    for (const id of ids.slice(0, MOST_AT_ONCE)) {
      if (last !== after && performance.now() - begun > longestMs) break
      const result = await one(id, by)
      if (result !== null) submitted.push(result)
      last = id
    }
    return { submitted, after: last === (ids.at(-1) ?? after) ? null : last }
  }
  return { one, all }
}
