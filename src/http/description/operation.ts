import type { Scope } from '../../config/apiKeys.ts'
import type { ProblemKind } from '../problemKinds.ts'
import { DEFAULT, problems } from './answers.ts'
import type { AskedParameter, Operation, Responses } from './openApi.ts'

/** An operation as it is written beside its route. */
interface Described extends Omit<Operation, 'responses' | 'security' | 'parameters' | 'tags'> {
  readonly tag: string
  /** What the key or the token needs, or one of several; `null`: none is asked for. */
  readonly scope: Scope | readonly Scope[] | null
  readonly parameters?: readonly AskedParameter[]
  readonly answers: Responses
  /** The problems that it may answer with, beside those that any path may. */
  readonly refusals?: readonly ProblemKind[]
}

/** The names of the ways of being let in: a key of this service, or a token of an issuer that it trusts. */
export const API_KEY = 'apiKey'
export const TOKEN = 'token'

const NOT_LET_IN = ['no-api-key', 'bad-token', 'missing-scope', 'issuer-unreachable'] as const

/** Completes a description with what is the same everywhere: the key, and what any path may answer. */
export const operation = ({ tag, scope, parameters = [], answers, refusals = [], ...rest }: Described): Operation => ({
  ...rest,
  tags: [tag],
  parameters,
  responses: {
    ...answers,
    ...problems(...refusals, ...(scope === null ? [] : NOT_LET_IN)),
    default: DEFAULT,
  },
  security: (scope === null ? [] : [scope].flat()).flatMap((one) => [{ [API_KEY]: [one] }, { [TOKEN]: [one] }]),
})
