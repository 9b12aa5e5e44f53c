import type * as E from 'fp-ts/lib/Either.js'
import type { Scope } from '../config/apiKeys.ts'
import type { Refusal } from './refusal.ts'

/** Whom a key or a token was given to. */
export interface Holder {
  /** What persons are told apart by: the name of the key, or of a token its issuer and subject. */
  readonly name: string
  readonly scopes: readonly Scope[]
  /** The same as it stands by now: what it may do can have become another thing. `null`: nothing any more. */
  readonly asItStands: () => Holder | null
}

/** Whether somebody has one of these scopes; where it takes none he needs none. */
export const hasAny = ({ scopes }: Holder, needed: readonly Scope[]): boolean =>
  needed.length === 0 || needed.some((scope) => scopes.includes(scope))

/** Whose a text is that was presented; or why it is taken for nobody's. */
export type Identified = E.Either<Refusal, Holder>

const OF_TOKEN = 'jwt:'

/** Whoever has this subject at this issuer, by whichever token. No key can be called so: their names hold no colon. */
export const subjectName = (issuer: string, subject: string): string => `${OF_TOKEN}${issuer}#${subject}`

export const isOfToken = ({ name }: Pick<Holder, 'name'>): boolean => name.startsWith(OF_TOKEN)

/** What the log may say of who acted: a subject can be a person's address, which belongs into no log of a process. */
export const nameForLog = (name: string | null): string | null =>
  name !== null && isOfToken({ name }) ? 'a token' : name
