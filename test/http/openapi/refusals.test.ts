import { createHash } from 'node:crypto'
import type { Method, Operation } from '../../../src/http/description/openApi.ts'
import { API_KEY } from '../../../src/http/description/operation.ts'
import { DOCUMENT } from '../../../src/http/openapi/document.ts'
import { answerIn } from '../../support/description/operations.ts'
import { newDirectory } from '../../support/newDirectory.ts'
import { expectProblem } from '../../support/service/answers.ts'
import { sharedService } from '../../support/service/service.ts'
import { SECRET } from '../../support/webhooks/webhookBuilders.ts'

interface Described {
  readonly path: string
  readonly method: Method
  readonly operation: Operation
  /** A key needs one of them; none: no key is asked for. */
  readonly scopes: readonly string[]
}

const OPERATIONS: readonly Described[] = Object.entries(DOCUMENT.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => {
    const scopes = operation.security.flatMap((way) => way[API_KEY] ?? [])
    return { path, method: method as Method, operation, scopes }
  }),
)

const SCOPES = [...new Set(OPERATIONS.flatMap(({ scopes }) => scopes))]

/** The key of whoever has every scope but these. */
const without = (scopes: readonly string[]): string => `without:${scopes.join('+')}`
const entry = (key: string, scopes: readonly string[]): string =>
  `${key.replaceAll(/[:+]/g, '-')}:${scopes.join('+')}:${createHash('sha256').update(key).digest('hex')}`
const API_KEYS = [
  entry('all', SCOPES),
  ...new Set(
    OPERATIONS.map(({ scopes }) =>
      entry(
        without(scopes),
        SCOPES.filter((other) => !scopes.includes(other)),
      ),
    ),
  ),
].join(',')

/** Whether a kind of problem is described for the operation, by its own name. */
const describes = ({ path, method }: Described, status: number, kind: string): boolean =>
  answerIn({ path, method, status: String(status) })?.answer.description.includes(`\`${kind}\``) === true

describe('what the description says is refused', () => {
  const service = sharedService({ API_KEYS, TREEZOR_WEBHOOK_SECRET: SECRET }, newDirectory)

  const pathOf = (path: string, userId = '4711'): string =>
    path
      .replace('{userId}', userId)
      .replace('{path}', '0/000')
      .replaceAll(/\{\w+\}/g, '0')
  const ask = (
    { path, method }: Described,
    {
      key = 'all',
      query = '',
      userId = '4711',
      body,
    }: { key?: string; query?: string; userId?: string; body?: string } = {},
  ): Promise<Response> =>
    fetch(`${service().url}${pathOf(path, userId)}${query}`, {
      method: method.toUpperCase(),
      ...(method === 'get' ? {} : { body: body ?? '{"reason":"x"}' }),
      ...(key === '' ? {} : { headers: { authorization: `Bearer ${key}` } }),
    })

  for (const one of OPERATIONS.filter(({ operation }) =>
    Object.keys(operation.responses).some((s) => s >= '400' && s !== 'default'),
  )) {
    const { path, method, scopes } = one
    it(`is refused by ${method.toUpperCase()} ${path}`, async () => {
      if (scopes.length > 0) {
        await expectProblem(await ask(one, { key: '' }), 401, 'no-api-key')
        await expectProblem(await ask(one, { key: without(scopes) }), 403, 'missing-scope')
      }
      if (describes(one, 400, 'bad-parameter'))
        await expectProblem(await ask(one, { query: '?nonsense=1' }), 400, 'bad-parameter')
      if (describes(one, 400, 'bad-user-id')) await expectProblem(await ask(one, { userId: '007' }), 400, 'bad-user-id')
      if (describes(one, 400, 'bad-body'))
        await expectProblem(await ask(one, { body: '{"reason":7}' }), 400, 'bad-body')
      if (describes(one, 413, 'body-too-large'))
        await expectProblem(await ask(one, { body: ' '.repeat(1024 * 1024 + 1) }), 413, 'body-too-large')
    })
  }
})
