import type { Database } from 'better-sqlite3'
import type { EventStore } from '../eventStore.ts'
import { isStoreDamaged } from '../readFailure.ts'
import type { StreamName } from '../recordedEvent.ts'

/** What is damaged in a log. */
export interface Survey {
  /** The pages that make no sense, numbered from 1 as SQLite does, with what they belong to. */
  readonly pages: readonly string[]
  /** The streams that cannot be read whole; `null` where it cannot be told whose events are lost. */
  readonly streams: readonly StreamName[] | null
}

/** Whether all of it can be read: what could not be read before was not the file's fault. */
export const isNothing = ({ pages, streams }: Survey): boolean => pages.length === 0 && streams?.length === 0

const MEANING: Readonly<Record<string, string>> = {
  events: 'events',
  sqlite_autoindex_events_1: 'index by revision',
  sqlite_autoindex_events_2: 'index by event id',
}

const damagedPages = (db: Database): readonly string[] =>
  db
    .prepare<[], { readonly name: string; readonly page: number }>(
      `SELECT name, pageno AS page FROM dbstat WHERE pagetype = 'corrupted' ORDER BY pageno`,
    )
    .all()
    .map(({ name, page }) => `${page} (${MEANING[name] ?? name})`)

/** Reads the whole log over `db`, which takes some seconds for a million events; `null` where `stopping` was aborted before its end. */
export const survey = async (
  db: Database,
  { readAll }: Pick<EventStore, 'readAll'>,
  stopping?: AbortSignal,
): Promise<Survey | null> => {
  const pages = damagedPages(db)
  const streams = new Set<StreamName>()
  const note = (lost: readonly StreamName[]): void => {
    for (const stream of lost) streams.add(stream)
  }
  try {
    for await (const _ of readAll(null, note)) if (stopping?.aborted) return null
    return { pages, streams: [...streams] }
  } catch (error) {
    if (!isStoreDamaged(error)) throw error
    return { pages, streams: null }
  }
}

const STREAMS_TOLD = 20

/** For a person; names pages and streams. */
export const told = ({ pages, streams }: Survey): string => {
  const where = pages.length === 0 ? 'no page that makes no sense of itself' : `page ${pages.join(', page ')}`
  if (streams === null) return `${where}; whose events lie there cannot be told`
  if (streams.length === 0) return `${where}; every event can be read`
  const more = streams.length > STREAMS_TOLD ? ` and ${streams.length - STREAMS_TOLD} more` : ''
  return `${where}; cannot be read whole: ${streams.slice(0, STREAMS_TOLD).join(', ')}${more}`
}
