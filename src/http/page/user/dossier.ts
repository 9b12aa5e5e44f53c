import type { Response } from 'express'
import { type Account, accountOf } from '../../../../domain/answer/account.ts'
import type { HistoryEntry } from '../../../../domain/answer/history.ts'
import type { Question } from '../../../../domain/answer/question.ts'
import type { Status } from '../../../../domain/answer/status.ts'
import { hasOccurred } from '../../../../domain/event/occurrence.ts'
import type { UserId } from '../../../../domain/identifiers.ts'
import type { RecordedEvent } from '../../../eventStore/recordedEvent.ts'
import { type Release, releasesOf } from '../../../ledger/releases.ts'
import { streamOf } from '../../../ledger/streams.ts'
import { alteredIn } from '../../../readModel/uncertain.ts'
import { changesInWords } from '../../../words/changesInWords.ts'
import { isAwaited } from '../../users/erasedUser.ts'
import { foldingLong } from '../../users/folding.ts'
import { historyEntries } from '../../users/historyEntries.ts'
import { inLogOrder } from '../../users/inLogOrder.ts'
import { folded } from '../../users/inTurns.ts'
import { isOver } from '../../users/isOver.ts'
import { type KnownHistory, knownHistory } from '../../users/knownHistory.ts'
import { ownReader } from '../../users/ownReader.ts'
import { HELD } from '../../users/roomForHistory.ts'
import { settledEvents } from '../../users/settled.ts'
import { currentModel } from '../../users/sources.ts'
import type { UserPageSources } from './sources.ts'

/** What is told of an event: of the standings before and after, each of which names all documents, only what they differ in. */
export interface TimelineEntry extends Omit<HistoryEntry, 'before' | 'after'> {
  readonly before: Status
  readonly after: Status
  /** What moved, in words. */
  readonly changes: readonly string[]
}

/** An event of the timeline; the first that was recorded is number 1. */
export interface TimelineRow {
  readonly number: number
  readonly event: RecordedEvent
  readonly entry: TimelineEntry
}

/** A part of a timeline, the newest first. */
export interface TimelinePart {
  /** How many events there are in all. */
  readonly count: number
  readonly rows: readonly TimelineRow[]
  /** The one that was recorded last of all. */
  readonly newest: RecordedEvent | undefined
}

/** Which part: so many of those before a number; `null`: of all. */
export interface Window {
  readonly before: number | null
  readonly most: number
}

/** What a page tells of a user. */
export interface Dossier {
  readonly account: Account
  /** `null` where his events cannot be read. */
  readonly timeline: TimelinePart | null
  /** What somebody has asked to release, or has been released, by the time that is asked about. */
  readonly releases: readonly Release[]
}

/** So many changes are told of one event: it may speak of thousands of documents. */
const TOLD = 20

const firstOf = (all: readonly string[]): readonly string[] =>
  all.length <= TOLD ? all : [...all.slice(0, TOLD), `${all.length - TOLD} more like these`]

const told = ({ before, after, ...entry }: HistoryEntry): TimelineEntry => ({
  ...entry,
  before: before.status,
  after: after.status,
  changes: firstOf(changesInWords(before, after)),
})

async function* each<A>(items: readonly A[]): AsyncGenerator<A> {
  yield* items
}

/** All that came before is folded, too: what an event changed depends on it. */
const timelineOf = async (
  userId: UserId,
  { own, orphans }: KnownHistory,
  { before, most }: Window,
  corrections: ReturnType<UserPageSources['corrections']>,
  awaited: () => boolean,
): Promise<TimelinePart> => {
  const count = own.length + orphans.length
  const last = Math.min(count, (before ?? count + 1) - 1)
  const rows: TimelineRow[] = []
  let number = 0
  const { readOwn } = ownReader(corrections)
  const events = inLogOrder(each(own), orphans)
  for await (const { event, entry } of historyEntries(userId, events, corrections, awaited, readOwn)) {
    number += 1
    if (number > last) break
    if (number > last - most) rows.push({ number, event, entry: told(entry) })
  }
  const newest = [own.at(-1), orphans.at(-1)]
    .filter((event) => event !== undefined)
    .reduce<RecordedEvent | undefined>((a, b) => (a === undefined || b.position > a.position ? b : a), undefined)
  return { count, rows: rows.reverse(), newest }
}

/**
 * Gathers what is known of a user; `nobody` where nothing is, or was by the time that is asked about; `null` after it was answered why it
 * is not told, or where nobody waits for it any more.
 */
export const dossierOf = async (
  sources: UserPageSources,
  res: Response,
  userId: UserId,
  question: Question,
  window: Window,
): Promise<Dossier | 'nobody' | null> => {
  if (currentModel(sources, res) === null) return null
  if (!(await isOver(sources, res, question.knownAt))) return null
  const held = await settledEvents(sources, res, userId, HELD.page)
  if (held === null) return null
  const corrections = sources.corrections()
  const known = await foldingLong(() => knownHistory(userId, held, question.knownAt, corrections))
  const awaited = isAwaited(sources, res, userId)
  if (known === null) return awaited() ? 'nobody' : null
  const { asOf } = question
  const account = await folded(accountOf(userId, known.history, known.orphans, { asOf, corrections }), awaited)
  if (account === null) return null
  const { altered } = account.state
  if (altered.length > 0) sources.uncertain(alteredIn(streamOf(userId), altered))
  const events = known.history.arrived
    .map(({ event }) => event)
    .filter((event) => asOf === null || hasOccurred(event, asOf))
  const releases = releasesOf({ events, state: account.state })
  const timeline = await timelineOf(userId, known, window, corrections, awaited)
  return awaited() ? { account, releases, timeline } : null
}
