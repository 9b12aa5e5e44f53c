import { existsSync } from 'node:fs'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { whyNot } from '../files/whyNot.ts'
import type { JournalRow } from '../journal/entry.ts'
import { type JournalQuery, readDelivery, readJournal } from '../journal/rows.ts'
import { printable } from '../webhooks/printable.ts'
import { serviceUrl } from './askService.ts'
import { askedOf } from './journalAsked.ts'
import { resubmit, resubmitAll } from './resubmit.ts'

/** One line for each, with nothing in it that outsiders sent. */
const line = (row: JournalRow): string => {
  const { id, receivedAt, reason, size, times, lastReceivedAt, doneAs, doneAt } = row
  const columns = [String(id).padStart(8), receivedAt, reason.padEnd(14), `${size} bytes`]
  if (times > 1) columns.push(`${times} times, last ${lastReceivedAt}`)
  if (doneAs !== null) columns.push(`${doneAs} ${doneAt}`)
  return columns.join('  ')
}

const show = (row: JournalRow, raw: boolean): void => {
  if (raw) return void process.stdout.write(row.body)
  const sentAs = [row.contentType, row.contentEncoding].filter((header) => header !== null)
  console.log([line(row), ...sentAs.map(printable)].join('  '))
  process.stdout.write(printable(row.body))
  if (process.stdout.isTTY) console.log('')
}

const list = (file: string, query: JournalQuery): number => {
  const rows = readJournal(file, { ...query, limit: query.limit + 1 })
  const page = rows.slice(0, query.limit)
  for (const row of page) console.log(line(row))
  if (rows.length > page.length) console.error(`there are more: add --before ${page.at(-1)?.id}`)
  return 0
}

/** `journal`, `journal show`, `journal resubmit`. Gives the exit code: 1 where something could not be done, 2 where it was not understood. */
export const journalCommand = async (
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> => {
  const read = askedOf(words)
  if (E.isLeft(read)) {
    console.error(read.left)
    return 2
  }
  const asked = read.right
  const file = join(environment['DATA_DIR'] || 'data', 'journal.db')
  if (!existsSync(file)) {
    console.error(`there is no journal at ${file}; set DATA_DIR as for the service`)
    return 1
  }
  const url = serviceUrl(environment)
  try {
    if (asked.kind === 'list') return list(file, asked.query)
    if (asked.kind === 'resubmit-all') return await resubmitAll(file, asked.query, url)
    const row = readDelivery(file, asked.id)
    if (row === null) {
      console.error('no such delivery in the journal')
      return 1
    }
    if (asked.kind === 'resubmit') return await resubmit(row, url)
    show(row, asked.raw)
    return 0
  } catch (error) {
    console.error(`the journal ${file} cannot be read: ${whyNot(error, file)}`)
    return 1
  }
}
