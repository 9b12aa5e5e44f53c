import type { Schema } from '../../description/openApi.ts'
import { type Html, html, type Shown } from '../../page/html/html.ts'

/** Text of the description: what stands between backquotes is code. */
export const prose = (text: string): Html =>
  html`${text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))}`

/** Paragraphs, and lists of what begins with a dash. */
export const paragraphs = (text: string): Html =>
  html`${text
    .split('\n\n')
    .map((block) =>
      block.startsWith('- ')
        ? html`<ul>${block.split('\n').map((line) => html`<li>${prose(line.slice('- '.length))}</li>`)}</ul>`
        : html`<p>${prose(block)}</p>`,
    )}`

/** One behind the other, with something in between. */
export const joined = (parts: readonly Shown[], between: string): Shown =>
  parts.flatMap((part, index) => (index === 0 ? [part] : [between, part]))

const code = (value: unknown): Html => html`<code>${value === undefined ? '' : JSON.stringify(value)}</code>`

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'whole number',
  number: 'number',
  boolean: 'yes or no',
  null: 'null',
  object: 'object',
}

const FORMATS: Readonly<Record<string, string>> = { 'date-time': 'time', date: 'day' }

/** The name of one of the document's own schemas. */
export const nameIn = ($ref: string): string => $ref.split('/').at(-1) ?? ''

/** Where a schema stands on the page. */
export const placeOf = (name: string): string => `schema-${name}`

/** What a value is, in a few words; the members of an object are told elsewhere. */
export const kindOf = (schema: Schema): Shown => {
  const { $ref, type, format, items, anyOf, oneOf, allOf } = schema
  if ($ref !== undefined) return html`<a href="#${placeOf(nameIn($ref))}">${nameIn($ref)}</a>`
  if (schema.enum !== undefined) return joined(schema.enum.map(code), ' | ')
  if (schema.const !== undefined) return code(schema.const)
  const ways = anyOf ?? oneOf
  if (ways !== undefined) return joined(ways.map(kindOf), ' or ')
  if (allOf !== undefined) return kindOf(allOf[0] ?? {})
  const types = type === undefined ? [] : typeof type === 'string' ? [type] : type
  const words = types.map((one): Shown => {
    if (one === 'array') return html`list of ${kindOf(items ?? {})}`
    return one === 'string' && format !== undefined ? (FORMATS[format] ?? format) : (TYPES[one] ?? one)
  })
  return words.length === 0 ? 'anything' : joined(words, ' or ')
}

/** The schema whose members are to be told of this one: of a list that of what is in it, of what may be `null` the other. */
export const insideOf = (schema: Schema): readonly Schema[] => {
  if (schema.items !== undefined) return insideOf(schema.items)
  const ways = schema.anyOf ?? schema.oneOf
  if (ways !== undefined) return ways.flatMap(insideOf)
  return schema.properties === undefined ? [] : [schema]
}
