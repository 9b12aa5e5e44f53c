import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { JOURNAL_ROWS, type JournalRow, readJournal } from '../journal/journal.ts'

const ROWS_SHOWN = 50

const line = ({ id, receivedAt, reason, size }: JournalRow): string =>
  `${String(id).padStart(8)}  ${receivedAt}  ${reason.padEnd(14)}  ${size} bytes`

const resubmit = async (row: JournalRow, url: string): Promise<number> => {
  if (row.size > row.body.byteLength) {
    console.error(`delivery ${row.id} was ${row.size} bytes; only its first ${row.body.byteLength} were kept`)
    return 1
  }
  const body = new Uint8Array(row.body)
  const response = await fetch(`${url}/webhooks/treezor`, { method: 'POST', body }).catch(() => null)
  if (response === null) {
    console.error('the service does not answer; start it, or set KYC_URL to where it listens')
    return 1
  }
  console.log(`${response.status} ${await response.text()}`)
  return response.ok ? 0 : 1
}

/** `journal`, `journal show <id>`, `journal resubmit <id>`. Gives the exit code. */
export const journalCommand = async (
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> => {
  const file = join(environment.DATA_DIR || 'data', 'journal.db')
  if (!existsSync(file)) {
    console.error(`there is no journal at ${file}; set DATA_DIR as for the service`)
    return 1
  }
  const [action = 'list', id] = words
  if (action === 'list' && id === undefined) {
    for (const row of readJournal(file, ROWS_SHOWN)) console.log(line(row))
    return 0
  }
  const row = readJournal(file, JOURNAL_ROWS).find((one) => String(one.id) === id)
  if (row === undefined) {
    console.error('no such delivery in the journal')
    return 1
  }
  if (action === 'show') {
    console.log(line(row))
    process.stdout.write(row.body)
    return 0
  }
  if (action === 'resubmit') {
    return resubmit(row, environment.KYC_URL || `http://127.0.0.1:${environment.PORT || '3000'}`)
  }
  console.error('usage: journal | journal show <id> | journal resubmit <id>')
  return 2
}
