import { parseArgs } from 'node:util'
import * as E from 'fp-ts/lib/Either.js'
import { parseDate } from '../../domain/calendar.ts'
import { format, parseRfc3339 } from '../../domain/instant.ts'
import { JOURNAL_REASONS } from '../journal/entry.ts'
import type { JournalQuery } from '../journal/rows.ts'

const ROWS_SHOWN = 50

const USAGE = `usage: journal [list] [--reason <reason>] [--since <day or time>] [--open] [--before <id>] [--limit <count>]
       journal show <id> [--raw]
       journal resubmit <id>
       journal resubmit --reason <reason> [--since <day or time>]
reasons: ${JOURNAL_REASONS.join(', ')}`

/** What the words of `journal` say. */
type Asked =
  | { readonly kind: 'list'; readonly query: JournalQuery }
  | { readonly kind: 'show'; readonly id: number; readonly raw: boolean }
  | { readonly kind: 'resubmit'; readonly id: number }
  | { readonly kind: 'resubmit-all'; readonly query: JournalQuery }

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

/** Reads the words; what is wrong with them, otherwise. */
export const askedOf = (words: readonly string[]): E.Either<string, Asked> => {
  const read = E.tryCatch(
    () => parseArgs({ args: [...words], options: OPTIONS, allowPositionals: true }),
    // The first sentence says which option; the others are about the command lines of programs in general.
    (error) => (error instanceof Error ? error.message : String(error)).split('. ', 1).join(''),
  )
  if (E.isLeft(read)) return E.left(`${read.left}\n${USAGE}`)
  const { values, positionals } = read.right
  const [action = 'list', word, ...others] = positionals
  const query = readQuery(values)
  if (E.isLeft(query)) return query
  if (others.length > 0 || !isAsked(action, word, values)) return E.left(USAGE)
  if (action === 'list') return E.right({ kind: 'list', query: query.right })
  if (word === undefined) return E.right({ kind: 'resubmit-all', query: query.right })
  const id = wholeNumber(word)
  if (id === null) return E.left(`an id is a whole number\n${USAGE}`)
  return E.right(action === 'show' ? { kind: 'show', id, raw: values.raw === true } : { kind: 'resubmit', id })
}
