import type { Database } from 'better-sqlite3'
import type { RecordedEvent } from '../../../src/eventStore/recordedEvent.ts'
import { COLUMNS, type EventRow, eventOf } from '../../../src/eventStore/sqlite/eventRow.ts'
import { leafOf } from '../../../src/evidence/record.ts'
import { readSealKey } from '../../../src/evidence/sealKey.ts'
import { readSeal } from '../../../src/ledger/seals.ts'
import { SEALS } from '../../../src/ledger/streams.ts'
import { parseCheckpoint } from '../../../src/tlog/checkpoint.ts'
import { GrowingTree } from '../../../src/tlog/growingTree.ts'
import type { Hash } from '../../../src/tlog/hash.ts'
import { parseNote } from '../../../src/tlog/note.ts'
import { right } from '../right.ts'
import { signedCheckpoint } from './sealing.ts'

const eventsIn = (db: Database): readonly RecordedEvent[] =>
  db.prepare<[], EventRow>(`SELECT ${COLUMNS} FROM events ORDER BY position`).raw().all().map(eventOf)

const roots = (events: readonly RecordedEvent[]): readonly Hash[] => {
  const tree = new GrowingTree()
  const all = [tree.root()]
  for (const event of events) {
    if (event.stream === SEALS) continue
    tree.add(leafOf(event))
    all.push(tree.root())
  }
  return all
}

/** What the owner of a log can do who has changed it: has its key sign each of its checkpoints again, over the log as it is now. */
export const signAgain = (db: Database, keyFile: string): void => {
  const events = eventsIn(db)
  const rootOf = roots(events)
  const update = db.prepare('UPDATE events SET data = ? WHERE position = ?')
  for (const event of events) {
    const seal = readSeal(event)
    if (seal?._tag !== 'Checkpoint') continue
    const { origin, size } = right(parseCheckpoint(right(parseNote(seal.note)).text))
    const root = rootOf[size]
    if (root === undefined) throw new Error(`the log has no ${size} events`)
    const checkpoint = signedCheckpoint({ origin, size, root }, readSealKey(keyFile, origin))
    update.run(JSON.stringify({ checkpoint }), Number(event.position))
  }
}

/** Takes what witnesses have said of checkpoints beyond a size out of the log, as if it had never been there. Gives how many words are left. */
export const takeOutCosignatures = (db: Database, beyond: number): number => {
  const seals = eventsIn(db).filter(({ stream }) => stream === SEALS)
  const isGone = (event: RecordedEvent): boolean => {
    const seal = readSeal(event)
    return seal?._tag === 'Cosigned' && seal.size > beyond
  }
  for (const { position } of seals.filter(isGone))
    db.prepare('DELETE FROM events WHERE position = ?').run(Number(position))
  const left = seals.filter((event) => !isGone(event))
  const number = db.prepare('UPDATE events SET revision = ? WHERE position = ?')
  for (const [revision, { position }] of left.entries()) number.run(revision, Number(position))
  return left.filter((event) => readSeal(event)?._tag === 'Cosigned').length
}
