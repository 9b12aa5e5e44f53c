import type { ReceiptCorrection } from '../../domain/event/receiptCorrection.ts'
import { KYC_STATUS } from '../../projections/kycStatus.ts'

/**
 * On every answer: whatever a body holds, it is what its type says (https://fetch.spec.whatwg.org/#x-content-type-options-header);
 * and no page tells others where it was read, since a path may name a user (https://www.w3.org/TR/referrer-policy/).
 */
const ON_EVERY_ANSWER = { 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer' } as const

/**
 * By what events were read: the version of the rules, and how many clocks are known to have been wrong. Where both are the
 * same, so are the answers to the same question about the past.
 */
export const meaningOf = (corrections: readonly ReceiptCorrection[]) =>
  ({ 'Kyc-Meaning': String(KYC_STATUS.version), 'Kyc-Corrections': String(corrections.length) }) as const

/** Nobody on the way, nor the client itself, may keep it (RFC 9111, 5.2.2.5): it tells of a person, or of this moment. */
export const NOT_KEPT = { 'Cache-Control': 'no-store', ...ON_EVERY_ANSWER } as const

/** The client may keep it, and has to ask about it each time. */
export const ASKED_EACH_TIME = { 'Cache-Control': 'private, no-cache', ...ON_EVERY_ANSWER } as const

/** Headers of a status, of which that is true: as names and values in turn. */
export const ASKED_AGAIN: readonly string[] = Object.entries(ASKED_EACH_TIME).flat()

/** It never becomes another (RFC 8246). For whoever has the key that it was given for: nobody on the way keeps it for others. */
export const NEVER_CHANGES = {
  'Cache-Control': 'private, max-age=31536000, immutable',
  ...ON_EVERY_ANSWER,
} as const
