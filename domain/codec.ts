import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'

/** What is made of a value that a codec does not read. */
export const UNREAD = Symbol('unread')

type Read<A> = (u: unknown) => A | typeof UNREAD

/**
 * A codec that is one function, `read`. Events are decoded by the hundred for one answer: whoever asks `read` is spared the
 * context and the `Either` that io-ts makes of each field. `refuse` tells what is wrong with a value that is not read.
 */
export class Codec<A, O = unknown> extends t.Type<A, O, unknown> {
  readonly read: Read<A>

  constructor(
    name: string,
    is: (u: unknown) => u is A,
    read: Read<A>,
    encode: (value: A) => O,
    refuse: t.Validate<unknown, A> = t.failure,
  ) {
    super(
      name,
      is,
      (u, context) => {
        const value = read(u)
        return value === UNREAD ? refuse(u, context) : E.right(value)
      },
      encode,
    )
    this.read = read
  }
}

/** `read` of any codec. */
export const readBy = <A>(codec: t.Decoder<unknown, A>): Read<A> => {
  if (codec instanceof Codec) return codec.read
  return (u) => {
    const decoded = codec.decode(u)
    return E.isRight(decoded) ? decoded.right : UNREAD
  }
}
