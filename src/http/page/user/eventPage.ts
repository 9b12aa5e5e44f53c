import type { RequestHandler } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import { isAltered } from '../../../../domain/event/altered.ts'
import { type KnownEvent, readMetadata, readUserEvent } from '../../../../domain/event/kycEvent.ts'
import { UNSEEN } from '../../../../domain/event/metadata.ts'
import { type NamedEvent, OBSERVED, readOwnTimes } from '../../../../domain/event/ownEvent.ts'
import type { ReceiptCorrection } from '../../../../domain/event/receiptCorrection.ts'
import type { UserId } from '../../../../domain/identifiers.ts'
import { formatMilliseconds } from '../../../../domain/instant.ts'
import type { RecordedEvent } from '../../../eventStore/recordedEvent.ts'
import { isOwnEvent } from '../../../ledger/ownEvent.ts'
import { streamOf, UNATTRIBUTED } from '../../../ledger/streams.ts'
import { canonicalise } from '../../../webhooks/canonicalJson.ts'
import { payloadTextIn } from '../../../webhooks/storedPayload.ts'
import { nameInWords } from '../../../words/eventInWords.ts'
import { ownEventInWords, ownNameInWords } from '../../../words/ownEventInWords.ts'
import { prettyJson } from '../../../words/prettyJson.ts'
import { aRevision } from '../../pages.ts'
import { problem } from '../../problem.ts'
import { queryOf } from '../../query.ts'
import { recordAccess } from '../../recordAccess.ts'
import { costingUser } from '../../users/costingUser.ts'
import { isAwaited } from '../../users/erasedUser.ts'
import { tellingAltered } from '../../users/tellingAltered.ts'
import { type Html, html, type Shown } from '../html/html.ts'
import { exact, facts, notice, time } from '../html/parts.ts'
import { sendPage } from '../html/sendPage.ts'
import type { UserPageSources } from './sources.ts'

const echo = (userId: UserId, echoOf: number | null): readonly [string, Shown] | null => {
  if (echoOf === null) return null
  if (echoOf === UNSEEN) return ['Echo', 'of an event that is gone']
  return ['Echo', html`the same payload as <a href="/users/${userId}/events/${echoOf}">revision ${echoOf}</a>`]
}

/** What was settled when it was appended. */
const settled = (userId: UserId, event: KnownEvent): Html =>
  facts(
    ['Occurred', html`${time(formatMilliseconds(event.occurredAt))}, by ${SOURCES[event.occurredAtSource]}`],
    ['Received', time(formatMilliseconds(event.receivedAt))],
    [
      'Recorded',
      html`${time(formatMilliseconds(event.recordedAt))}${event.corrected && ' (corrected: the clock was wrong)'}`,
    ],
    ['Signature', html`matched the secret with fingerprint ${exact(event.secret)}`],
    ['Payload', html`SHA-256 of its signed text ${exact(event.payloadHash)}`],
    echo(userId, event.echoOf),
  )

const SOURCES: Readonly<Record<KnownEvent['occurredAtSource'], string>> = {
  webhook: 'what the webhook claims',
  payload: 'what the signed payload states',
  receipt: 'its receipt: nothing else tells',
}

/** The text that the signature is over, where all of it stands in the event. */
const signedText = ({ data }: RecordedEvent, known: KnownEvent | null): Html => {
  const payload = payloadTextIn(data)
  if (payload === null) return html`<p>There is none in it.</p>`
  const part =
    known?.elementHash != null &&
    notice(
      'note',
      'the webhook speaks of several users; this is the part of it that is about this one. The signature is over the whole.',
    )
  return html`${part}<pre tabindex="0" aria-label="Signed text">${canonicalise(payload)}</pre>`
}

/** What an event is, that a webhook brought. */
const received = (userId: UserId, event: RecordedEvent, corrections: readonly ReceiptCorrection[]): Html => {
  const read = readMetadata(event, corrections)
  const known = E.isRight(read) ? read.right : null
  return html`${known === null ? html`<p>This version cannot read what was recorded beside it.</p>` : settled(userId, known)}
<section aria-labelledby="webhook"><h2 id="webhook">The webhook</h2>
<p class="quiet">As it was received, laid out anew: every number, key and escape is as it came. Only its <code>object_payload</code> is signed.</p>
<pre tabindex="0" aria-label="Webhook">${prettyJson(event.data)}</pre></section>
<section aria-labelledby="signed"><h2 id="signed">The signed text</h2>
<p class="quiet">The payload in the spelling of the provider: the signature is checked over this, or over the payload exactly as it came.</p>
${signedText(event, known)}</section>`
}

