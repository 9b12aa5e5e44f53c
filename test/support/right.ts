import type { Either } from 'fp-ts/lib/Either.js'

/** The right value, or a failed test that shows the left one. */
export const right = <A>(either: Either<unknown, A>): A => {
  if (either._tag === 'Left') throw new Error(`expected success, got ${JSON.stringify(either.left)}`)
  return either.right
}

/** The left value, or a failed test that shows the right one. */
export const left = <E>(either: Either<E, unknown>): E => {
  if (either._tag === 'Right') throw new Error(`expected a failure, got ${JSON.stringify(either.right)}`)
  return either.left
}
