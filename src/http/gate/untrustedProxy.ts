import type { RequestListener } from 'node:http'
import { isPublicAddress } from '../../config/publicAddress.ts'
import type { TrustProxy } from '../../config/trustProxy.ts'
import type { Logger } from '../../log/log.ts'
import { FORWARDED } from './sourceAddress.ts'

/**
 * Says once that somebody on this machine or network passes requests on who is not believed: all who come that way count as one. Whoever comes from
 * elsewhere may write such a header by himself.
 */
export const tellingOfProxy = (handler: RequestListener, trustProxy: TrustProxy, log: Logger): RequestListener => {
  if (trustProxy !== 0 && !(Array.isArray(trustProxy) && trustProxy.length === 0)) return handler
  let isTold = false
  return (req, res) => {
    if (!isTold && req.headers[FORWARDED] !== undefined) {
      const { remoteAddress } = req.socket
      isTold = remoteAddress !== undefined && !isPublicAddress(remoteAddress.replace(/^::ffff:/i, ''))
      if (isTold)
        log.warn(
          'requests come through a proxy that TRUST_PROXY does not name: all who come through it count as one source',
        )
    }
    handler(req, res)
  }
}
