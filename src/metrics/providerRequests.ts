import type { Heard } from '../provider/asking.ts'
import type { Asked } from '../provider/failure.ts'
import { Counter, type Registry } from './prometheus.ts'

const ASKED = ['token', 'users', 'user', 'documents', 'retry'] as const
const OUTCOMES = ['answered', 'refused', 'busy', 'failing', 'other', 'no_answer'] as const
type Outcome = (typeof OUTCOMES)[number]

const groupOf = (asked: Asked): (typeof ASKED)[number] => ASKED.find((one) => one === asked) ?? 'retry'

/** What came of a request, by the status of its answer; `null`: there was none. */
const outcomeOf = (status: number | null): Outcome => {
  if (status === null) return 'no_answer'
  if (status === 401 || status === 403) return 'refused'
  if (status === 429) return 'busy'
  if (status >= 500) return 'failing'
  return status < 300 ? 'answered' : 'other'
}

export type ProviderRequests = Counter<'asked' | 'outcome'>

/** Requests to the provider's API: how much of its patience is used, and whether it lets us in. */
export const countProviderRequests = (registry: Registry): ProviderRequests => {
  const requests = new Counter({
    name: 'kyc_provider_requests_total',
    help: "Requests to the provider's API, by what was asked for and what came of it",
    labelNames: ['asked', 'outcome'] as const,
    registers: [registry],
  })
  for (const asked of ASKED) for (const outcome of OUTCOMES) requests.inc({ asked, outcome }, 0)
  return requests
}

/** Counts one of them. */
export const heardBy =
  (requests: ProviderRequests): Heard =>
  (asked, status) =>
    requests.inc({ asked: groupOf(asked), outcome: outcomeOf(status) })
