import * as E from 'fp-ts/lib/Either.js'
import type { Question } from '../../../../domain/answer/question.ts'
import type { Instant } from '../../../../domain/instant.ts'
import { type TypedTime, typedTime } from '../../../words/typedTime.ts'

/** What stands in the two fields of a question in time, as it was typed. */
export interface TypedQuestion {
  readonly asOf: string | null
  readonly knownAt: string | null
}

/** What is wrong with a field, for whoever has typed it. */
export type FieldFaults = Readonly<Partial<Record<keyof TypedQuestion, string>>>

const DAY = 86_400_000_000

const NOT_ASKED: E.Either<string, TypedTime | null> = E.right(null)

const read = (text: string | null): typeof NOT_ASKED =>
  text === null || text.trim() === '' ? NOT_ASKED : typedTime(text)

/** By when it was or was known. The day that has begun counts up to now; of what is to come nobody knows anything. */
const upToNow =
  (now: Instant, toCome: string) =>
  (typed: TypedTime | null): E.Either<string, Instant | null> => {
    if (typed === null || typed.at <= now) return E.right(typed?.at ?? null)
    return typed.isDay && typed.at - DAY < now ? E.right(null) : E.left(`that is still to come: ${toCome}`)
  }

/** Reads both fields; says of each what is wrong with it. */
export const askedQuestion = (typed: TypedQuestion, now: Instant): E.Either<FieldFaults, Question> => {
  const asOf = E.chain(upToNow(now, 'how things will stand then is not known now'))(read(typed.asOf))
  const knownAt = E.chain(upToNow(now, 'what will be known is not known now'))(read(typed.knownAt))
  if (E.isRight(asOf) && E.isRight(knownAt)) return E.right({ asOf: asOf.right, knownAt: knownAt.right })
  return E.left({
    ...(E.isLeft(asOf) ? { asOf: asOf.left } : {}),
    ...(E.isLeft(knownAt) ? { knownAt: knownAt.left } : {}),
  })
}
