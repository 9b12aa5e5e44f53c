import { ANYWHERE } from '../../../src/http/description/answers.ts'
import type { Answer, Header, Method } from '../../../src/http/description/openApi.ts'
import { DOCUMENT } from '../../../src/http/openapi/document.ts'
import { PROBLEMS, typeOf } from '../../../src/http/problemKinds.ts'
import { answerIn, askedFor, operationOf } from './operations.ts'
import { faultIn } from './validators.ts'

/** As much of an answer as is looked at before its body is read. */
export interface Head {
  readonly method: string
  readonly pathname: string
  readonly status: number
  readonly header: (name: string) => string | null
}

/** What a head comes to: what is wrong with it, and what its body has to be. */
export interface Checked {
  readonly faults: readonly string[]
  /** `GET /users/{userId}/kyc 200`, where this very status is described. */
  readonly seen: string | null
  /** Where its schema stands in the description, and of what of the body it is; `null`: any body will do. */
  readonly body: { readonly pointer: readonly string[]; readonly of: keyof typeof TEXTS } | null
}

const NOTHING: Checked = { faults: [], seen: null, body: null }

const PROBLEM = ['components', 'schemas', 'Problem'] as const
const PROBLEM_TYPE = 'application/problem+json'

/** What comes in parts, each of which is described. */
const IN_PARTS: Readonly<Record<string, keyof typeof TEXTS>> = {
  'application/x-ndjson': 'each line',
  'text/event-stream': 'each event',
}

const DATA = 'data: '

/** The JSON texts of a body. */
const TEXTS = {
  all: (body: string) => [body],
  'each line': (body: string) => body.split('\n').filter((line) => line !== ''),
  'each event': (body: string) =>
    body.split('\n').flatMap((line) => (line.startsWith(DATA) ? [line.slice(DATA.length)] : [])),
} as const satisfies Readonly<Record<string, (body: string) => readonly string[]>>

/** What the raw server says of a request that no handler ever sees. */
const UNREADABLE = new Set([400, 408, 417, 431])

/** What is there for persons to look at, and what the client was sent on to. */
const isPage = ({ pathname, status, header }: Head): boolean =>
  /^text\/html/.test(header('content-type') ?? '') ||
  /^\/(page|docs)(\/|$)/.test(pathname) ||
  (status >= 300 && status < 400 && header('location') !== null)

const essence = (type: string | null): string | null => type?.split(';')[0]?.trim() ?? null

const everywhere = ({ header }: Head): readonly string[] => [
  ...(header('x-content-type-options') === 'nosniff' ? [] : ['no X-Content-Type-Options']),
  ...(['no-referrer', 'same-origin'].includes(header('referrer-policy') ?? '') ? [] : ['no Referrer-Policy']),
  ...(header('cache-control') === null ? ['no Cache-Control'] : []),
  ...(essence(header('content-type')) === PROBLEM_TYPE && header('cache-control') !== 'no-store'
    ? ['a problem that may be kept']
    : []),
  // RFC 7807, 6.1: there are none, and some who read problems know the type alone.
  ...(header('content-type')?.startsWith(`${PROBLEM_TYPE};`) ? ['a problem whose type has parameters'] : []),
]

const headerFaults = ({ header }: Head, answer: Answer, pointer: readonly string[]): readonly string[] =>
  Object.entries(answer.headers ?? {}).flatMap(([name, described]) => {
    const [, known] = '$ref' in described ? (/^#\/components\/headers\/(\w+)$/.exec(described.$ref) ?? []) : []
    const place = known === undefined ? [...pointer, 'headers', name] : ['components', 'headers', known]
    const { required } = known === undefined ? (described as Header) : (DOCUMENT.components.headers[known] as Header)
    const value = header(name)
    if (value === null) return required ? [`no ${name}`] : []
    const fault = faultIn([...place, 'schema'], value)
    return fault === null ? [] : [`${name}: ${fault}`]
  })

const isAnyProblem = (status: number): boolean => ANYWHERE.some((kind) => PROBLEMS[kind][0] === status)

/** Whether a body is a problem that any path may answer with. */
const isOfAnywhere = (body: unknown): boolean =>
  ANYWHERE.some((kind) => typeOf(kind) === (body as { readonly type?: unknown } | null)?.type)

/** An answer of a path that has not this method, or that is not there. */
const checkElse = (head: Head, methods: readonly string[] | null): Checked => {
  const { status, method, header } = head
  const isProblem = essence(header('content-type')) === PROBLEM_TYPE
  if (methods !== null && method === 'OPTIONS' && status === 204)
    return { ...NOTHING, faults: header('allow') === null ? ['no Allow'] : [] }
  if (methods !== null && status !== 405 && status !== 400) return { ...NOTHING, faults: [`${status}, and not 405`] }
  if (status === 405 && header('allow') === null) return { ...NOTHING, faults: ['no Allow'] }
  if (!isProblem) return { ...NOTHING, faults: [`no problem document: ${header('content-type')}`] }
  return { ...NOTHING, body: { pointer: [...PROBLEM], of: 'all' } }
}

/** Holds the head of an answer against the description. */
export const checkHead = (head: Head): Checked => {
  const { status, pathname, header } = head
  const type = essence(header('content-type'))
  const faults = [...everywhere(head)]
  if ((type === null && UNREADABLE.has(status)) || isPage(head)) return { ...NOTHING, faults }
  const asked = askedFor(pathname)
  const method = (head.method === 'HEAD' ? 'GET' : head.method).toLowerCase() as Method
  const operation = asked === null ? undefined : operationOf(asked.path, method)
  if (asked === null || operation === undefined) {
    const other = checkElse(head, asked?.methods ?? null)
    return { ...other, faults: [...faults, ...other.faults] }
  }
  const of = { path: asked.path, method }
  const exact = answerIn({ ...of, status: String(status) })
  const found = exact ?? (isAnyProblem(status) && type === PROBLEM_TYPE ? answerIn({ ...of, status: 'default' }) : null)
  if (found === null) return { ...NOTHING, faults: [...faults, `${status} is not described`] }
  const { answer, pointer } = found
  faults.push(...headerFaults(head, answer, pointer))
  const seen = exact === null ? null : `${method.toUpperCase()} ${asked.path} ${status}`
  if (answer.content === undefined) return { faults, seen, body: null }
  const media = answer.content[type ?? '']
  if (media === undefined) return { faults: [...faults, `${type} is not described`], seen, body: null }
  const part = IN_PARTS[type ?? '']
  if (part === undefined && type?.endsWith('json') !== true) return { faults, seen, body: null }
  const schema = part === undefined ? 'schema' : 'x-itemSchema'
  return { faults, seen, body: { pointer: [...pointer, 'content', type ?? '', schema], of: part ?? 'all' } }
}

/** Holds a body against what it has to be; what is wrong, or `null`. */
export const checkBody = ({ pointer, of }: NonNullable<Checked['body']>, text: string): string | null => {
  for (const one of TEXTS[of](text)) {
    let value: unknown
    try {
      value = JSON.parse(one)
    } catch {
      return 'it is no JSON'
    }
    const fault = faultIn(pointer, value)
    if (fault === null || isOfAnywhere(value)) continue
    return fault
  }
  return null
}
