import { PROBLEMS, type ProblemKind, typeOf } from '../problemKinds.ts'
import type { Answer, Header, Reference, Responses, Schema } from './openApi.ts'
import { ref, text } from './schemas.ts'

// What operations answer: media types, headers, and problems by their kinds.

type Headers = Readonly<Record<string, Header | Reference>>

/** Headers that many answers have. Their texts are held to be what is described. */
export const HEADERS = {
  NotKept: {
    description: 'Nobody on the way, nor the client itself, may keep the answer.',
    required: true,
    schema: { const: 'no-store' },
  },
  AskedEachTime: {
    description: 'The client may keep it, and has to ask about it each time.',
    required: true,
    schema: { const: 'private, no-cache' },
  },
  NeverChanges: {
    description: 'It never becomes another; the client may keep it.',
    required: true,
    schema: { const: 'private, max-age=31536000, immutable' },
  },
  NotSniffed: { description: 'It is what Content-Type says.', required: true, schema: { const: 'nosniff' } },
  NoReferrer: { description: 'Its address is told to nobody.', required: true, schema: { const: 'no-referrer' } },
  Challenge: {
    description: 'What is missing (RFC 6750, 3).',
    required: false,
    schema: { type: 'string', pattern: '^Bearer ' },
  },
  RetryAfter: {
    description: 'After so many seconds another try makes sense.',
    required: false,
    schema: { type: 'string', pattern: '^[0-9]+$' },
  },
  KycMeaning: {
    description: 'The version of the rules by which events were read.',
    required: true,
    schema: { type: 'string', pattern: '^[0-9]+$' },
  },
  KycCorrections: {
    description: 'How many times an operator has recorded that a clock was wrong.',
    required: true,
    schema: { type: 'string', pattern: '^[0-9]+$' },
  },
} as const satisfies Readonly<Record<string, Header>>

const headerRef = (name: keyof typeof HEADERS): Reference => ({ $ref: `#/components/headers/${name}` })

const kept = (how: 'NotKept' | 'AskedEachTime' | 'NeverChanges'): Headers => ({
  'Cache-Control': headerRef(how),
  'X-Content-Type-Options': headerRef('NotSniffed'),
  'Referrer-Policy': headerRef('NoReferrer'),
})

/** Who may keep an answer. */
export const NOT_KEPT = kept('NotKept')
export const ASKED_EACH_TIME = kept('AskedEachTime')
export const NEVER_CHANGES = kept('NeverChanges')

/** By what rules events were read. */
export const MEANING: Headers = {
  'Kyc-Meaning': headerRef('KycMeaning'),
  'Kyc-Corrections': headerRef('KycCorrections'),
}

/** JSON, which nobody may keep unless `headers` say otherwise. */
export const json = (description: string, schema: Schema, example: unknown, headers: Headers = NOT_KEPT): Answer => ({
  description,
  headers,
  content: { 'application/json': { schema, example } },
})

/** Plain text. */
export const plain = (description: string, headers: Headers, schema: Schema = text()): Answer => ({
  description,
  headers,
  content: { 'text/plain': { schema } },
})

/** Pages of JSON or lines of it, as the client asks. */
export const pagesOrLines = (
  description: string,
  page: Schema,
  example: unknown,
  line: Schema,
  headers: Headers = NOT_KEPT,
): Answer => ({
  description,
  headers,
  content: {
    'application/json': { schema: page, example },
    'application/x-ndjson': { schema: text('One JSON text a line.'), 'x-itemSchema': line },
  },
})

const ofKinds = (status: number, kinds: readonly ProblemKind[]): Schema => ({
  allOf: [
    ref('Problem'),
    {
      type: 'object',
      properties: { type: { enum: kinds.map(typeOf) }, status: { const: status } },
    },
  ],
})

/** Kinds that bring members of their own, each with the schema that has them. */
const WITH_MEMBERS: Readonly<Partial<Record<ProblemKind, string>>> = { 'user-erased': 'ErasedUser' }

const problemSchema = (status: number, kinds: readonly ProblemKind[]): Schema => {
  const plainKinds = kinds.filter((kind) => WITH_MEMBERS[kind] === undefined)
  const schemas = [
    ...(plainKinds.length === 0 ? [] : [ofKinds(status, plainKinds)]),
    ...kinds.flatMap((kind) => (WITH_MEMBERS[kind] === undefined ? [] : [ref(WITH_MEMBERS[kind])])),
  ]
  const [only] = schemas
  return schemas.length === 1 && only !== undefined ? only : { anyOf: schemas }
}

const HEADERS_OF: Readonly<Partial<Record<number, Headers>>> = {
  401: { 'WWW-Authenticate': headerRef('Challenge') },
  403: { 'WWW-Authenticate': headerRef('Challenge') },
  503: { 'Retry-After': headerRef('RetryAfter') },
}

const refused = (status: number, kinds: readonly ProblemKind[]): Answer => ({
  description: kinds.map((kind) => `\`${kind}\`: ${PROBLEMS[kind][1]}.`).join(' '),
  ...(HEADERS_OF[status] === undefined ? {} : { headers: HEADERS_OF[status] }),
  content: { 'application/problem+json': { schema: problemSchema(status, kinds) } },
})

/** What any path may answer, whatever it is asked: no more is promised of when. */
export const ANYWHERE = [
  'unreadable-request',
  'foreign-host',
  'internal-error',
  'event-store-unreachable',
  'history-damaged',
  'read-model-behind',
] as const satisfies readonly ProblemKind[]

const typesOfAnywhere: Schema = { type: 'object', properties: { type: { enum: ANYWHERE.map(typeOf) } } }

/** Answers that many operations have. */
export const ANSWERS: Readonly<Record<string, Answer>> = {
  NotKnown: refused(401, ['no-api-key', 'bad-token']),
  MissingScope: refused(403, ['missing-scope']),
  Anywhere: {
    description: `Whatever is asked, one of: ${ANYWHERE.map((kind) => `\`${kind}\` (${PROBLEMS[kind][0]})`).join(', ')}.`,
    content: { 'application/problem+json': { schema: { allOf: [ref('Problem'), typesOfAnywhere] } } },
  },
}

const answerRef = (name: string): Reference => ({ $ref: `#/components/responses/${name}` })

export const DEFAULT = answerRef('Anywhere')

const shared = (kinds: readonly ProblemKind[]): Reference | null => {
  const all = kinds.join()
  return all === 'no-api-key,bad-token'
    ? answerRef('NotKnown')
    : all === 'missing-scope'
      ? answerRef('MissingScope')
      : null
}

/** The problems of these kinds, by their statuses. As of all problems nobody may keep them (`NOT_KEPT`). */
export const problems = (...kinds: readonly ProblemKind[]): Responses =>
  Object.fromEntries(
    [...Map.groupBy(kinds, (kind) => PROBLEMS[kind][0])].map(([status, same]) => [
      String(status),
      shared(same) ?? refused(status, same),
    ]),
  )
