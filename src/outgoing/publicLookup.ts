import { type LookupAddress, lookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { isPublicAddress } from '../config/publicAddress.ts'

/** What resolves a name: all its addresses. */
export type Resolve = (
  hostname: string,
  told: (error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[]) => void,
) => void

/** The code of the error where a name has no public address. */
export const NOT_PUBLIC = 'ADDRESS_NOT_PUBLIC'

const bySystem: Resolve = (hostname, told) => lookup(hostname, { all: true }, told)

const notPublic = (): NodeJS.ErrnoException => Object.assign(new Error('no public address'), { code: NOT_PUBLIC })

/**
 * Resolves names for connections, to public addresses alone. A connection goes to the very address that was looked at: a name that
 * resolves otherwise the next time is looked at again.
 */
export const publicLookup =
  (resolve: Resolve = bySystem): LookupFunction =>
  (hostname, { all, family }, told) => {
    resolve(hostname, (error, addresses) => {
      if (error !== null) return told(error, [])
      const wanted = addresses.filter(
        (one) => isPublicAddress(one.address) && (family === 4 || family === 6 ? one.family === family : true),
      )
      const [first] = wanted
      if (first === undefined) return told(notPublic(), [])
      if (all) told(null, [...wanted])
      else told(null, first.address, first.family)
    })
  }
