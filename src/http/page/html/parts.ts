import type { Instant } from '../../../../domain/instant.ts'
import { instantInWords } from '../../../words/timeInWords.ts'
import { type Html, html, type Shown } from './html.ts'

/** Terms and what they are of this one: a list of definitions. What is `null` is left out. */
export const facts = (...pairs: readonly (readonly [term: string, value: Shown] | null)[]): Html =>
  html`<dl class="facts">${pairs.map((pair) => pair && html`<div><dt>${pair[0]}</dt><dd>${pair[1]}</dd></div>`)}</dl>`

interface Table {
  /** What it is a table of, for whoever does not see it. */
  readonly caption: string
  readonly columns: readonly string[]
  /** As many cells as there are columns, `null` for an empty one; the first says what the row is of. */
  readonly rows: readonly (readonly Shown[])[]
}

/**
 * A table that becomes a list where there is no room for columns; the roles keep it a table for whoever hears it, since
 * browsers forget that of one that is laid out otherwise.
 */
export const table = ({ caption, columns, rows }: Table): Html => html`
<table class="rows" role="table">
<caption class="unseen">${caption}</caption>
<thead role="rowgroup"><tr role="row">${columns.map((column) => html`<th role="columnheader" scope="col">${column}</th>`)}</tr></thead>
<tbody role="rowgroup">${rows.map(
  ([first, ...others]) => html`
<tr role="row"><th role="rowheader" scope="row">${first}</th>${others.map(
    (cell, index) =>
      html`<td role="cell">${cell !== null && html`<span class="of" aria-hidden="true">${columns[index + 1]}</span>`}${cell}</td>`,
  )}</tr>`,
)}
</tbody></table>`

/** A word of this service's own (a kind, a reason), which stands in one line as long as there are columns. */
export const word = (text: string): Html => html`<span class="word">${text}</span>`

/** An id, a hash or a path: to be read letter by letter, and broken anywhere. */
export const exact = (text: string): Html => html`<span class="exact">${text}</span>`

/** Something that has to be seen first. */
export const notice = (kind: 'note' | 'warning' | 'error', what: Shown): Html =>
  html`<div class="notice notice-${kind}"><strong>${kind === 'note' ? 'Note' : kind === 'warning' ? 'Warning' : 'Error'}:</strong> ${what}</div>`

/** Where a list goes on; paths, or `null` where there is nothing. */
export const pager = ({ first, next }: { readonly first: string | null; readonly next: string | null }): Html | null =>
  first === null && next === null
    ? null
    : html`<nav class="pager" aria-label="Pages"><ul>${first !== null && html`<li><a href="${first}">First page</a></li>`}${
        next !== null && html`<li><a href="${next}" rel="next">Next page</a></li>`
      }</ul></nav>`

/** When a page was made and how to come to it again, for whoever has it on paper. */
export const told = (now: Instant, path: string): Html =>
  html`<p class="quiet told">Told on ${instantInWords(now)}, at ${exact(path)}.</p>`

/** A time as it is told everywhere: to the second, in UTC. `null`: nobody knows it. */
export const time = (rfc3339: string | null): Html =>
  rfc3339 === null
    ? html`<span class="none">not known</span>`
    : html`<time datetime="${rfc3339}">${rfc3339.slice(0, 10)} <span class="word">${rfc3339.slice(11, 19)} UTC</span></time>`
