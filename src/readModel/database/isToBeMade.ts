import { existsSync } from 'node:fs'
import Database from 'better-sqlite3'
import { KYC_STATUS } from '../../../projections/kycStatus.ts'

/**
 * Whether the read model of a file begins with nothing: there is none, or it holds nothing yet, or is of another version. One that cannot
 * be read may hold something.
 */
export const isToBeMade = (file: string): boolean => {
  if (!existsSync(file)) return true
  let db: Database.Database | undefined
  try {
    db = new Database(file, { readonly: true, fileMustExist: true })
    const held = db
      .prepare<[string, number], number>(
        'SELECT position IS NOT NULL FROM checkpoint WHERE projection = ? AND version = ?',
      )
      .pluck()
      .get(KYC_STATUS.name, KYC_STATUS.version)
    return held !== 1
  } catch {
    return false
  } finally {
    db?.close()
  }
}
