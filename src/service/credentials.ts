import { type Authentication, byKeys, OPEN_TO_ALL } from '../access/authentication.ts'
import { issuerKeys } from '../access/issuerKeys.ts'
import type { readToken as readTokenBy } from '../access/tokenClaims.ts'
import { tokenHolders } from '../access/tokenHolders.ts'
import type { Config } from '../config/config.ts'
import type { SigningKey } from '../config/signingKey.ts'
import type { Logger } from '../log/log.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { gaugeIssuerKeys } from '../metrics/refusals.ts'
import { type WebhookSecret, webhookSecret } from '../webhooks/signature.ts'

/** What says who may ask and who signs, as it is now: all of it can be replaced while the service runs. */
export interface Credentials {
  readonly secrets: () => readonly WebhookSecret[]
  readonly authentication: Authentication
  /** What webhooks to an endpoint are signed with, by its name. */
  readonly signingKeys: (endpoint: string) => readonly SigningKey[]
  /** Puts others in their place, all at once, and ends what was begun by whoever may no longer do it. */
  readonly replace: (config: Replaceable) => void
}

/** What can be replaced. */
export type Replaceable = Pick<Config, 'secrets' | 'apiKeys' | 'roles' | 'webhooksOut'>

/** Tokens expire while answers are given, and sessions last. */
const REVIEW_MS = 1000

/** `readToken` is loaded where tokens are taken, else `null`. */
export const credentialsOf = (
  config: Config,
  readToken: typeof readTokenBy | null,
  { registry, refusals }: Metrics,
  log: Logger,
): Credentials => {
  const { tokens } = config
  let present: Replaceable = config
  let secrets = config.secrets.map(webhookSecret)
  const issuer = tokens === null ? null : issuerKeys(tokens.jwksUrl, log)
  const byTokens =
    tokens === null || issuer === null || readToken === null
      ? null
      : tokenHolders(tokens.issuer, readToken(tokens, issuer.keyOf), issuer, () => present.roles, log)
  const authentication =
    config.apiKeys.length === 0 && tokens === null
      ? OPEN_TO_ALL
      : byKeys(
          () => present.apiKeys,
          byTokens,
          (reason) => refusals.inc({ reason }),
        )
  if (issuer !== null) {
    gaugeIssuerKeys(registry, issuer.fetchedAt)
    setInterval(authentication.review, REVIEW_MS).unref()
  }
  return {
    secrets: () => secrets,
    authentication,
    signingKeys: (endpoint) => present.webhooksOut.find(({ name }) => name === endpoint)?.keys ?? [],
    replace: (others) => {
      present = others
      secrets = others.secrets.map(webhookSecret)
      authentication.review()
    },
  }
}
