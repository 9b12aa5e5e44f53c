import { expect } from 'chai'
import { eventually } from '../patience.ts'

/** The answer to a delivery that was taken. */
export interface Taken {
  readonly outcome: string
  readonly events: readonly {
    readonly stream: string
    readonly revision: number
    readonly position: string
    readonly eventId: string
  }[]
}

export interface Anomaly {
  readonly kind: string
  readonly eventId: string
  readonly at: string | null
  readonly detail: string
}

/** As much of `GET /users/{userId}/kyc` as tests look at. */
export interface KycStatus {
  readonly userId: string
  readonly status: string
  readonly verified: boolean
  readonly governedBy: string
  readonly legacy: Record<string, unknown> & { readonly state: string }
  readonly lifecycle: Record<string, unknown> & { readonly state: string }
  readonly documents: readonly Record<string, unknown>[]
  readonly liveness: (Record<string, unknown> & { readonly state: string }) | null
  readonly qes: (Record<string, unknown> & { readonly state: string }) | null
  readonly videoConference: (Record<string, unknown> & { readonly state: string }) | null
  readonly observed: (Record<string, unknown> & { readonly stands: boolean; readonly overlays: boolean }) | null
  readonly heldBack: readonly {
    readonly stream: string
    readonly revision: number
    readonly eventId: string
    readonly payloadHash: string
    readonly why: string
  }[]
  readonly released: Record<string, unknown> | null
  readonly anomalies: readonly Anomaly[]
  readonly events: number
  readonly revision: number
}

/** An event as `GET /users/{userId}/events` gives it. */
export interface EventJson {
  readonly eventId: string
  readonly type: string
  readonly stream: string
  readonly revision: number
  readonly position: string
  readonly metadata: Record<string, unknown>
  readonly data: Record<string, unknown>
}

/** Asks again while the answer is 503: the service waits two seconds for its read model, a test longer. */
export const answered = (ask: () => Promise<Response>): Promise<Response> =>
  eventually('an answer that is not 503', async () => {
    const response = await ask()
    if (response.status !== 503) return response
    await response.arrayBuffer()
    return null
  })

/** Checks that the answer is a 200, and gives its text. */
export const okText = async (response: Response): Promise<string> => {
  const text = await response.text()
  expect(response.status, text).to.equal(200)
  return text
}

/** The members of their own that kinds of problems have. */
const OWN_MEMBERS: Readonly<Record<string, readonly string[]>> = {
  'user-erased': ['erasedAt', 'erasure', 'record', 'proof'],
}

/** Checks that the answer is a problem document with this status, of this kind if one is given, and gives its text. */
export const expectProblem = async (response: Response, status: number, kind?: string): Promise<string> => {
  const text = await response.text()
  expect(response.status, text).to.equal(status)
  expect(response.headers.get('content-type')).to.match(/^application\/problem\+json/)
  expect(response.headers.get('cache-control')).to.equal('no-store')
  expect(response.headers.get('x-content-type-options')).to.equal('nosniff')
  const problem = JSON.parse(text) as Record<string, unknown>
  const own = kind === undefined ? [] : (OWN_MEMBERS[kind] ?? [])
  expect(Object.keys(problem)).to.deep.equal(['type', 'title', 'status', 'detail', ...own])
  expect(problem['status']).to.equal(status)
  expect(problem['type']).to.match(kind === undefined ? /^\/problems\/[a-z-]+$/ : new RegExp(`^/problems/${kind}$`))
  expect(problem['title']).to.be.a('string')
  expect(problem['detail']).to.be.a('string')
  return text
}
