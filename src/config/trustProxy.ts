import { isIP } from 'node:net'
import * as E from 'fp-ts/lib/Either.js'

/**
 * Who is believed about where a request comes from (`X-Forwarded-For`), as Express takes it (https://expressjs.com/en/guide/behind-proxies.html):
 * how many proxies stand in front, or their addresses. None: nobody.
 */
export type TrustProxy = number | readonly string[]

const NAMES: readonly string[] = ['loopback', 'linklocal', 'uniquelocal']
const MOST_PROXIES = 16

/** An address, or one with the length of its prefix. */
const isNetwork = (text: string): boolean => {
  const [address = '', prefix, ...others] = text.split('/')
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1
  const isPrefix = prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) >= 1 && Number(prefix) <= bits)
  return bits > 0 && others.length === 0 && isPrefix
}

/** `text` as it stands in the environment. That everybody is believed is not taken: each sender would choose his address. */
export const readTrustProxy = (text: string): E.Either<string, TrustProxy> => {
  if (text === '' || text === 'false') return E.right([])
  if (/^\d{1,2}$/.test(text) && Number(text) <= MOST_PROXIES) return E.right(Number(text))
  const items = text.split(',').map((item) => item.trim())
  return items.every((item) => NAMES.includes(item) || isNetwork(item))
    ? E.right(items)
    : E.left(
        `TRUST_PROXY: must be the number of proxies in front (0 to ${MOST_PROXIES}), or their addresses or networks by commas, or ${NAMES.join(', ')}`,
      )
}
