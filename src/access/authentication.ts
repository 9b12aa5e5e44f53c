import * as E from 'fp-ts/lib/Either.js'
import type { ApiKey } from '../config/apiKeys.ts'
import type { Identified } from './holder.ts'
import { keyHolders } from './keyHolders.ts'
import type { RefusalReason } from './refusal.ts'
import type { TokenHolders } from './tokenHolders.ts'
import { answersUnderWay, type UnderWay } from './underWay.ts'

/** Who asks, as far as he can show it. */
export interface Authentication {
  /** Nobody has to say who he is: of a service on a loopback address without keys, for as long as it runs. */
  readonly isOpen: boolean
  /** Whether tokens are taken as well as keys. */
  readonly takesTokens: boolean
  /** Whose a key or a token is. At once, unless somebody else has to be asked first, or much to be reckoned. */
  readonly identify: (presented: string) => Identified | Promise<Identified>
  readonly underWay: UnderWay
  /** Counts that somebody was refused. */
  readonly refused: (reason: RefusalReason) => void
  /** What is to be done when keys or roles were replaced, or tokens may have expired. */
  readonly onReview: (review: () => void) => void
  /** Ends what was begun by whoever may no longer do it. */
  readonly review: () => void
}

const counted = (refused: Authentication['refused']) => {
  const underWay = answersUnderWay()
  const reviews: (() => void)[] = [underWay.review]
  return {
    underWay,
    refused,
    onReview: (review: () => void): void => void reviews.push(review),
    review: (): void => {
      for (const review of reviews) review()
    },
  }
}

/** Nobody has to say who he is. */
export const OPEN_TO_ALL: Authentication = {
  ...counted(() => undefined),
  isOpen: true,
  takesTokens: false,
  identify: () => E.left({ reason: 'unknown-key', detail: 'no keys are set here' }),
}

/** By the keys that there are by then, and by tokens where they are taken. */
export const byKeys = (
  keys: () => readonly ApiKey[],
  tokens: TokenHolders | null = null,
  refused: Authentication['refused'] = () => undefined,
): Authentication => {
  const holder = keyHolders(keys)
  const detail = tokens === null ? 'no such key is known here' : 'it is no token, and no such key is known here'
  return {
    ...counted(refused),
    isOpen: false,
    takesTokens: tokens !== null,
    identify: (presented) => {
      const found = holder(presented)
      if (found !== null) return E.right(found)
      return tokens?.isToken(presented) ? tokens.identify(presented) : E.left({ reason: 'unknown-key', detail })
    },
  }
}
