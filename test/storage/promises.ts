import { existsSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { isAltered } from '../../domain/event/altered.ts'
import type { RecordedEvent } from '../../src/eventStore/recordedEvent.ts'
import { openForReading, prepareFile } from '../../src/eventStore/sqlite/database.ts'
import { COLUMNS, type EventRow, eventOf } from '../../src/eventStore/sqlite/eventRow.ts'
import { prepareJournal } from '../../src/journal/schema.ts'
import { openReadModelWriter } from '../../src/readModel/database/writer.ts'
import { currentReadModel } from '../../src/readModel/file.ts'
import { readHead } from '../../src/tree/treeHead.ts'
import type { Taken } from '../support/service/answers.ts'
import type { Call } from './trace.ts'

export type Acknowledged = Taken['events'][number]

/** What was told to others, as it was sent. */
export interface Told {
  readonly acknowledged: readonly Acknowledged[]
  /** So many forged deliveries were said to be kept. */
  readonly forged: number
  /** The ids and places of events that were shown. */
  readonly shown: readonly string[]
  /** Of how many events checkpoints speak. */
  readonly sealed: number
}

const TAKEN = /\{"outcome":"(?:appended|duplicate)","events":\[.*?\]\}/g
const SHOWN = /"(?:eventId|position)":"([^"]+)"/g
const SEALED = /^[^\n ]+\n(\d+)\n[A-Za-z0-9+/]{43}=\n/gm

export const toldBy = (call: Call): Told | null => {
  if (call._tag !== 'Sent') return null
  const text = call.bytes.toString('latin1')
  return {
    acknowledged: [...text.matchAll(TAKEN)].flatMap(([taken]) => (JSON.parse(taken) as Taken).events),
    forged: text.includes('"type":"/problems/not-verified"') ? 1 : 0,
    shown: [...text.matchAll(SHOWN)].flatMap(([, id]) => id ?? []),
    sealed: Math.max(0, ...[...text.matchAll(SEALED)].map(([, size]) => Number(size))),
  }
}

/** The log of a directory, opened as the service opens it. */
export const logOf = (directory: string): readonly RecordedEvent[] => {
  const file = join(directory, 'events.db')
  prepareFile(file)
  const db = openForReading(file)
  try {
    const damage = db.pragma('integrity_check', { simple: true })
    if (damage !== 'ok') throw new Error(`the log is damaged: ${damage}`)
    return db.prepare<[], EventRow>(`SELECT ${COLUMNS} FROM events ORDER BY position`).raw().all().map(eventOf)
  } finally {
    db.close()
  }
}

const intact = (file: string, prepare: (db: Database.Database) => void): Database.Database => {
  const db = new Database(file)
  prepare(db)
  const damage = db.pragma('integrity_check', { simple: true })
  if (damage !== 'ok') throw new Error(`${file} is damaged: ${damage}`)
  return db
}

const idIn = (event: RecordedEvent): string | null => {
  const { webhook_id: id } = JSON.parse(event.data) as { readonly webhook_id?: unknown }
  return typeof id === 'string' ? id : null
}

const checkLog = (
  log: readonly RecordedEvent[],
  acknowledged: readonly Acknowledged[],
  sent: ReadonlySet<string>,
): void => {
  const [heads, ids, eventIds] = [new Map<string, number>(), new Set<string>(), new Map<string, RecordedEvent>()]
  for (const event of log) {
    const { stream, revision, eventId } = event
    if (isAltered(event)) throw new Error(`${eventId} is not what was received`)
    if (revision !== (heads.get(stream) ?? -1) + 1) throw new Error(`${stream} has no ${revision - 1}`)
    heads.set(stream, revision)
    if (eventIds.has(eventId)) throw new Error(`${eventId} stands twice`)
    eventIds.set(eventId, event)
    const id = idIn(event)
    if (id === null) continue
    if (ids.has(`${id} ${stream}`)) throw new Error(`${id} stands twice in ${stream}`)
    ids.add(`${id} ${stream}`)
    if (!sent.has(id)) throw new Error(`${id} was never sent`)
  }
  for (const { stream, revision, position, eventId } of acknowledged) {
    const event = eventIds.get(eventId)
    if (event === undefined) throw new Error(`${eventId} was acknowledged at ${revision} of ${stream}, and is lost`)
    if (event.stream !== stream || event.revision !== revision || event.position !== position) {
      throw new Error(`${eventId} stands elsewhere than it was acknowledged`)
    }
  }
}

/** Throws where something in a directory is not as it was promised to whoever was told that. */
export const checkDirectory = (directory: string, told: Omit<Told, 'shown'>, sent: ReadonlySet<string>): void => {
  const has = (name: string): boolean => existsSync(join(directory, name))
  if (told.acknowledged.length > 0 && !has('events.db')) throw new Error('the log is lost')
  const log = has('events.db') ? logOf(directory) : []
  checkLog(log, told.acknowledged, sent)
  if (has('journal.db')) {
    const journal = intact(join(directory, 'journal.db'), prepareJournal)
    const kept = journal.prepare<[], number>('SELECT coalesce(sum(times), 0) FROM deliveries').pluck().get() ?? 0
    journal.close()
    if (kept < told.forged) throw new Error(`of ${told.forged} deliveries that were kept the journal has ${kept}`)
  } else if (told.forged > 0) throw new Error('the journal is lost')
  const readModel = currentReadModel(directory)
  if (existsSync(readModel)) {
    const model = openReadModelWriter(readModel)
    const furthest = model.furthestEvent()
    model.close()
    intact(readModel, () => undefined).close()
    if (
      furthest !== null &&
      !log.some(({ eventId, position }) => eventId === furthest.eventId && position === furthest.position)
    ) {
      throw new Error('the read model has seen what the log does not hold')
    }
  }
  if (has('tree') && readHead(join(directory, 'tree')) === 'damaged') throw new Error('the head of the tree is damaged')
}
