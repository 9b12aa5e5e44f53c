import * as E from 'fp-ts/lib/Either.js'
import type { Question } from '../../../../domain/answer/question.ts'
import { readMetadata, readUserEvent } from '../../../../domain/event/kycEvent.ts'
import { UNSEEN } from '../../../../domain/event/metadata.ts'
import type { UserId } from '../../../../domain/identifiers.ts'
import { parseRfc3339 } from '../../../../domain/instant.ts'
import { UNATTRIBUTED } from '../../../ledger/streams.ts'
import { anomalyInWords } from '../../../words/anomalyInWords.ts'
import { nameOfEntry } from '../../../words/eventInWords.ts'
import { ownEventInWords, ownNameInWords } from '../../../words/ownEventInWords.ts'
import { type Html, html, type Shown } from '../html/html.ts'
import { mark } from '../html/marks.ts'
import { exact } from '../html/parts.ts'
import type { TimelineEntry, TimelinePart, TimelineRow, Window } from './dossier.ts'

/** What a timeline is shown with. */
export interface TimelineView {
  readonly userId: UserId
  readonly question: Question
  readonly window: Window
  /** The query of the question, to be asked again of another part. */
  readonly query: URLSearchParams
  /** Whether raw events and proofs may be asked for. */
  readonly mayAudit: boolean
  /** Whether it is told who asked for a release, who confirmed it, and why. */
  readonly mayKnowWho: boolean
}

/** A time to the millisecond: what is in one second is told apart. */
const exactTime = (rfc3339: string | null): Html =>
  rfc3339 === null
    ? html`<span class="none">not known</span>`
    : html`<time datetime="${rfc3339}">${rfc3339.slice(0, 10)} ${rfc3339.slice(11, 23)} UTC</time>`

const echo = (row: TimelineRow): string | null => {
  const metadata = readMetadata(row.event)
  if (E.isLeft(metadata) || metadata.right.echoOf === null) return null
  const { echoOf } = metadata.right
  return echoOf === UNSEEN ? 'echo of an event that is gone' : `echo of revision ${echoOf}`
}

const isAfter = ({ occurredAt }: TimelineEntry, { asOf }: Question): boolean => {
  const at = occurredAt === null || asOf === null ? null : parseRfc3339(occurredAt)
  return at !== null && asOf !== null && at > asOf
}

const marks = (row: TimelineRow, question: Question): readonly string[] => [
  ...(isAfter(row.entry, question) ? ['after the time that is asked about: not counted'] : []),
  ...(row.entry.late ? ['late'] : []),
  ...[echo(row)].filter((one) => one !== null),
  ...(row.entry.weaklyDated ? ['dated by its receipt alone'] : []),
  ...(row.entry.corrected ? ['receipt corrected: the clock was wrong'] : []),
  ...(row.event.stream === UNATTRIBUTED ? ['recorded before it was known whose it is'] : []),
]

const status = ({ before, after }: TimelineEntry): Html =>
  before === after ? html`stayed ${mark(after)}` : html`from ${mark(before)} to ${mark(after)}`

const odd = ({ eventId, anomalies }: TimelineEntry): Shown =>
  anomalies.length > 0 &&
  html`<ul class="odd">${anomalies.map(
    ({ kind, eventId: of, detail }) =>
      html`<li><strong>${kind}</strong>: ${anomalyInWords(kind)} <span class="quiet">${kind !== 'late-event' && detail}${of !== eventId && html` (event ${exact(of)})`}</span></li>`,
  )}</ul>`

const places = ({ event: { stream, revision } }: TimelineRow, { userId, mayAudit }: TimelineView): Html => {
  if (!mayAudit) return html`revision ${revision}`
  return stream === UNATTRIBUTED
    ? html`<span class="ways"><a href="/unattributed/events/${revision}">raw event</a>, <a href="/unattributed/events/${revision}/proof">proof</a>, </span>revision ${revision} of ${stream}`
    : html`<span class="ways"><a href="/users/${userId}/events/${revision}">raw event</a>, <a href="/users/${userId}/events/${revision}/proof">proof</a>, </span>revision ${revision}`
}

