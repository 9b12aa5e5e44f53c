import type { Scope } from '../config/apiKeys.ts'
import { type Holder, hasAny } from './holder.ts'

/** Answers that are still being given, and to whom. */
export interface UnderWay {
  /** `end` ends one, and gives `false` where it has not begun. The function that comes back is called when it is over. */
  readonly begin: (by: Holder, scopes: readonly Scope[], end: () => boolean) => () => void
  /** Ends those of whoever may no longer have them. */
  readonly review: () => void
}

const AGAIN_MS = 1000

interface Answer {
  readonly by: Holder
  readonly scopes: readonly Scope[]
  readonly end: () => boolean
}

const mayGoOn = ({ by, scopes }: Answer): boolean => {
  const standing = by.asItStands()
  // Under another name it was recorded that somebody looked.
  return standing?.name === by.name && hasAny(standing, scopes)
}

export const answersUnderWay = (): UnderWay => {
  const answers = new Set<Answer>()
  let again: NodeJS.Timeout | undefined
  const review = (): void => {
    clearTimeout(again)
    const revoked = [...answers].filter((answer) => !mayGoOn(answer))
    // What has not begun may be short, and was asked for in time; if it is long it is ended once it has.
    if (revoked.filter(({ end }) => !end()).length > 0) again = setTimeout(review, AGAIN_MS).unref()
  }
  return {
    begin: (by, scopes, end) => {
      const answer: Answer = { by, scopes, end }
      answers.add(answer)
      return () => void answers.delete(answer)
    },
    review,
  }
}
