import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { JOURNAL_BOUNDS } from '../journal/shares.ts'
import { numberInWords } from '../words/numberInWords.ts'
import { type Finding, ok, warning } from './finding.ts'
import { lookInto } from './lookInto.ts'
import type { Patient } from './patient.ts'

const OF = 'journal'
/** From here on something goes soon to make room. */
const NEARLY = 0.9

interface Held {
  readonly rows: number
  readonly bytes: number
  readonly open: number
  readonly oldest: string | null
}

/** How many deliveries wait for somebody, since when, and whether there is room for more. */
export const lookAtJournal = async ({ config: { dataDir } }: Patient): Promise<readonly Finding[]> => {
  const file = join(dataDir, 'journal.db')
  if (!existsSync(file)) return [ok(OF, 'there is none yet')]
  const held = await lookInto(file, (db) =>
    db
      .prepare<[], Held>(
        `SELECT count(*) AS rows, coalesce(sum(kept), 0) AS bytes, count(*) FILTER (WHERE done_at IS NULL) AS open,
           min(last_received_at) FILTER (WHERE done_at IS NULL) AS oldest FROM deliveries`,
      )
      .get(),
  )
  const { rows, bytes, open, oldest } = held ?? { rows: 0, bytes: 0, open: 0, oldest: null }
  const share = Math.max(rows / JOURNAL_BOUNDS.rows, bytes / JOURNAL_BOUNDS.bytes)
  return [
    open === 0
      ? ok(OF, 'nothing waits for anybody')
      : warning(
          OF,
          `${numberInWords(open)} deliveries that were not appended wait for somebody, the oldest since ${oldest}: npm run kyc -- journal`,
        ),
    ...(share < NEARLY
      ? []
      : [warning(OF, `it is ${Math.floor(share * 100)} % full: what comes takes the place of what is there`)]),
  ]
}
