import type { Request } from 'express'
import type { JournalReason } from '../../../journal/entry.ts'
import { type Html, html, type Shown } from '../html/html.ts'
import { formToken } from '../session/ownForm.ts'

/** What is submitted again: one delivery, or the open ones of a reason behind one of them. */
export type Asked = { readonly id: number } | { readonly reason: JournalReason; readonly after: number | null }

const hidden = (name: string, value: Shown): Html => html`<input type="hidden" name="${name}" value="${value}">`

/** A button that submits; `about` is for whoever hears it alone. */
export const submitForm = (req: Request, asked: Asked, does: string, about: string): Html => {
  const fields =
    'id' in asked
      ? hidden('id', asked.id)
      : [hidden('reason', asked.reason), asked.after !== null && hidden('after', asked.after)]
  return html`<form action="/deliveries/submit" method="post">${formToken(req)}${fields}<button>${does}<span class="unseen"> ${about}</span></button></form>`
}

const aNumber = (text: string | null): number | null =>
  text !== null && /^[1-9]\d{0,14}$/.test(text) ? Number(text) : null

/** What a form asks for; `null` where it is none of these. */
export const askedIn = (form: URLSearchParams, reasons: readonly JournalReason[]): Asked | null => {
  const id = aNumber(form.get('id'))
  const reason = reasons.find((known) => known === form.get('reason'))
  if (id !== null) return { id }
  return reason === undefined ? null : { reason, after: aNumber(form.get('after')) }
}
