import type { Schema } from '../../description/openApi.ts'
import { type Html, html } from '../../page/html/html.ts'
import { insideOf, kindOf, placeOf, prose } from './words.ts'

const member = (name: string, schema: Schema, isThere: boolean): Html => html`
<li><code>${name}</code>${!isThere && ' (may be missing)'}: ${kindOf(schema)}${
  schema.description !== undefined && html`. ${prose(schema.description)}`
}${insideOf(schema).map(members)}</li>`

/** The members of an object, and of those in it. */
export const members = ({ properties = {}, required = [] }: Schema): Html =>
  html`<ul class="members">${Object.entries(properties).map(([name, schema]) =>
    member(name, schema, required.includes(name)),
  )}</ul>`

/** One of the document's own schemas, whole. */
export const schemaSection = (name: string, schema: Schema): Html => html`
<section class="schema" id="${placeOf(name)}">
<h3>${name}</h3>
${schema.description !== undefined && html`<p>${prose(schema.description)}</p>`}
${schema.properties === undefined && html`<p>${kindOf(schema)}</p>`}
${insideOf(schema).map(members)}
</section>`
