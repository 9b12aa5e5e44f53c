import { openReadModelSnapshot, type ReadModelSnapshot } from '../readModel/database/snapshot.ts'

const UNREADABLE = 'READ_MODEL_UNREADABLE'

/** What goes wrong in the read model in use says nothing against the log or the rebuilt one. */
const unreadable = (cause: unknown): Error => {
  const reason = cause instanceof Error ? cause.message : String(cause)
  const message = `the read model in use cannot be read, and so not be compared: ${reason}`
  return Object.assign(new Error(message), { code: UNREADABLE })
}

export const isUnreadable = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && error.code === UNREADABLE

const reading = <A>(read: () => A): A => {
  try {
    return read()
  } catch (error) {
    throw unreadable(error)
  }
}

/** Opens the read model in use. What is damaged in it fails as `isUnreadable` tells, now or where it is come upon. */
export const openServed = (file: string): ReadModelSnapshot => {
  const served = reading(() => openReadModelSnapshot(file))
  return {
    ...served,
    checkpoint: () => reading(served.checkpoint),
    rows: function* (table) {
      try {
        yield* served.rows(table)
      } catch (error) {
        throw unreadable(error)
      }
    },
    rowLike: (table, row) => reading(() => served.rowLike(table, row)),
  }
}
