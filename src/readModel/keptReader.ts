import Database from 'better-sqlite3'
import type { ReceiptCorrection } from '../../domain/event/receiptCorrection.ts'
import type { UserId } from '../../domain/identifiers.ts'
import type { Reading } from '../../domain/state/reading.ts'
import { readReadings } from '../../domain/state/readingText.ts'
import type { Revision } from '../eventStore/recordedEvent.ts'
import { isAsWritten, readingReader } from './database/readingTables.ts'

/** A read model's file, which is another one after each start of the projection that writes it. */
export interface ReadModelFile {
  readonly file: string
  readonly starts: number
}

/** Reads what is kept of users' events, for a thread beside the one that serves. */
export interface KeptReader {
  /**
   * What the first events of a user's stream say, as far as it is kept, up to the run that holds `last`; none where something of that
   * would be read otherwise by these corrections, or the file cannot be opened, which says nothing of what it holds. Throws where what is kept is
   * not what was written, or cannot be read.
   */
  readonly of: (
    from: ReadModelFile,
    userId: UserId,
    last: Revision,
    corrections: readonly ReceiptCorrection[],
  ) => readonly Reading[]
  /** Opens the file anew when it is asked next. */
  readonly close: () => void
}

const isTouched = (readings: readonly Reading[], corrections: readonly ReceiptCorrection[]): boolean => {
  const [first, last] = [readings[0]?.event.position ?? '', readings.at(-1)?.event.position ?? '']
  return corrections.some(({ from, to }) => from <= last && to >= first)
}

export const keptReader = (): KeptReader => {
  let opened:
    | (ReadModelFile & { readonly db: Database.Database; readonly read: ReturnType<typeof readingReader> })
    | null
  opened = null
  const close = (): void => {
    opened?.db.close()
    opened = null
  }
  const readerOf = ({ file, starts }: ReadModelFile): ReturnType<typeof readingReader> | null => {
    if (opened?.file === file && opened.starts === starts) return opened.read
    close()
    let db: Database.Database | null = null
    try {
      db = new Database(file, { readonly: true, fileMustExist: true })
      opened = { file, starts, db, read: readingReader(db) }
      return opened.read
    } catch {
      db?.close()
      return null
    }
  }
  return {
    of: (from, userId, last, corrections) => {
      const readings: Reading[] = []
      for (const run of readerOf(from)?.(userId, last) ?? []) {
        if (!isAsWritten(userId, run)) throw new Error('what is kept of the events of a user is not what was written')
        // Behind what is missing nothing follows on what was read.
        if (run.first !== readings.length) break
        readings.push(...readReadings(run.body))
      }
      return isTouched(readings, corrections) ? [] : readings
    },
    close,
  }
}
