import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import * as E from 'fp-ts/lib/Either.js'
import { parseDate } from '../../domain/calendar.ts'
import { format, parseRfc3339 } from '../../domain/instant.ts'
import { JOURNAL_REASONS, type JournalRow } from '../journal/entry.ts'
import { type JournalQuery, readDelivery, readJournal } from '../journal/rows.ts'
import { printable } from './printable.ts'
import { resubmit, resubmitAll } from './resubmit.ts'

const ROWS_SHOWN = 50

const USAGE = `usage: journal [list] [--reason <reason>] [--since <day or time>] [--open] [--before <id>] [--limit <count>]
       journal show <id> [--raw]
       journal resubmit <id>
       journal resubmit --reason <reason> [--since <day or time>]
reasons: ${JOURNAL_REASONS.join(', ')}`

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

const OPTIONS = {
  reason: { type: 'string' },
  since: { type: 'string' },
  before: { type: 'string' },
  limit: { type: 'string' },
  open: { type: 'boolean', default: false },
  raw: { type: 'boolean', default: false },
} as const

type Options = ReturnType<typeof parseArgs<{ options: typeof OPTIONS; allowPositionals: true }>>['values']

const wholeNumber = (text: string): number | null => (/^[1-9]\d{0,14}$/.test(text) ? Number(text) : null)

const readSince = (text: string): string | null => {
  const instant = parseRfc3339(parseDate(text) === null ? text : `${text}T00:00:00Z`)
  return instant === null ? null : format(instant)
}

/** Which rows, or what is wrong with the options. */
const readQuery = ({ reason, since, before, limit, open }: Options): E.Either<string, JournalQuery> => {
  const named = JOURNAL_REASONS.find((known) => known === reason)
  const from = since === undefined ? undefined : readSince(since)
  const first = before === undefined ? undefined : wholeNumber(before)
  const count = limit === undefined ? ROWS_SHOWN : wholeNumber(limit)
  if (reason !== undefined && named === undefined) return E.left(`--reason: one of ${JOURNAL_REASONS.join(', ')}`)
  if (from === null) return E.left('--since: a day YYYY-MM-DD, or an RFC 3339 time')
  if (first === null) return E.left('--before: the id of a delivery')
  if (count === null) return E.left('--limit: a whole number')
  return E.right({
    limit: count,
    open: open === true,
    ...(named === undefined ? {} : { reason: named }),
    ...(from === undefined ? {} : { since: from }),
    ...(first === undefined ? {} : { before: first }),
  })
}

/** Whether an action has what it needs, and no option that it would pass over: `resubmit --limit 1` is not to submit all. */
const isAsked = (action: string, id: string | undefined, options: Options): boolean => {
  const given = Object.entries(options).flatMap(([name, value]) =>
    value === undefined || value === false ? [] : [name],
  )
  const takes = (...names: readonly string[]): boolean => given.every((name) => names.includes(name))
  switch (action) {
    case 'list':
      return id === undefined && takes('reason', 'since', 'before', 'limit', 'open')
    case 'show':
      return id !== undefined && takes('raw')
    case 'resubmit':
      return id === undefined ? options.reason !== undefined && takes('reason', 'since') : takes()
    default:
      return false
  }
}

const list = (file: string, query: JournalQuery): number => {
  const rows = readJournal(file, { ...query, limit: query.limit + 1 })
  const page = rows.slice(0, query.limit)
  for (const row of page) console.log(line(row))
  if (rows.length > page.length) console.error(`there are more: add --before ${page.at(-1)?.id}`)
  return 0
}

const misused = (what: string): number => {
  console.error(what)
  return 2
}

/** `journal`, `journal show`, `journal resubmit`. Gives the exit code: 1 where something could not be done, 2 where it was not understood. */
export const journalCommand = async (
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> => {
  const read = E.tryCatch(
    () => parseArgs({ args: [...words], options: OPTIONS, allowPositionals: true }),
    // The first sentence says which option; the others are about the command lines of programs in general.
    (error) => (error instanceof Error ? error.message : String(error)).split('. ', 1).join(''),
  )
  if (E.isLeft(read)) return misused(`${read.left}\n${USAGE}`)
  const { values, positionals } = read.right
  const [action = 'list', word, ...others] = positionals
  const query = readQuery(values)
  if (E.isLeft(query)) return misused(query.left)
  const id = word === undefined ? null : wholeNumber(word)
  if (others.length > 0 || !isAsked(action, word, values)) return misused(USAGE)
  if (word !== undefined && id === null) return misused(`an id is a whole number\n${USAGE}`)

  const file = join(environment['DATA_DIR'] || 'data', 'journal.db')
  if (!existsSync(file)) {
    console.error(`there is no journal at ${file}; set DATA_DIR as for the service`)
    return 1
  }
  const url = environment['KYC_URL'] || `http://127.0.0.1:${environment['PORT'] || '3000'}`
  try {
    if (action === 'list') return list(file, query.right)
    if (id === null) return await resubmitAll(file, query.right, url)
    const row = readDelivery(file, id)
    if (row === null) {
      console.error('no such delivery in the journal')
      return 1
    }
    if (action === 'resubmit') return await resubmit(row, url)
    show(row, values.raw === true)
    return 0
  } catch (error) {
    console.error(`the journal ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
    return 1
  }
}
