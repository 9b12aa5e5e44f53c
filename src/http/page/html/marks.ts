import type { Status } from '../../../../domain/answer/status.ts'
import { type Html, html } from './html.ts'

/** A user's status, or that he is not there any more. */
export type ToldStatus = Status | 'erased'

/** Each has a shape of its own: nobody needs the colour. They are drawn on a field of 12 by 12. */
const SHAPES: Readonly<Record<ToldStatus, Html>> = {
  none: html`<circle cx="6" cy="6" r="4.5" fill="none" stroke="currentColor" stroke-dasharray="2 1.5"/>`,
  pending: html`<circle cx="6" cy="6" r="4.5" fill="none" stroke="currentColor"/><path d="M6 1.5a4.5 4.5 0 0 1 0 9z" fill="currentColor"/>`,
  validated: html`<path d="M1 6.5l3.5 3.5L11 2.5" fill="none" stroke="currentColor" stroke-width="2"/>`,
  refused: html`<path d="M2 2l8 8M10 2l-8 8" fill="none" stroke="currentColor" stroke-width="2"/>`,
  closed: html`<rect x="1.5" y="1.5" width="9" height="9" fill="currentColor"/>`,
  unknown: html`<path d="M6 1l5.2 9.5H.8z" fill="none" stroke="currentColor"/><path d="M6 4.5v3M6 8.5v1" stroke="currentColor"/>`,
  erased: html`<rect x="1.5" y="1.5" width="9" height="9" fill="none" stroke="currentColor"/><path d="M1.5 10.5l9-9" stroke="currentColor"/>`,
}

/** Its shape and its word. */
export const mark = (status: ToldStatus): Html =>
  html`<span class="mark mark-${status}"><svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true" focusable="false">${SHAPES[status]}</svg> ${status}</span>`
