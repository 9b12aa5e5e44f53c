import type { Answer, AskedParameter, Content, Operation, Reference } from '../../description/openApi.ts'
import { API_KEY } from '../../description/operation.ts'
import { type Html, html, type Shown } from '../../page/html/html.ts'
import { table } from '../../page/html/parts.ts'
import { DOCUMENT } from '../document.ts'
import { members } from './schema.ts'
import { insideOf, joined, kindOf, nameIn, prose } from './words.ts'

const parameterRow = ({ name, in: where, required, description, schema }: AskedParameter): readonly Shown[] => [
  html`<code>${name}</code>`,
  where,
  html`${kindOf(schema)}${required && ', needed'}`,
  description !== undefined && prose(description),
]

const mediaOf = (content: Content = {}): Shown =>
  Object.entries(content).map(([type, media]) => {
    const each = media['x-itemSchema']
    const schema = each ?? media.schema
    return html`<p><code>${type}</code>: ${each !== undefined && 'lines of '}${kindOf(schema)}</p>${insideOf(schema).map(members)}`
  })

const answerOf = (answer: Answer | Reference): Answer =>
  '$ref' in answer ? (DOCUMENT.components.responses[nameIn(answer.$ref)] ?? { description: '' }) : answer

const headersOf = ({ headers = {} }: Answer): Shown => {
  const names = Object.keys(headers).filter((name) => name !== 'X-Content-Type-Options' && name !== 'Referrer-Policy')
  return (
    names.length > 0 &&
    html`<p>Headers: ${joined(
      names.map((name) => html`<code>${name}</code>`),
      ', ',
    )}</p>`
  )
}

/** Answers that are no problems are told whole; problems by their kinds. */
const answerRow = ([status, given]: readonly [string, Answer | Reference]): readonly Shown[] => {
  const answer = answerOf(given)
  const isProblem = answer.content?.['application/problem+json'] !== undefined
  return [
    status === 'default' ? 'else' : status,
    html`<p>${prose(answer.description)}</p>${!isProblem && [mediaOf(answer.content), headersOf(answer)]}`,
  ]
}

const exampleOf = (content: Content | undefined, what: string): Shown => {
  const example = content?.['application/json']?.example
  return (
    example !== undefined &&
    html`<details><summary>Example of ${what}</summary><pre tabindex="0">${JSON.stringify(example, null, 2)}</pre></details>`
  )
}

const successOf = ({ responses }: Operation): Content | undefined => {
  const found = Object.entries(responses).find(([status]) => status.startsWith('2'))
  return found === undefined ? undefined : answerOf(found[1]).content
}

/** All of an operation. */
export const operationSection = (path: string, method: string, operation: Operation): Html => {
  const { operationId, summary, description, parameters, requestBody, responses, security } = operation
  const scopes = security.flatMap((way) => way[API_KEY] ?? [])
  return html`
<section class="operation" id="${operationId}">
<h3><code>${method.toUpperCase()} ${path}</code></h3>
<p>${prose(summary)}. ${
    scopes.length === 0
      ? 'It needs no key.'
      : html`The key or token needs ${joined(
          scopes.map((scope) => html`<code>${scope}</code>`),
          ' or ',
        )}.`
  }</p>
${description !== undefined && html`<p>${prose(description)}</p>`}
${
  parameters.length > 0 &&
  table({
    caption: `What ${operationId} is asked with`,
    columns: ['Parameter', 'in', 'is', 'means'],
    rows: parameters.map(parameterRow),
  })
}
${
  requestBody !== undefined &&
  html`<div><p>The body${requestBody.description !== undefined && html`: ${prose(requestBody.description)}`}</p>${mediaOf(requestBody.content)}</div>`
}
${exampleOf(requestBody?.content, 'a body')}
${table({
  caption: `What ${operationId} answers`,
  columns: ['Status', 'Answer'],
  rows: Object.entries(responses).map(answerRow),
})}
${exampleOf(successOf(operation), 'an answer')}
</section>`
}