const nameOf = (userId: UserId, { stream, revision }: NamedEvent): readonly [string, Shown] => [
  'Speaks of',
  stream === streamOf(userId)
    ? html`<a href="/users/${userId}/events/${revision}">revision ${revision}</a>`
    : html`<a href="/unattributed/events/${revision}">revision ${revision} of ${UNATTRIBUTED}</a>`,
]

/** What an event is, that this service wrote itself. */
const written = (userId: UserId, event: RecordedEvent, corrections: readonly ReceiptCorrection[]): Html => {
  const times = readOwnTimes(event, corrections)
  const read = readUserEvent(event)
  const own = E.isRight(read) && read.right._tag === 'Own' ? read.right : null
  const recorded =
    times === null
      ? null
      : html`${time(formatMilliseconds(times.recordedAt))}${times.corrected && ' (corrected: the clock was wrong)'}`
  return html`${facts(
    recorded === null ? null : ['Recorded', recorded],
    own === null || own.says.type === OBSERVED ? null : nameOf(userId, own.says.data.releases),
  )}
${own === null ? html`<p>This version cannot read what it says.</p>` : html`<p>${[ownNameInWords(own.says.type), ...ownEventInWords(own, true)].join('. ')}.</p>`}
${notice('note', 'this service wrote it itself: nobody has signed it, and by itself it vouches for nobody.')}
<section aria-labelledby="said"><h2 id="said">What it says</h2>
<pre tabindex="0" aria-label="What it says">${prettyJson(event.data)}</pre></section>`
}

const main = (
  userId: UserId,
  event: RecordedEvent,
  altered: boolean,
  isFollowed: boolean,
  corrections: readonly ReceiptCorrection[],
): Html => {
  const { eventId, type, stream, revision, position, metadata } = event
  return html`<h1>Event ${revision} of <a href="/users/${userId}">user ${userId}</a></h1>
${altered && notice('error', 'its payload is not the one that was received: it was altered in the event log. Nothing that it says is believed.')}
${facts(
  ['Type', isOwnEvent(event) ? type : nameInWords(type)],
  ['Event', exact(eventId)],
  ['Place', html`${stream}, revision ${revision}; position ${exact(position)} of the log`],
  ['Proof', html`<a href="/users/${userId}/events/${revision}/proof">that it is in the log</a>`],
)}
${isOwnEvent(event) ? written(userId, event, corrections) : received(userId, event, corrections)}
<section aria-labelledby="metadata"><h2 id="metadata">What was recorded beside it</h2>
<pre tabindex="0" aria-label="Metadata">${prettyJson(metadata)}</pre></section>
<nav class="pager" aria-label="Events of the user"><ul><li><a href="/users/${userId}">The user</a></li>${revision > 0 && html`<li><a href="/users/${userId}/events/${revision - 1}" rel="prev">The event before</a></li>`}${isFollowed && html`<li><a href="/users/${userId}/events/${revision + 1}" rel="next">The event after</a></li>`}</ul></nav>`
}

const nothing = queryOf({})

/** `GET /users/{userId}/events/{revision}`: one event of his stream as it was recorded, once it is recorded who looks. */
export const eventPage = (sources: UserPageSources): RequestHandler =>
  costingUser(sources, async (userId, req, res) => {
    const parameters = nothing(req)
    if (E.isLeft(parameters)) return problem(res, 'bad-parameter', parameters.left)
    const from = aRevision.read(String(req.params.revision))
    const read = from === null ? [] : sources.recorded.readStream(streamOf(userId), { from, limit: 2 })
    const [event, after] = await Array.fromAsync(read)
    if (event === undefined || event.revision !== from) {
      return problem(res, 'unknown-event', 'no event stands at this revision')
    }
    if (!(await recordAccess(sources, req, res, 'user-events', userId))) return
    if (!isAwaited(sources, res, userId)()) return
    const altered = isAltered(event)
    if (altered) tellingAltered(sources)(event)
    sendPage(req, res, {
      title: `User ${userId}, event ${from}`,
      main: main(userId, event, altered, after !== undefined, sources.corrections()),
    })
  })
