import type { EventStore } from '../eventStore.ts'
import { openForWriting } from './database.ts'

/** Moves what stands in the write-ahead log into the database, and empties it. */
export const purging =
  (file: string): EventStore['purge'] =>
  async () => {
    const db = openForWriting(file, { fileMustExist: true })
    const [{ busy = 1 } = {}] = db.pragma('wal_checkpoint(TRUNCATE)') as readonly { readonly busy?: number }[]
    db.close()
    if (busy !== 0) throw new Error('a reader holds the write-ahead log of the event log: ask again')
    return { files: 'gone', told: [] }
  }
