import type Database from 'better-sqlite3'
import type { UserId } from '../../../domain/identifiers.ts'
import { format } from '../../../domain/instant.ts'
import type { RetentionPolicy } from '../../../domain/retention/policy.ts'
import { retentionClock } from '../../../domain/retention/retentionClock.ts'
import type { RetentionFacts } from '../../../domain/retention/retentionFacts.ts'

/** When users are due to go, by the policy of this service: no other part of the read model goes by one. */
export interface DueTables {
  /** The policy to go by from now on; what the table holds by another one is worked out anew. Without one nobody is due. */
  readonly goBy: (policy: RetentionPolicy | null) => void
  /** Part of a transaction: what is known of a user now; `null` where nothing is that counts. */
  readonly putDue: (userId: UserId, facts: RetentionFacts | null) => void
}

export const dueTables = (db: Database.Database): DueTables => {
  let policy: RetentionPolicy | null = null
  const put = db.prepare<[string, string]>('INSERT OR REPLACE INTO due (user_id, due_at) VALUES (?, ?)')
  const remove = db.prepare<[string]>('DELETE FROM due WHERE user_id = ?')
  const removeAll = db.prepare<[]>('DELETE FROM due')
  const workedOutBy = db.prepare<[], string>('SELECT policy FROM due_policy').pluck()
  const forgetPolicy = db.prepare<[]>('DELETE FROM due_policy')
  const notePolicy = db.prepare<[string]>('INSERT INTO due_policy (policy) VALUES (?)')
  const kept = db.prepare<[], { readonly userId: UserId; readonly retention: string }>(
    'SELECT user_id AS userId, retention FROM kyc_status WHERE retention IS NOT NULL',
  )

  const putDue: DueTables['putDue'] = (userId, facts) => {
    const clock = facts === null || policy === null ? null : retentionClock(facts, policy)
    if (clock?._tag === 'Running') put.run(userId, format(clock.dueAt))
    else remove.run(userId)
  }
  const workOutAnew = db.transaction((text: string) => {
    removeAll.run()
    for (const { userId, retention } of kept.all()) putDue(userId, JSON.parse(retention) as RetentionFacts)
    forgetPolicy.run()
    notePolicy.run(text)
  })

  return {
    goBy: (now) => {
      policy = now
      const text = JSON.stringify(now)
      if (text !== (workedOutBy.get() ?? JSON.stringify(null))) workOutAnew.immediate(text)
    },
    putDue,
  }
}
