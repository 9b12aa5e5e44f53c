import type { Question } from '../../../../domain/answer/question.ts'
import type { UserId } from '../../../../domain/identifiers.ts'
import { instantInWords } from '../../../words/timeInWords.ts'
import { type Html, html } from '../html/html.ts'
import { notice } from '../html/parts.ts'
import type { FieldFaults, TypedQuestion } from './askedQuestion.ts'

const field = (name: keyof TypedQuestion, label: string, value: string | null, fault: string | undefined): Html => {
  const input =
    fault === undefined
      ? html`<input type="text" id="${name}" name="${name}" value="${value}" autocomplete="off" spellcheck="false" aria-describedby="question-hint">`
      : html`<input type="text" id="${name}" name="${name}" value="${value}" autocomplete="off" spellcheck="false" aria-describedby="${name}-fault question-hint" aria-invalid="true">
<span class="fault" id="${name}-fault">${fault}</span>`
  return html`<div class="field"><label for="${name}">${label}</label>${input}</div>`
}

/** The two axes of time: what had occurred by one time, as far as it was known here by another. */
export const questionForm = (userId: UserId, { asOf, knownAt }: TypedQuestion, faults: FieldFaults = {}): Html => html`
<form class="ask question" action="/users/${userId}" method="get" aria-label="How the user stood at another time">
${field('asOf', 'As of: what had happened by then', asOf, faults.asOf)}
${field('knownAt', 'As known on: what was recorded here by then', knownAt, faults.knownAt)}
<button>Ask</button>
<p class="hint" id="question-hint">Either is a day, up to its end, or a time in UTC: 2026-03-01 14:30. Empty is now.</p>
</form>`

/** What the page tells, where that is not the present. */
export const questionInWords = (userId: UserId, { asOf, knownAt }: Question): Html | null => {
  if (asOf === null && knownAt === null) return null
  const about = asOf === null ? null : html`how things stood on ${instantInWords(asOf)}`
  const known = knownAt === null ? null : html`what was known here on ${instantInWords(knownAt)}`
  const what = about === null || known === null ? html`${about}${known}` : html`${about}, by ${known}`
  return notice('note', html`this page tells ${what}. <a class="ways" href="/users/${userId}">How things stand now</a>`)
}
