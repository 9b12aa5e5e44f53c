import type { RequestHandler } from 'express'
import { type Html, html } from '../../page/html/html.ts'
import { sendPage } from '../../page/html/sendPage.ts'
import { DOCUMENT } from '../document.ts'
import { operationSection } from './operation.ts'
import { schemaSection } from './schema.ts'
import { paragraphs, prose } from './words.ts'

const { info, tags, paths, components } = DOCUMENT

const operations = Object.entries(paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
)

const ofTag = (tag: string) => operations.filter(({ operation }) => operation.tags.includes(tag))

const contents = (): Html => html`
<nav aria-label="Paths"><dl class="facts">${tags.map(
  ({ name }) => html`
<div><dt>${name}</dt><dd><ul>${ofTag(name).map(
    ({ path, method, operation }) => html`
<li><a href="#${operation.operationId}"><code>${method.toUpperCase()} ${path}</code></a></li>`,
  )}</ul></dd></div>`,
)}</dl></nav>`

const main = (): Html => html`<h1>The API</h1>
<p>${prose(info.summary)}. The same for programs: <a href="/openapi.json">/openapi.json</a>.</p>
${paragraphs(info.description)}
${contents()}
${tags.map(
  ({ name, description }) => html`
<h2>${name}</h2>
<p>${prose(description)}</p>
${ofTag(name).map(({ path, method, operation }) => operationSection(path, method, operation))}`,
)}
<h2>What values are</h2>
${Object.entries(components.schemas).map(([name, schema]) => schemaSection(name, schema))}`

/** The description for persons: `GET /docs`. The same for everybody, and made once. */
export const docs = (): RequestHandler => {
  let made: Html | undefined
  return (req, res) => {
    made ??= main()
    sendPage(req, res, { title: 'The API', main: made })
  }
}
