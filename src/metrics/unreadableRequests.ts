import { Counter, type Registry } from './prometheus.ts'

/**
 * Why a request never became one: its headers are too large, it did not come in time, it is no HTTP, it lacks the header
 * `Host` (RFC 9112, 3.2), or it expects what nobody here knows (RFC 9110, 10.1.1).
 */
const UNREADABLE_REASONS = ['headers-too-large', 'not-in-time', 'not-http', 'no-host', 'expectation'] as const
export type UnreadableReason = (typeof UNREADABLE_REASONS)[number]

/** Requests that no handler ever saw. */
export const countUnreadable = (registry: Registry): Counter<'reason'> => {
  const unreadable = new Counter({
    name: 'kyc_unreadable_requests_total',
    help: 'Requests that no handler saw, by what was wrong with them',
    labelNames: ['reason'],
    registers: [registry],
  })
  for (const reason of UNREADABLE_REASONS) unreadable.inc({ reason }, 0)
  return unreadable
}
