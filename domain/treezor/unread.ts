import type { AboutUser } from './aboutUser.ts'
import { type Family, familyOfName } from './family.ts'
import { COMMON_WORDS, hasOneOf, LIFECYCLE_WORDS, type Mentions, OWN_WORDS } from './mentions.ts'

/** Whether something that cannot be read may be of this service, whatever its webhook is called. */
export const mayBeOurs = (mentions: Mentions, name: string | null): boolean =>
  familyOfName(name) !== null || (mentions.namesSomebody && hasOneOf([...OWN_WORDS, ...COMMON_WORDS], mentions))

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

/**
 * What is said to everybody who is named in something that cannot be read: that there is something, where (`path`), and
 * whether it may have decided about them.
 */
export const unreadStatements = (
  mentions: Mentions,
  path: string,
  /** Of which kind it is, where that can be told. */
  family: Family | null,
  name: string | null,
): readonly UnreadStatement[] => {
  const isFollowed = family !== null || familyOfName(name) !== null
  const decides = hasOneOf(isFollowed ? [...OWN_WORDS, ...COMMON_WORDS] : OWN_WORDS, mentions)
  return mentions.users.map((userId) => ({
    region: 'unread',
    userId,
    says: 'unknown',
    notUnderstood: null,
    statedAt: null,
    path: `object_payload${path}`,
    decides,
    // Of several who are named, it cannot be told who is.
    closes: decides && mentions.cancels && mentions.users.length === 1,
    ofLifecycle: (family ?? familyOfName(name)) === 'kyc' || hasOneOf(LIFECYCLE_WORDS, mentions),
  }))
}
