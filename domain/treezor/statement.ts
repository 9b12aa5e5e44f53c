import type { DocumentStatement } from './document.ts'
import type { IdentificationStatement } from './identification.ts'
import type { LifecycleStatement } from './kyc.ts'
import type { LivenessStatement } from './liveness.ts'
import type { UnreadStatement } from './unread.ts'
import type { LegacyStatement } from './user.ts'

/** What a webhook says about one user (or one document or identification of his): the domain's reading of a payload. */
export type Statement =
  | LegacyStatement
  | LifecycleStatement
  | DocumentStatement
  | LivenessStatement
  | IdentificationStatement
  | UnreadStatement
