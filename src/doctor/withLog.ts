import { existsSync } from 'node:fs'
import * as E from 'fp-ts/lib/Either.js'
import { OPENED_FOR_READING } from '../eventStore/appendOutcome.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import { openEventStore } from '../eventStore/openEventStore.ts'
import { readerOver } from '../eventStore/sqlite/readerOver.ts'
import { checkSchema } from '../eventStore/sqlite/schema.ts'
import { lookInto } from './lookInto.ts'
import type { Patient } from './patient.ts'

const refused = () => async () => E.left(OPENED_FOR_READING)
const closed = async (): Promise<void> => undefined

/** Reads the log, and leaves nothing beside it. `null` where there is none. Throws where it cannot be read. */
export const withLog = async <A>(
  { log, config: { eventStore } }: Patient,
  use: (store: EventStore) => Promise<A>,
): Promise<A | null> => {
  if (log !== null) {
    if (!existsSync(log)) return null
    return lookInto(log, (db) => {
      checkSchema(db)
      const only = { append: refused, erase: refused, truncate: refused, purge: () => Promise.reject(new Error('')) }
      return use({ ...readerOver(db), ...only, embedded: true, health: () => 'up', close: closed })
    })
  }
  const opened = await openEventStore(eventStore, { readOnly: true })()
  if (E.isLeft(opened)) throw new Error(opened.left.reason)
  try {
    return await use(opened.right)
  } finally {
    await opened.right.close()
  }
}
