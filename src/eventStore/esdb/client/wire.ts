/**
 * Messages of protobuf (https://protobuf.dev/programming-guides/encoding/), written and read in place: the client's generated
 * code makes objects of every message and of each one in it, which costs more than all else of a call.
 */

const NUMBER = 0
const FIXED_64 = 1
const BYTES = 2
const FIXED_32 = 5

/** How many bytes a number takes. */
export const sizeOfNumber = (value: number): number => {
  let size = 1
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) size += 1
  return size
}

/** How many bytes a field takes that holds so many; of fields up to 15. */
export const sizeOfField = (length: number): number => 1 + sizeOfNumber(length) + length

/** Writes fields up to 15, one after the other, into as many bytes as they take in all. */
export class MessageWriter {
  readonly bytes: Buffer
  #at = 0

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafe(size)
  }

  #number(value: number): void {
    let rest = value
    for (; rest > 127; rest = Math.floor(rest / 128)) this.bytes[this.#at++] = (rest % 128) | 128
    this.bytes[this.#at++] = rest
  }

  number(field: number, value: number): this {
    this.bytes[this.#at++] = (field << 3) | NUMBER
    this.#number(value)
    return this
  }

  /** Begins a message of so many bytes: what is written next belongs to it. */
  message(field: number, length: number): this {
    this.bytes[this.#at++] = (field << 3) | BYTES
    this.#number(length)
    return this
  }

  /** A text that takes so many bytes in UTF-8. */
  text(field: number, text: string, length: number): this {
    this.message(field, length)
    this.#at += this.bytes.write(text, this.#at, length)
    return this
  }
}

/**
 * Reads the fields of a message, or of those within it. `next` goes to a field and gives its number, 0 at the end of the message; then
 * its value is asked for, or it is passed over. Throws a `RangeError` on what is no message.
 */
export class MessageReader {
  readonly #bytes: Buffer
  #at = 0
  #end: number
  #kind = NUMBER

  constructor(bytes: Buffer) {
    this.#bytes = bytes
    this.#end = bytes.length
  }

  next(): number {
    if (this.#at >= this.#end) return 0
    const tag = this.number()
    this.#kind = tag & 7
    if (tag < 8) throw new RangeError('a field of a message has no number')
    return Math.floor(tag / 8)
  }

  /** Exact up to 2^53. */
  number(): number {
    let value = 0
    let factor = 1
    for (;;) {
      const byte = this.#byte()
      value += (byte & 127) * factor
      if (byte < 128) return value
      factor *= 128
    }
  }

  /** All of 64 bits, exact. */
  large(): number | bigint {
    const from = this.#at
    const value = this.number()
    if (value <= Number.MAX_SAFE_INTEGER) return value
    this.#at = from
    let exact = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.#byte()
      exact |= BigInt(byte & 127) << shift
      if (byte < 128) return BigInt.asUintN(64, exact)
    }
  }

  text(): string {
    const length = this.number()
    return this.#bytes.toString('utf8', this.#past(length), this.#at)
  }

  bytes(): Buffer {
    const length = this.number()
    return this.#bytes.subarray(this.#past(length), this.#at)
  }

  /** Reads the message that a field holds; `read` reads it to its end. */
  message<A>(read: (fields: MessageReader) => A): A {
    const end = this.#end
    const length = this.number()
    this.#end = this.#at + length
    if (this.#end > end) throw new RangeError('a message ends within a field')
    const value = read(this)
    this.#end = end
    return value
  }

  skip(): void {
    if (this.#kind === NUMBER) this.number()
    else if (this.#kind === BYTES) this.#past(this.number())
    else if (this.#kind === FIXED_64) this.#past(8)
    else if (this.#kind === FIXED_32) this.#past(4)
    else throw new RangeError('a field of a message is of no kind')
  }

  /** Goes on behind so many bytes; gives where they begin. */
  #past(length: number): number {
    const from = this.#at
    if (from + length > this.#end) throw new RangeError('a message ends within a field')
    this.#at += length
    return from
  }

  #byte(): number {
    const byte = this.#bytes[this.#at]
    if (byte === undefined || this.#at >= this.#end) throw new RangeError('a message ends within a field')
    this.#at += 1
    return byte
  }
}
