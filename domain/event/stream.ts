import type { UserId } from '../identifiers.ts'

const PREFIX = 'kyc-'

/** Verified webhooks whose user is not known, or that cannot be read yet. */
export const UNATTRIBUTED = `${PREFIX}unattributed`

/** The stream of a user. */
export const streamOf = (userId: UserId): string => `${PREFIX}${userId}`