/** Whether this service wrote it itself. */
const isOwn = ({ observation, release }: TimelineEntry): boolean => observation !== undefined || release !== undefined

const title = (entry: TimelineEntry): string =>
  (isOwn(entry) && entry.name !== null ? ownNameInWords(entry.name) : null) ?? nameOfEntry(entry)

/** What this service wrote itself was never delivered: it occurred when it was recorded. */
const times = (entry: TimelineEntry): Html => {
  const { occurredAt, receivedAt, recordedAt } = entry
  return isOwn(entry)
    ? html`recorded ${exactTime(recordedAt)}`
    : html`occurred ${exactTime(occurredAt)}, received ${exactTime(receivedAt)}, recorded ${exactTime(recordedAt)}`
}

/** What an event of this service's own says. */
const says = ({ event, entry }: TimelineRow, { mayKnowWho }: TimelineView): Shown => {
  if (!isOwn(entry)) return null
  const read = readUserEvent(event)
  return (
    E.isRight(read) &&
    read.right._tag === 'Own' &&
    ownEventInWords(read.right, mayKnowWho).map((sentence) => html`<div>${sentence}.</div>`)
  )
}

const item = (row: TimelineRow, view: TimelineView): Html => {
  const { number, entry } = row
  const marked = marks(row, view.question)
  return html`
<li id="event-${number}" value="${number}">
<div class="head"><strong>${title(entry)}</strong> <span class="went">${status(entry)}</span>${marked.map((one) => html` <span class="tag">${one}</span>`)}</div>
<div class="times">${times(entry)}</div>${says(row, view)}
${entry.changes.length > 0 && html`<ul class="changes">${entry.changes.map((change) => html`<li>${change}</li>`)}</ul>`}${odd(entry)}
<div class="place">${places(row, view)}</div>
</li>`
}

/** So many events are on a page unless told otherwise. */
export const PART = 100
/** So many at most. */
export const MOST_ON_A_PAGE = 2000

const link = (view: TimelineView, parameters: Readonly<Record<string, string>>, text: string): Html => {
  const query = new URLSearchParams([...view.query, ...Object.entries(parameters)])
  return html`<li><a href="/users/${view.userId}${query.size > 0 && `?${query}`}#timeline">${text}</a></li>`
}

const otherParts = ({ count, rows }: TimelinePart, view: TimelineView): Shown => {
  const [newest, oldest] = [rows[0]?.number ?? 0, rows.at(-1)?.number ?? 0]
  const isNewest = newest === count
  const isOldest = oldest <= 1
  const size: Readonly<Record<string, string>> = view.window.most === PART ? {} : { events: String(view.window.most) }
  const all = !(isNewest && isOldest) && count <= MOST_ON_A_PAGE
  return (
    !(isNewest && isOldest) &&
    html`<nav class="pager" aria-label="Parts of the timeline"><ul>${!isNewest && link(view, size, 'Newest events')}${
      !isOldest && link(view, { ...size, before: String(oldest) }, 'Older events')
    }${all && link(view, { events: String(MOST_ON_A_PAGE) }, `All ${count} events on one page`)}</ul></nav>`
  )
}

export const timelineSection = (part: TimelinePart | null, view: TimelineView): Html => {
  if (part === null)
    return html`<section aria-labelledby="timeline"><h2 id="timeline">Timeline</h2><p>The events of the user cannot be read.</p></section>`
  const { count, rows } = part
  const [newest, oldest] = [rows[0]?.number, rows.at(-1)?.number]
  const which =
    rows.length === count
      ? `${count === 1 ? 'One event' : `${count} events`}`
      : `Events ${newest} to ${oldest} of ${count}`
  return html`
<section aria-labelledby="timeline"><h2 id="timeline">Timeline</h2>
<p class="quiet">${which}, the one that was recorded last first; each with what was known of the user before and after it when it was recorded.</p>
<ol class="timeline" reversed>${rows.map((row) => item(row, view))}</ol>
${otherParts(part, view)}</section>`
}
