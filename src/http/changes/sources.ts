import type { Authentication } from '../../access/authentication.ts'
import type { Changes } from '../../changes/change.ts'

/** What changes are told out of. */
export interface ChangeSources {
  readonly changes: Changes
  /** Of the log; `''` until it is joined, before which nothing is told. */
  readonly logId: () => string
  readonly authentication: Authentication
}
