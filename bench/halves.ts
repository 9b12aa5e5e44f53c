import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RecordedEvent } from '../src/eventStore/recordedEvent.ts'
import { openForReading } from '../src/eventStore/sqlite/database.ts'
import { COLUMNS, type EventRow, eventOf } from '../src/eventStore/sqlite/eventRow.ts'
import { folded, writeOnce } from './catchUp.ts'
import { runScript } from './processes.ts'
import { FLAGS } from './steps/startStep.ts'

/**
 * A process that makes the rows of one half of a log's users, while another one that it starts makes those of the other half: each with a
 * file of its own, each reading the log once, nothing of it twice, and nothing handed over.
 */
export interface Halves {
  readonly events: string
  /** The one that is started by the other. */
  readonly isSecond: boolean
}

/** So many positions at a time: half of them are a page as the log gives it. */
const POSITIONS = 1000

/** Events of the streams whose names end in an odd unit, or in an even one: of the others no text is read. */
function* halfOf(file: string, odd: boolean): Generator<readonly RecordedEvent[]> {
  const db = openForReading(file)
  const end = db.prepare<[], number | null>('SELECT max(position) FROM events').pluck().get() ?? 0
  const page = db
    .prepare<[number, number, number], EventRow>(
      `SELECT ${COLUMNS} FROM events WHERE position > ? AND position <= ? AND unicode(substr(stream, -1)) % 2 = ? ORDER BY position`,
    )
    .raw()
  for (let at = 0; at < end; at += POSITIONS) yield page.all(at, at + POSITIONS, odd ? 1 : 0).map(eventOf)
  db.close()
}

/** Seconds of a processor, of both processes, their starts included. */
export interface BothHalves {
  readonly cpu: number
}

/** With the service's flags, and what Node makes of the source kept where that keeps it. */
export const startHalves = (job: Halves): Promise<BothHalves> => {
  const cache = fileURLToPath(new URL('../node_modules/.cache/node-compile', import.meta.url))
  return runScript(new URL(import.meta.url), job, { nodeOptions: FLAGS, env: { NODE_COMPILE_CACHE: cache } })
}

if (import.meta.main) {
  const { events, isSecond } = JSON.parse(process.argv[2] ?? '') as Halves
  const second = isSecond ? null : startHalves({ events, isSecond: true })
  await writeOnce(halfOf(join(events, 'events.db'), isSecond), join(events, isSecond ? 'odd.db' : 'even.db'), folded)
  const { user, system } = process.cpuUsage()
  const both: BothHalves = { cpu: (user + system) / 1_000_000 + ((await second)?.cpu ?? 0) }
  console.log(JSON.stringify(both))
}
