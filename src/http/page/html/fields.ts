import { type Html, html } from './html.ts'

interface Field {
  readonly name: string
  readonly label: string
  /** What it was sent with. */
  readonly value: string | null
  /** How it has to be written. */
  readonly hint?: string
}

const labelled = ({ name, label, hint }: Omit<Field, 'value'>, field: Html): Html =>
  html`<p class="field"><label for="${name}">${label}${hint && html` <span class="hint">${hint}</span>`}</label>${field}</p>`

/** A field of one line with its label. */
export const textField = (field: Field, type: 'text' | 'date' = 'text'): Html =>
  labelled(
    field,
    html`<input type="${type}" id="${field.name}" name="${field.name}" value="${field.value}" autocomplete="off" spellcheck="false">`,
  )

/** One of several words, or `none` of them, which is sent as nothing. */
export const choice = (field: Field, words: readonly string[], none: string): Html =>
  labelled(
    field,
    html`<select id="${field.name}" name="${field.name}"><option value="">${none}</option>${words.map((word) =>
      word === field.value ? html`<option selected>${word}</option>` : html`<option>${word}</option>`,
    )}</select>`,
  )
