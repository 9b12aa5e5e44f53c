import { type Instant, later } from '../instant.ts'
import type { Statement } from '../treezor/statement.ts'

/** The documents' dates mix up UTC and Paris: they date an event where nothing else does, and refute nothing. */
export const isBinding = ({ region }: Pick<Statement, 'region'>): boolean => region !== 'documents'

/** The latest time that the payload states about what it says; `null` where it states none. */
export const latestStatedAt = (statements: readonly Pick<Statement, 'statedAt'>[]): Instant | null =>
  statements.reduce<Instant | null>((latest, statement) => later(latest, statement.statedAt), null)
