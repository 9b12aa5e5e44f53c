import type { RequestHandler } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import type { UserId } from '../../../../domain/identifiers.ts'
import { formatMilliseconds } from '../../../../domain/instant.ts'
import type { EventStore } from '../../../eventStore/eventStore.ts'
import type { RecordedEvent, Revision } from '../../../eventStore/recordedEvent.ts'
import { type AccessKind, readAccessEvent } from '../../../ledger/accessEvent.ts'
import { ACCESSES } from '../../../ledger/streams.ts'
import { aRevision } from '../../pages.ts'
import { userIdParameter } from '../../parameters.ts'
import { problem } from '../../problem.ts'
import { queryOf } from '../../query.ts'
import { recordAccess } from '../../recordAccess.ts'
import type { Sources } from '../../users/sources.ts'
import { type Html, html, type Shown } from '../html/html.ts'
import { pager, table, time } from '../html/parts.ts'
import { sendPage } from '../html/sendPage.ts'

const PAGE = 100
/** A page ends where so many records were passed over that are of others. */
const PASSED_OVER = 10_000

const READ: Readonly<Record<AccessKind, string>> = {
  'user-events': 'events of the user as recorded',
  'unattributed-events': 'events of nobody as recorded',
  log: 'the whole log',
  evidence: 'the evidence file of the user',
  accesses: 'who has looked',
}

const query = queryOf({ userId: userIdParameter, before: aRevision })

/** What was read of several users, or cannot be read, may have been about anybody. */
const mayBeAbout = (event: RecordedEvent, userId: UserId | null): boolean => {
  const of = readAccessEvent(event)?.userId ?? null
  return userId === null || of === null || of === userId
}

/** The newest records before a revision, and the one that those of the next page stand before; `null` where there are no more. */
const newest = async (store: EventStore, userId: UserId | null, before: Revision | null) => {
  const found: RecordedEvent[] = []
  let [passedOver, reached] = [0, before]
  if (before === 0) return { found, next: null }
  const from = before === null ? {} : { from: before - 1 }
  for await (const event of store.readStream(ACCESSES, { direction: 'backwards', ...from })) {
    const isAbout = mayBeAbout(event, userId)
    if (isAbout ? found.length === PAGE : passedOver === PASSED_OVER) return { found, next: reached }
    if (isAbout) found.push(event)
    else passedOver += 1
    reached = event.revision
  }
  return { found, next: null }
}

const row = (event: RecordedEvent): readonly Shown[] => {
  const said = readAccessEvent(event)
  if (said === null) return [event.revision, null, null, 'a record that cannot be read', null]
  const { key, read, userId, recordedAt } = said
  return [
    event.revision,
    time(formatMilliseconds(recordedAt)),
    key ?? html`<span class="none">nobody who is named: no keys were set</span>`,
    READ[read],
    userId === null ? 'of several, or nobody known' : html`<a href="/users/${userId}">${userId}</a>`,
  ]
}

const list = (found: readonly RecordedEvent[]): Html =>
  found.length === 0
    ? html`<p>There are none.</p>`
    : table({
        caption: 'Readings, newest first',
        columns: ['No.', 'When', 'Key', 'What was read', 'User'],
        rows: found.map(row),
      })

/** `GET /access?userId=&before=`: who has read what of persons, the newest first; that somebody reads this is recorded first, as by the API. */
export const lookedPage =
  (sources: Pick<Sources, 'recorded' | 'access'>): RequestHandler =>
  async (req, res) => {
    const parameters = query(req)
    if (E.isLeft(parameters)) return problem(res, 'bad-parameter', parameters.left)
    const { userId, before } = parameters.right
    if (!(await recordAccess(sources, req, res, 'accesses', userId))) return
    const { found, next } = await newest(sources.recorded, userId, before)
    const of = userId === null ? '' : `userId=${userId}`
    const main = html`<h1>Who has looked</h1>
${
  userId === null
    ? html`<p>Each reading of what was recorded of persons, as their webhooks were received.</p>`
    : html`<p>Each reading of what was recorded of <a href="/users/${userId}">user ${userId}</a>, and of several users, which may have been his. <a href="/access">All readings</a></p>`
}
<p class="quiet">That you read this is recorded, too, and stands first.</p>
${list(found)}
${pager({ first: before === null ? null : `/access${of && `?${of}`}`, next: next === null ? null : `/access?${of && `${of}&`}before=${next}` })}`
    sendPage(req, res, { title: 'Who has looked', main })
  }
