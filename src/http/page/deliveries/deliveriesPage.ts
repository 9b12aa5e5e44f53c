import type { Request, RequestHandler } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import { JOURNAL_REASONS, type JournalLine } from '../../../journal/entry.ts'
import type { JournalFigures } from '../../../journal/reader.ts'
import { sizeInWords } from '../../../words/numberInWords.ts'
import { type JournalSources, pageOf } from '../../deliveries/journalRoutes.ts'
import { problem } from '../../problem.ts'
import { mayAlso } from '../../requireScope.ts'
import { type Html, html, type Shown } from '../html/html.ts'
import { facts, pager, table, time, word } from '../html/parts.ts'
import { sendPage } from '../html/sendPage.ts'
import { reasonInWords } from './reasonInWords.ts'
import { submitForm } from './submitForm.ts'

const byReason = (req: Request, { reasons }: JournalFigures, maySubmit: boolean): Shown =>
  reasons.length === 0
    ? html`<p>The journal is empty: every delivery was appended, known before, or none of this service’s.</p>`
    : table({
        caption: 'Deliveries by why they were not appended',
        columns: ['Why', 'Open', 'Done', 'What it means', ...(maySubmit ? ['Submit again'] : [])],
        rows: JOURNAL_REASONS.flatMap((reason) => reasons.filter((one) => one.reason === reason)).map(
          ({ reason, open, done }) => [
            html`<a href="/deliveries?reason=${reason}&amp;open=true">${word(reason)}</a>`,
            open,
            done,
            reasonInWords(reason),
            ...(maySubmit
              ? [
                  open === 0 || reason === 'too-large'
                    ? null
                    : submitForm(req, { reason, after: null }, 'All that are open', `for ${reason}`),
                ]
              : []),
          ],
        ),
      })

const became = ({ doneAs, doneAt }: JournalLine): Shown =>
  doneAs === null ? html`<strong>open</strong>` : html`${doneAs}, ${time(doneAt)}`

const action = (req: Request, { id, size, kept, doneAs }: JournalLine): Shown => {
  if (kept < size) return `only ${sizeInWords(kept)} of it are kept`
  return doneAs === null ? submitForm(req, { id }, 'Submit again', `delivery ${id}`) : null
}

const list = (req: Request, lines: readonly JournalLine[], maySubmit: boolean): Html =>
  lines.length === 0
    ? html`<p>There are none.</p>`
    : table({
        caption: 'Deliveries, newest first',
        columns: ['No.', 'Why', 'First came', 'Last came', 'Times', 'Size', 'State', ...(maySubmit ? ['Action'] : [])],
        rows: lines.map((line) => [
          line.id,
          word(line.reason),
          time(line.receivedAt),
          line.times === 1 ? null : time(line.lastReceivedAt),
          line.times,
          word(sizeInWords(line.size)),
          became(line),
          ...(maySubmit ? [action(req, line)] : []),
        ]),
      })

/** The path of the list that a request asks for from its beginning, with other limits. */
const pathOf = ({ query }: Request, limits: Readonly<Record<string, string>> = {}): string => {
  const { before: _, ...same } = query as Readonly<Record<string, string>>
  const wanted = new URLSearchParams({ ...same, ...limits })
  return wanted.size === 0 ? '/deliveries' : `/deliveries?${wanted}`
}

/** Which deliveries are listed, and which else can be. */
const shown = (req: Request): Html => {
  const { reason, open } = req.query
  return html`<p>Shown: ${open === 'true' ? 'those that are open' : 'all'}${typeof reason === 'string' && ` of ${reason}`}.
${open !== 'true' && html`<a href="${pathOf(req, { open: 'true' })}">Only those that are open</a>`} ${(reason !== undefined || open === 'true') && html`<a href="/deliveries">All of them</a>`}</p>`
}

/** `GET /deliveries` as a page: what the journal holds, and never what was sent. */
export const deliveriesPage =
  (sources: JournalSources): RequestHandler =>
  (req, res) => {
    const page = pageOf(sources, req)
    if (E.isLeft(page)) return problem(res, 'bad-parameter', page.left)
    const { lines, next } = page.right
    const figures = sources.journal.counted()
    const maySubmit = mayAlso(req, 'journal:write')
    const main = html`<h1>Deliveries that were not appended</h1>
<p>What came and could not become an event waits here for somebody to look. What was sent is not shown: it may be forged, or speak of anybody.</p>
${figures.oldestOpen !== null && facts(['The oldest that is open last came', time(figures.oldestOpen)])}
${!maySubmit && html`<p class="quiet">Submitting them again needs a key with the scope <code>journal:write</code>.</p>`}
<h2>By reason</h2>
${byReason(req, figures, maySubmit)}
<h2>One by one</h2>
${shown(req)}
${list(req, lines, maySubmit)}
${pager({ first: req.query['before'] === undefined ? null : pathOf(req), next })}`
    sendPage(req, res, { title: 'Deliveries', main })
  }
