import type { SpanJson } from './spanJson.ts'

const WORD = /^[A-Za-z][A-Za-z_-]{0,40}$/
const ROUTE = /^(?:\/(?:[a-z][a-z0-9.-]*|\{[a-zA-Z]+\}))+$|^\/$/
const METHOD = /^(?:GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH|_OTHER)$/

/** Whatever may stand in a span, and what it may be: nothing else has been looked at for persons. */
const ATTRIBUTES: Readonly<Record<string, RegExp>> = {
  'http.request.method': METHOD,
  'http.route': ROUTE,
  'http.response.status_code': /^\d{3}$/,
  'url.scheme': /^http$/,
  'network.protocol.version': /^1\.[01]$/,
  'error.type': /^(?:\d{3}|[A-Za-z][A-Za-z_-]{0,40})$/,
  'exception.type': WORD,
  'kyc.problem': WORD,
  'kyc.delivery.outcome': WORD,
  'kyc.verdict': WORD,
  'kyc.decision': WORD,
  'kyc.events': /^\d{1,4}$/,
  'kyc.commit.requests': /^\d{1,4}$/,
  'kyc.projected': /^(?:true|false)$/,
  'kyc.projected.appends': /^\d{1,4}$/,
  'kyc.webhook.outcome': WORD,
  'db.system.name': /^eventstoredb$/,
  'db.operation.name': /^(?:streams|all)\.(?:append|read)$/,
  'server.address': /^127\.0\.0\.1$/,
  'server.port': /^\d{1,5}$/,
}
const NAMES =
  /^(?:verify|decide|append|project|delivery|streams\.append|streams\.read|all\.read|HTTP|[A-Z]+(?: \/[a-zA-Z0-9{}/.-]*)?)$/
const EVENTS = /^(?:turn|sent to the writer|exception)$/

/** What stands in a span and is not among what may; by where it stands, without itself. */
export const strangeIn = ({ name, attributes, events, links, status }: SpanJson): readonly string[] => {
  const of = (all: Readonly<Record<string, unknown>>): readonly string[] =>
    Object.entries(all).flatMap(([key, value]) =>
      ATTRIBUTES[key]?.test(String(value)) === true ? [] : [`${key}: ${value}`],
    )
  return [
    ...(NAMES.test(name) ? [] : [`name: ${name}`]),
    ...of(attributes),
    ...events.flatMap((event) => [
      ...(EVENTS.test(event.name) ? [] : [`event: ${event.name}`]),
      ...of(event.attributes),
    ]),
    ...links.flatMap((link) => of(link.attributes)),
    ...(status.message === undefined || status.message === '' ? [] : [`status: ${status.message}`]),
  ]
}
