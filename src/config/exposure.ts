/** The secret of a service on a loopback address that was given none. */
export const DEVELOPMENT_SECRET = 'development'

export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)

/** What is missing of secret and keys, as a fault or as a warning. */
interface Exposure {
  readonly faults: readonly string[]
  readonly warnings: readonly string[]
}

/** What was given, also where it could not be read: that is a fault of its own. */
interface Given {
  /** `null`: they could not be read. */
  readonly secrets: readonly string[] | null
  readonly anyKeys: boolean
  readonly tokens: boolean
}

/**
 * Who can reach the service decides what it needs: on a loopback address it may do without secret and keys, and warns of each;
 * on any other it may not. Where tokens are taken it needs no keys.
 */
export const exposureOf = (host: string, { secrets, anyKeys, tokens }: Given): Exposure => {
  const isSigned = secrets === null || secrets.length > 0
  const isKeyed = anyKeys || tokens
  const faults: string[] = []
  const warnings: string[] = []
  if (!isLoopback(host)) {
    if (!isSigned) faults.push('TREEZOR_WEBHOOK_SECRET: must be set unless HOST is a loopback address')
    if (!isKeyed)
      faults.push('API_KEYS: must be set unless HOST is a loopback address, or tokens are taken (JWT_ISSUER)')
    if (secrets?.includes(DEVELOPMENT_SECRET)) {
      faults.push(
        `TREEZOR_WEBHOOK_SECRET: "${DEVELOPMENT_SECRET}" is known to everyone; use it on a loopback address only`,
      )
    }
  } else {
    if (!isSigned) {
      warnings.push(`TREEZOR_WEBHOOK_SECRET is not set: anyone can sign a webhook with "${DEVELOPMENT_SECRET}"`)
    }
    if (!isKeyed) warnings.push('API_KEYS is not set: anyone on this machine can read, and submit deliveries again')
  }
  return { faults, warnings }
}
