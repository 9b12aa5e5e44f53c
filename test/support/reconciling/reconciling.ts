import { expect } from 'chai'
import { answered, okText } from '../service/answers.ts'
import type { AskedService } from '../service/service.ts'

/** A line of the answer, as it is described. */
export interface RunLine {
  readonly type: 'recorded' | 'failed' | 'resent' | 'progress' | 'sum'
  readonly userId?: string
  readonly status?: { readonly before: string; readonly after: string }
  readonly observed?: { readonly revision: number; readonly eventId: string; readonly position: string } | null
  readonly released?: { readonly revision: number; readonly eventId: string } | null
  readonly knownToProvider?: boolean
  readonly lastComparedAt?: string | null
  readonly reason?: string | null
  readonly outcome?: string
  readonly checked?: number
  readonly recorded?: number
  readonly failed?: number
  readonly through?: string | null
}

export const asked = (url: string, body: object, options: RequestInit = {}): Promise<Response> =>
  fetch(`${url}/reconciliations`, { method: 'POST', body: JSON.stringify(body), ...options })

export const linesIn = (text: string): readonly RunLine[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as RunLine)

/** What came of a run, without what was told of how far it was. */
export const reconcile = async ({ url }: Pick<AskedService, 'url'>, body: object): Promise<readonly RunLine[]> => {
  const lines = linesIn(await okText(await asked(url, body)))
  expect(lines.at(-1)?.type).to.equal('sum')
  return lines.filter(({ type }) => type !== 'progress')
}

/** The status once the read model has come to what a run has recorded. */
export const statusAfter = async <A>(service: AskedService, userId: string, lines: readonly RunLine[]): Promise<A> => {
  const positions = lines.flatMap(({ observed }) => (observed ? [observed.position] : [])).sort()
  const last = positions.at(-1)
  const query = last === undefined ? '' : `?minPosition=${last}`
  return JSON.parse(await okText(await answered(() => service.get(`/users/${userId}/kyc${query}`)))) as A
}
