import type { UserId } from '../../domain/identifiers.ts'
import type { Instant } from '../../domain/instant.ts'
import type { Clock } from '../clock/clock.ts'
import type { Provider, ResendStep } from '../provider/provider.ts'
import type { CompareUsers, Recorded } from './compareUser.ts'
import type { UsersOfLog } from './everybody.ts'
import type { Lease } from './lease.ts'
import type { Progress } from './progress.ts'

/** What is asked for. */
export type Asked = (
  | { readonly work: 'users'; readonly users: readonly UserId[] }
  | { readonly work: 'suspects' }
  | { readonly work: 'sweep' }
  | { readonly work: 'resend'; readonly from: Instant; readonly to: Instant }
) & {
  /** Nothing is recorded, nothing sent again, and no run is moved on by it. */
  readonly dryRun: boolean
}

/** What is told while it goes on. */
export type Told =
  /** `lastComparedAt`: when this node did so before; `null` where it never has, or knows no more. */
  | (Recorded & { readonly lastComparedAt: Instant | null })
  /** `userId`: `null` where the provider does not say so that it can be read whom it is about. */
  | { readonly _tag: 'Failed'; readonly userId: UserId | null; readonly reason: string }
  | { readonly _tag: 'Resent'; readonly step: ResendStep }

/** Counts of a run. */
export interface Sums {
  /** Users who were held against what the provider says. */
  checked: number
  recorded: number
  released: number
  failed: number
  /** The last user it came to. */
  through: UserId | null
}

export const noSums = (): Sums => ({ checked: 0, recorded: 0, released: 0, failed: 0, through: null })

/** How it ended. `broken-off`: by whoever asked, or the end of the service. */
export interface End {
  readonly outcome: 'complete' | 'broken-off' | 'failed'
  /** For a person; `null` of one that came to its end. */
  readonly reason: string | null
}

export const COMPLETE: End = { outcome: 'complete', reason: null }
export const failed = (reason: string): End => ({ outcome: 'failed', reason })

export const BROKEN_OFF: End = { outcome: 'broken-off', reason: 'it goes on where it was' }
export const LEASE_LOST = failed('another node has taken the lease')

/** What a run works with. */
export interface Running {
  readonly compare: CompareUsers
  readonly provider: Pick<Provider, 'users' | 'resend'>
  /** Who looks as if a webhook was missed, behind one of them. */
  readonly suspects: (after: UserId | null, limit: number) => readonly UserId[]
  readonly usersOfLog: UsersOfLog
  readonly progress: Progress
  /** `null`: of a run that moves nothing on, or is about a few who were named. */
  readonly lease: Lease | null
  readonly now: Clock
  readonly sums: Sums
  readonly dryRun: boolean
  readonly signal: AbortSignal
}
