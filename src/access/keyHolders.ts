import { hash as digest, timingSafeEqual } from 'node:crypto'
import type { ApiKey } from '../config/apiKeys.ts'
import type { Holder } from './holder.ts'

/** Finds whose key a text is; `null` for nobody's. */
export type FindHolder = (presented: string) => Holder | null

type Known = readonly { readonly key: ApiKey; readonly hash: Buffer }[]

/** The hash is compared in constant time with that of every key. All entries of one key have one name, and their scopes together. */
const withHash = (known: Known, hash: Buffer, asItStands: Holder['asItStands']): Holder | null => {
  const [first, ...others] = known.filter((one) => timingSafeEqual(one.hash, hash)).map(({ key }) => key)
  return first === undefined
    ? null
    : { name: first.name, scopes: [first, ...others].flatMap(({ scopes }) => scopes), asItStands }
}

/** Finds whose key a text is, among those that there are by then. */
export const keyHolders = (keys: () => readonly ApiKey[]): FindHolder => {
  let of: readonly ApiKey[] = []
  let known: Known = []
  const present = (): Known => {
    const by = keys()
    if (by !== of) known = by.map((key) => ({ key, hash: Buffer.from(key.sha256, 'hex') }))
    of = by
    return known
  }
  const find = (hash: Buffer): Holder | null => withHash(present(), hash, () => find(hash))
  return (presented) => find(digest('sha256', presented, 'buffer'))
}
