import * as E from 'fp-ts/lib/Either.js'
import { JOURNAL_ID_HEADER } from '../http/deliveries/resubmission.ts'
import type { JournalRow } from '../journal/entry.ts'
import { type JournalQuery, readDelivery, readJournal } from '../journal/rows.ts'
import { printable } from '../webhooks/printable.ts'

/** What the service answers, or why it could not be asked. */
interface Answered {
  readonly ok: boolean
  readonly told: string
}

const NOBODY = 'the service does not answer; start it, or set KYC_URL to where it listens'

const submit = async (row: JournalRow, url: string): Promise<E.Either<string, Answered>> => {
  const { id, body, contentEncoding } = row
  const headers = {
    [JOURNAL_ID_HEADER]: String(id),
    ...(contentEncoding === null ? {} : { 'Content-Encoding': contentEncoding }),
  }
  try {
    const response = await fetch(`${url}/webhooks/treezor`, { method: 'POST', headers, body: new Uint8Array(body) })
    return E.right({ ok: response.ok, told: printable(`${response.status} ${await response.text()}`) })
  } catch {
    return E.left(NOBODY)
  }
}

const isCut = ({ size, body }: JournalRow): boolean => size > body.byteLength

const cut = ({ id, size, body }: JournalRow): string =>
  `delivery ${id} was ${size} bytes; only its first ${body.byteLength} were kept`

/** Delivers one again to the running service, which marks it in the journal when it is done. Gives the exit code. */
export const resubmit = async (row: JournalRow, url: string): Promise<number> => {
  if (isCut(row)) {
    console.error(cut(row))
    return 1
  }
  const answered = await submit(row, url)
  if (E.isLeft(answered)) {
    console.error(answered.left)
    return 1
  }
  console.log(answered.right.told)
  return answered.right.ok ? 0 : 1
}

/** The ids alone: of all the bodies together there may be 64 MiB. */
const idsOf = (file: string, query: JournalQuery): readonly number[] => {
  const ids: number[] = []
  for (let before = query.before; ; before = ids.at(-1)) {
    const page = readJournal(file, { ...query, open: true, limit: 100, ...(before === undefined ? {} : { before }) })
    ids.push(...page.map(({ id }) => id))
    if (page.length < 100) return ids.reverse()
  }
}

/** Delivers all of a kind again that are not done, in the order in which they first came, a line for each. Gives the exit code. */
export const resubmitAll = async (file: string, query: JournalQuery, url: string): Promise<number> => {
  const ids = idsOf(file, query)
  let done = 0
  for (const id of ids) {
    const row = readDelivery(file, id)
    if (row === null) continue
    if (isCut(row)) {
      console.error(cut(row))
      continue
    }
    const answered = await submit(row, url)
    if (E.isLeft(answered)) {
      console.error(answered.left)
      return 1
    }
    console.log(`${id}  ${answered.right.told}`)
    if (answered.right.ok) done += 1
  }
  console.error(`${done} of ${ids.length} were taken`)
  return done === ids.length ? 0 : 1
}
