import { HASH_BYTES, type Hash } from '../tlog/hash.ts'

/** Hashes lie together in pieces of so many: nothing is copied when there are more. */
const IN_PIECE = 4096

/** Leaves of a tree by their index: of a million some 80 MB are held. */
export class ErasedLeaves {
  readonly #ordinals = new Map<number, number>()
  readonly #pieces: Buffer[] = []

  get count(): number {
    return this.#ordinals.size
  }

  /** Of two for one index the first counts: whoever writes a second one takes nothing of it back. */
  put(index: number, leaf: Hash): void {
    if (this.#ordinals.has(index)) return
    const ordinal = this.#ordinals.size
    if (ordinal % IN_PIECE === 0) this.#pieces.push(Buffer.allocUnsafeSlow(IN_PIECE * HASH_BYTES))
    this.#hashAt(ordinal).set(leaf)
    this.#ordinals.set(index, ordinal)
  }

  /** `null` where none was put. */
  at(index: number): Hash | null {
    const ordinal = this.#ordinals.get(index)
    return ordinal === undefined ? null : this.#hashAt(ordinal)
  }

  #hashAt(ordinal: number): Buffer {
    const piece = this.#pieces[Math.floor(ordinal / IN_PIECE)] as Buffer
    const at = (ordinal % IN_PIECE) * HASH_BYTES
    return piece.subarray(at, at + HASH_BYTES)
  }
}
