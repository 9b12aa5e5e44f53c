import type Database from 'better-sqlite3'
import type { UserId } from '../../../domain/identifiers.ts'

/** By the number that an id is, and not as a text. */
export const BY_NUMBER = 'CREATE INDEX kyc_status_by_number ON kyc_status (length(user_id), user_id);'

export const OF_SAME_LENGTH = `SELECT user_id FROM kyc_status
  WHERE length(user_id) = length(@after) AND user_id > @after ORDER BY user_id LIMIT @limit`
export const LONGER = `SELECT user_id FROM kyc_status
  WHERE length(user_id) > length(@after) ORDER BY length(user_id), user_id LIMIT @limit`

/** Users by ascending number. */
export interface NumberReader {
  readonly usersByNumber: (after: UserId | null, limit: number) => readonly UserId[]
}

interface Asked {
  readonly after: string
  readonly limit: number
}

export const numberReader = (db: Database.Database): NumberReader => {
  const same = db.prepare<[Asked], UserId>(OF_SAME_LENGTH).pluck()
  const longer = db.prepare<[Asked], UserId>(LONGER).pluck()
  return {
    usersByNumber: (behind, limit) => {
      const after = behind ?? ''
      const found = same.all({ after, limit })
      return found.length === limit ? found : [...found, ...longer.all({ after, limit: limit - found.length })]
    },
  }
}
