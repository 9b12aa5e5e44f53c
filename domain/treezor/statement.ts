import type { UserId } from '../identifiers.ts'
import type { Instant } from '../instant.ts'
import type { StateOf } from '../regions.ts'
import type { Code } from './codes.ts'
import type { Found } from './fields.ts'

/** A deciding field that could not be understood, or that another one contradicts: where it stands in the webhook, what was expected there and what is. */
export interface NotUnderstood {
  readonly path: string
  readonly expected: string
  readonly found: Found | 'another value'
  /** Default: `unknown-value`. */
  readonly kind?: 'unknown-value' | 'payload-contradicts'
}

interface AboutUser<R extends string, S> {
  readonly region: R
  readonly userId: UserId
  readonly says: S
  /** Why `says` is `unknown`, or what speaks against it; else `null`. */
  readonly notUnderstood: NotUnderstood | null
  /** The time that the payload itself states, if any. */
  readonly statedAt: Instant | null
}

export interface LegacyStatement extends AboutUser<'legacy', StateOf<'legacy'>> {
  readonly review: Code | null
  readonly level: Code | null
  readonly userStatus: string | null
}

export interface LifecycleStatement extends AboutUser<'lifecycle', StateOf<'lifecycle'>> {
  readonly review: Code | null
  readonly level: Code | null
  readonly reviewType: string | null
  readonly codeStatus: string | null
  readonly lastRequestAt: Instant | null
  readonly lastReviewAt: Instant | null
  readonly nextReviewDate: string | null
}

export interface DocumentStatement extends AboutUser<'documents', StateOf<'documents'>> {
  readonly documentId: string
  readonly type: Code | null
  readonly codeStatus: string | null
}

/** What is said about a document whose user is not named: it speaks of whoever owns the document. */
export type OrphanStatement = Omit<DocumentStatement, 'userId'>

/** Why an identification was refused or broken off, in the provider's words. */
export interface Reason {
  readonly code: string
  readonly message: string
}

export interface LivenessStatement extends AboutUser<'liveness', StateOf<'liveness'>> {
  /** From the envelope, which is not signed: the payload does not name its identification. */
  readonly identificationId: string
  readonly startedAt: Instant | null
  readonly score: number | null
  readonly reasons: readonly Reason[]
}

/** What QES and video conference say, alike. */
export interface IdentificationStatement extends AboutUser<'qes' | 'videoConference', StateOf<'qes'>> {
  readonly identificationId: string
  readonly result: string | null
  readonly reasons: readonly Reason[]
}

/**
 * What names a user and cannot be read by this version. It says no more than that there is something: `decides` where it
 * holds a key that decides a state, so that nothing is certain until a later event settles it.
 */
export interface UnreadStatement extends AboutUser<'unread', 'unknown'> {
  /** What cannot be read. */
  readonly path: string
  readonly decides: boolean
  /** It says that the user is canceled. */
  readonly closes: boolean
  /** It belongs to the New KYC Life Cycle. */
  readonly ofLifecycle: boolean
}

/** What a webhook says about one user (or one document or identification of his): the domain's reading of a payload. */
export type Statement =
  | LegacyStatement
  | LifecycleStatement
  | DocumentStatement
  | LivenessStatement
  | IdentificationStatement
  | UnreadStatement
