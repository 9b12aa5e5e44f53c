import { CHANGE_PATHS, CHANGE_SCHEMAS } from '../changes/openapi.ts'
import { DELIVERY_PATHS, DELIVERY_SCHEMAS } from '../deliveries/openapi.ts'
import { ANSWERS, HEADERS } from '../description/answers.ts'
import type { OpenApi } from '../description/openApi.ts'
import { API_KEY, TOKEN } from '../description/operation.ts'
import { SHARED } from '../description/schemas.ts'
import { ERASURE_PATHS, ERASURE_SCHEMAS } from '../erasing/openapi.ts'
import { EVIDENCE_PATHS } from '../evidence/openapi.ts'
import { RECONCILIATION_PATHS, RECONCILIATION_SCHEMAS } from '../reconciliations/openapi.ts'
import { RELEASE_PATHS, RELEASE_SCHEMAS } from '../releases/openapi.ts'
import { RETENTION_PATHS, RETENTION_SCHEMAS } from '../retention/openapi.ts'
import { SEAL_PATHS } from '../seals/openapi.ts'
import { USER_PATHS } from '../users/openapi.ts'
import { USER_SCHEMAS } from '../users/schemas.ts'
import { WHOLE_LOG_PATHS, WHOLE_LOG_SCHEMAS } from '../wholeLog/openapi.ts'
import { OPERATION_PATHS, OPERATION_SCHEMAS } from './operations.ts'

const DESCRIPTION = `
Webhooks of Treezor about the verification of users become immutable events; what they come to is answered here.

- Members may be added to any object: pass over those that you do not know. A member never changes its meaning.
- Errors are problem documents (RFC 9457): decide by \`type\`.
- Times are RFC 3339 in UTC.
- A path with GET knows HEAD as well. One that does not know a method answers 405 with \`Allow\`; OPTIONS asks for that.
- On a loopback address without \`API_KEYS\` reads are open, and need no key.
`.trim()

/** All that this service answers in other forms than pages for persons. A new folder of routes adds its part here. */
export const DOCUMENT: OpenApi = {
  openapi: '3.1.1',
  info: {
    title: 'kyc-ledger',
    summary: 'Whether a Treezor user is verified, now and at any past moment, and how it is known',
    description: DESCRIPTION,
    version: '1.0.0',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  servers: [{ url: '/', description: 'The service that gives this description' }],
  tags: [
    { name: 'Users', description: 'How users stand, and stood.' },
    { name: 'Events', description: 'Events as recorded, and who read them. Each read is itself recorded.' },
    { name: 'Evidence', description: 'What shows to others that an answer is the one that the log gives.' },
    { name: 'Seals', description: 'What monitors and witnesses follow. It holds no person.' },
    { name: 'Releases', description: 'That successes count which were held back, by two persons.' },
    { name: 'Retention', description: 'How long records are kept, and legal holds.' },
    { name: 'Erasing', description: 'That records go.' },
    { name: 'Deliveries', description: 'Webhooks of Treezor, and the journal of those that were not appended.' },
    { name: 'Reconciling', description: 'What the provider says of users when it is asked.' },
    { name: 'Operations', description: 'Health, metrics, and this description.' },
  ],
  paths: {
    ...USER_PATHS,
    ...CHANGE_PATHS,
    ...WHOLE_LOG_PATHS,
    ...EVIDENCE_PATHS,
    ...SEAL_PATHS,
    ...RELEASE_PATHS,
    ...RETENTION_PATHS,
    ...ERASURE_PATHS,
    ...DELIVERY_PATHS,
    ...RECONCILIATION_PATHS,
    ...OPERATION_PATHS,
  },
  components: {
    schemas: {
      ...SHARED,
      ...USER_SCHEMAS,
      ...CHANGE_SCHEMAS,
      ...WHOLE_LOG_SCHEMAS,
      ...RELEASE_SCHEMAS,
      ...RETENTION_SCHEMAS,
      ...ERASURE_SCHEMAS,
      ...DELIVERY_SCHEMAS,
      ...RECONCILIATION_SCHEMAS,
      ...OPERATION_SCHEMAS,
    },
    headers: HEADERS,
    responses: ANSWERS,
    securitySchemes: {
      [API_KEY]: {
        type: 'http',
        scheme: 'bearer',
        description:
          'An API key of this service, which has one or more scopes. The scope that is needed stands by each path.',
      },
      [TOKEN]: {
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'JWT',
        description:
          'A token of the issuer that is configured (RFC 9068), where one is. Its scopes, roles or groups give it scopes of this service.',
      },
    },
  },
}
