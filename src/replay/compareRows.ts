import { isDeepStrictEqual } from 'node:util'
import { isOfLog } from '../readModel/database/schema.ts'
import type { ReadModelSnapshot, Row } from '../readModel/database/snapshot.ts'

const describe = (row: Row | undefined): string =>
  row === undefined ? 'no row' : 'status' in row ? `${row['status']}, revision ${row['revision']}` : 'a row'

/**
 * Goes through all tables of both read models that the log alone fills, and tells of every row that is not the same. Gives how many there
 * are in use, and how many differ. Who is due the service works out when it takes the rebuilt one up: a replay goes by no policy.
 */
export const compareRows = (
  served: ReadModelSnapshot,
  rebuilt: ReadModelSnapshot,
  report: (line: string) => void,
): { readonly rows: number; readonly differences: number } => {
  let [rows, differences] = [0, 0]
  const look = (table: string, key: Row, before: Row | undefined, after: Row | undefined): void => {
    if (isDeepStrictEqual(before, after)) return
    differences += 1
    const name = table === 'kyc_status' ? 'user' : table
    const id = rebuilt.keyOf(table).map((column) => key[column])
    report(`${name} ${id.join(' ')}: served ${describe(before)}; rebuilt ${describe(after)}`)
  }
  for (const table of rebuilt.tables().filter(isOfLog)) {
    for (const row of served.rows(table)) {
      rows += 1
      look(table, row, row, rebuilt.rowLike(table, row))
    }
    for (const row of rebuilt.rows(table)) {
      if (served.rowLike(table, row) === undefined) look(table, row, undefined, row)
    }
  }
  return { rows, differences }
}
