import { ASKED_EACH_TIME, NEVER_CHANGES, plain } from '../description/answers.ts'
import { inPath, inQuery } from '../description/asked.ts'
import type { AskedParameter, Paths } from '../description/openApi.ts'
import { operation } from '../description/operation.ts'
import { text, wholeNumber } from '../description/schemas.ts'

const tag = 'Seals'
const scope = 'seal:read'

const size = (name: string): AskedParameter => ({
  ...inQuery(name, 'The size of a tree, in leaves.', wholeNumber(0)),
  required: true,
})

/** What `sealRoutes` answers: text in public formats, and no person in it. */
export const SEAL_PATHS: Paths = {
  '/checkpoint': {
    get: operation({
      operationId: 'checkpoint',
      tag,
      scope,
      summary: 'The newest checkpoint, with the cosignatures of witnesses',
      answers: { 200: plain('A C2SP tlog-checkpoint.', ASKED_EACH_TIME) },
      refusals: ['bad-parameter', 'not-sealed'],
    }),
  },
  '/tile/{path}': {
    get: operation({
      operationId: 'tile',
      tag,
      scope,
      summary: 'Hashes of the tree, as C2SP tlog-tiles says',
      description: 'Up to what the newest checkpoint covers. The path holds slashes, which are not encoded.',
      parameters: [
        inPath(
          'path',
          { ...text('<L>/<N>[.p/<W>]'), pattern: '^[0-9]+/(x[0-9]{3}/)*[0-9]{3}(\\.p/[0-9]+)?$' },
          '0/000.p/3',
        ),
      ],
      answers: {
        200: {
          description: 'Hashes of 32 bytes.',
          headers: NEVER_CHANGES,
          content: { 'application/octet-stream': { schema: {} } },
        },
      },
      refusals: ['bad-parameter', 'unknown-path', 'tree-differs'],
    }),
  },
  '/seals/keys': {
    get: operation({
      operationId: 'sealKeys',
      tag,
      scope,
      summary: "The log's verifier keys, a line each: compare them with the ones you hold",
      answers: { 200: plain('Verifier keys.', ASKED_EACH_TIME) },
      refusals: ['bad-parameter'],
    }),
  },
  '/seals/consistency': {
    get: operation({
      operationId: 'consistency',
      tag,
      scope,
      summary: 'What shows that one tree begins with another',
      parameters: [size('from'), size('to')],
      answers: { 200: plain('Hashes in base64, a line each (RFC 6962, 2.1.2).', NEVER_CHANGES) },
      refusals: ['bad-parameter', 'not-sealed', 'tree-differs'],
    }),
  },
}
