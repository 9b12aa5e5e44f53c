import type { EndpointFigures } from '../../../outgoing/sending.ts'
import { numberInWords } from '../../../words/numberInWords.ts'
import { type Html, html } from '../html/html.ts'
import { table, word } from '../html/parts.ts'

const STATES: Readonly<Record<EndpointFigures['state'], string>> = {
  on: 'on',
  down: 'down: one webhook at a time is tried until one is taken',
  off: 'off: nothing is sent until somebody switches it on, with npm run kyc -- webhooks --on',
}

/** How each endpoint of outgoing webhooks stands, by its name; nothing where there is none. */
export const endpointsSection = (endpoints: readonly EndpointFigures[]): Html | null =>
  endpoints.length === 0
    ? null
    : html`<h2>Telling others</h2>
${table({
  caption: 'Endpoints that are told of changes by webhooks',
  columns: ['Endpoint', 'State', 'Users to be told of', 'Delivered', 'Failed', 'Given up'],
  rows: endpoints.map(({ name, state, pending, delivered, failed, givenUp }) => [
    word(name),
    STATES[state],
    ...[pending, delivered, failed, givenUp].map(numberInWords),
  ]),
})}`
