import type { Request, Response } from 'express'
import { JOURNAL_REASONS } from '../../../journal/entry.ts'
import { userOfStream } from '../../../ledger/streams.ts'
import { clockIsWrong } from '../../deliveries/clockIsWrong.ts'
import type { JournalSources } from '../../deliveries/journalRoutes.ts'
import { type SubmittedAgain, type SubmittedTogether, submittingAgain } from '../../deliveries/submitAgain.ts'
import { problem } from '../../problem.ts'
import { keyNameOf } from '../../requireScope.ts'
import { type Html, html, type Shown } from '../html/html.ts'
import { notice, table, word } from '../html/parts.ts'
import { sendPage } from '../html/sendPage.ts'
import { formOf } from '../session/ownForm.ts'
import { type Asked, askedIn, submitForm } from './submitForm.ts'

/** The users in whose streams it stands by now; or that it is nobody's. */
const usersOf = ({ events }: SubmittedAgain): Shown =>
  [...new Set(events.map(({ stream }) => userOfStream(stream)))].map(
    (userId) =>
      html` <a href="${userId === null ? '/anomalies#nobody' : `/users/${userId}`}">${userId ?? 'nobody’s'}</a>`,
  )

const outcomes = (submitted: readonly SubmittedAgain[]): Html =>
  table({
    caption: 'What became of each',
    columns: ['No.', 'Outcome', 'In words', 'State', 'Users'],
    rows: submitted.map((one) => [one.id, word(one.outcome), one.detail, one.open ? 'open' : 'done', usersOf(one)]),
  })

const summary = (submitted: readonly SubmittedAgain[]): Html => {
  const open = submitted.filter((one) => one.open).length
  if (submitted.length === 0) return notice('note', 'Nothing was left to be submitted.')
  if (open === submitted.length)
    return notice('warning', `Nothing is done: ${open === 1 ? 'it stays' : 'all stay'} open. Why is told below.`)
  const done = `${submitted.length - open} of ${submitted.length} ${submitted.length - open === 1 ? 'is' : 'are'} done.`
  return open === 0 ? notice('note', done) : notice('warning', `${done} The rest stays open. Why is told below.`)
}

/** `POST /deliveries/submit`: submits again what a form of the page asks for, and tells what became of each. */
export const submittedPage = (sources: JournalSources) => {
  const submit = submittingAgain(sources)
  const submitted = async (asked: Asked, by: string | null): Promise<SubmittedTogether | null> => {
    if (!('id' in asked)) return submit.all(asked.reason, asked.after ?? 0, by)
    const one = await submit.one(asked.id, by)
    return one === null ? null : { submitted: [one], after: null }
  }
  return async (req: Request, res: Response): Promise<void> => {
    const asked = askedIn(formOf(req), JOURNAL_REASONS)
    if (asked === null) return problem(res, 'bad-parameter', 'the form names no delivery, and no reason')
    if (sources.clockFault() !== null) return clockIsWrong(res)
    const result = await submitted(asked, keyNameOf(req))
    if (result === null) return problem(res, 'unknown-delivery', 'the journal holds no such delivery')
    const { submitted: told, after } = result
    const main = html`<h1>Submitted again</h1>
${summary(told)}
${told.length > 0 && outcomes(told)}
${after !== null && !('id' in asked) && html`<p>More of them wait.</p>${submitForm(req, { reason: asked.reason, after }, 'Submit the next ones', `for ${asked.reason}`)}`}
<p><a href="/deliveries">All deliveries that were not appended</a></p>`
    sendPage(req, res, { title: 'Submitted again', main })
  }
}
