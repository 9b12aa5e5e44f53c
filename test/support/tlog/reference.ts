import { createHash } from 'node:crypto'

// RFC 6962, 2.1, word for word, on nothing but createHash: it shares no code with what it is held against.

type Bytes = Uint8Array
const sha256 = (...parts: readonly Bytes[]): Buffer =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest()
const node = (left: Bytes, right: Bytes): Buffer => sha256(Uint8Array.of(1), left, right)

/** "k is the largest power of two smaller than n". */
const largestBelow = (n: number): number => 2 ** (Math.ceil(Math.log2(n)) - 1)

export interface Reference {
  /** MTH(D[from:to]). */
  readonly mth: (from: number, to: number) => Buffer
  /** PATH(m, D[n]), of the first n. */
  readonly path: (m: number, n: number) => readonly Buffer[]
  /** PROOF(m, D[n]), of the first n. */
  readonly proof: (m: number, n: number) => readonly Buffer[]
}

/** The hashes and proofs of a list of records D. Each range is hashed once. */
export const referenceOf = (d: readonly Bytes[]): Reference => {
  const known = new Map<string, Buffer>()
  const hashed = (from: number, to: number): Buffer => {
    if (to === from) return sha256()
    if (to - from === 1) return sha256(Uint8Array.of(0), d[from] as Bytes)
    const k = largestBelow(to - from)
    return node(mth(from, from + k), mth(from + k, to))
  }
  const mth = (from: number, to: number): Buffer => {
    const key = `${from}:${to}`
    const hash = known.get(key) ?? hashed(from, to)
    known.set(key, hash)
    return hash
  }
  const path = (m: number, from: number, to: number): Buffer[] => {
    if (to - from === 1) return []
    const k = largestBelow(to - from)
    return m < k ? [...path(m, from, from + k), mth(from + k, to)] : [...path(m - k, from + k, to), mth(from, from + k)]
  }
  const subproof = (m: number, from: number, to: number, b: boolean): Buffer[] => {
    if (m === to - from) return b ? [] : [mth(from, to)]
    const k = largestBelow(to - from)
    return m <= k
      ? [...subproof(m, from, from + k, b), mth(from + k, to)]
      : [...subproof(m - k, from + k, to, false), mth(from, from + k)]
  }
  return { mth, path: (m, n) => path(m, 0, n), proof: (m, n) => subproof(m, 0, n, true) }
}

/** The root that a PATH leads to from a leaf's hash, by the same recursion; `null` where it has not the length of one. */
export const rootByPath = (m: number, n: number, leaf: Bytes, path: readonly Bytes[]): Bytes | null => {
  if (n === 1) return path.length === 0 ? leaf : null
  const [k, last] = [largestBelow(n), path.at(-1)]
  const below = m < k ? rootByPath(m, k, leaf, path.slice(0, -1)) : rootByPath(m - k, n - k, leaf, path.slice(0, -1))
  if (last === undefined || below === null) return null
  return m < k ? node(below, last) : node(last, below)
}

/** The roots over the first m and over all n to which a SUBPROOF leads, where `old` is the root over the first m of the whole tree. */
export const rootsByProof = (
  m: number,
  n: number,
  old: Bytes,
  proof: readonly Bytes[],
  b = true,
): readonly [Bytes, Bytes] | null => {
  const last = proof.at(-1)
  if (m === n) {
    if (b) return proof.length === 0 ? [old, old] : null
    return proof.length === 1 && last !== undefined ? [last, last] : null
  }
  const k = largestBelow(n)
  const rest = proof.slice(0, -1)
  const below = m <= k ? rootsByProof(m, k, old, rest, b) : rootsByProof(m - k, n - k, old, rest, false)
  if (last === undefined || below === null) return null
  return m <= k ? [below[0], node(below[1], last)] : [node(last, below[0]), node(last, below[1])]
}
