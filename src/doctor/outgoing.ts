import { existsSync, readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import type { Endpoint } from '../config/webhooksOut.ts'
import { askedOnFile, checkpointFile, readCheckpoint } from '../outgoing/checkpoint.ts'
import { WHY_OFF } from '../outgoing/standing.ts'
import { type Finding, fault, ok, some, warning } from './finding.ts'
import type { Patient } from './patient.ts'

const OF = 'webhooks out'

/** By when a file that asks for an endpoint to be switched on is heard of by a service that runs. */
const HEARD_MS = 60_000

const ofEndpoint = (dataDir: string, { name }: Endpoint, now: number): Finding => {
  const kept = readCheckpoint(checkpointFile(dataDir, name))
  if (E.isLeft(kept))
    return fault(OF, `${name}: ${kept.left}: it is off at the next start, until npm run kyc -- webhooks --on ${name}`)
  if (kept.right === null) return ok(OF, `${name}: nothing was sent yet`)
  const { standing, waiting, givenUp } = kept.right
  if (standing.off !== null)
    return fault(
      OF,
      `${name} is off: ${WHY_OFF[standing.off.reason]}; mend it, then npm run kyc -- webhooks --on ${name}`,
    )
  const lost = givenUp.length === 0 ? '' : `; ${givenUp.length} users were given up`
  if (standing.down !== null)
    return warning(
      OF,
      `${name} takes nothing since ${new Date(standing.down.since).toISOString()}: ${waiting.length} users wait${lost}`,
    )
  if (givenUp.length > 0)
    return warning(OF, `${name}: ${givenUp.length} users were given up, whose webhooks it did not take for three days`)
  return ok(
    OF,
    `${name} takes them; ${waiting.length} users wait${standing.deliveredAt !== null && now >= standing.deliveredAt ? `, the last was taken ${new Date(standing.deliveredAt).toISOString()}` : ''}`,
  )
}

/** How each endpoint of WEBHOOKS_OUT stands, by its checkpoint, and what of others is left there. */
export const lookAtOutgoing = ({ config: { dataDir, webhooksOut }, now }: Patient): readonly Finding[] => {
  const directory = dirname(checkpointFile(dataDir, '_'))
  const held = existsSync(directory) ? readdirSync(directory) : []
  const names = webhooksOut.map(({ name }) => name)
  const stray = held.filter((file) => !names.includes(file.replace(/\.(json|on|json\.next)$/, '')))
  const asked = names.filter((name) => existsSync(askedOnFile(dataDir, name)))
  return [
    ...(webhooksOut.length === 0
      ? [ok(OF, 'nobody is told')]
      : webhooksOut.map((one) => ofEndpoint(dataDir, one, now))),
    ...(asked.length === 0
      ? []
      : [
          warning(
            OF,
            `${some(asked)}: to be switched on, which a service does within ${HEARD_MS / 1000} s: does it run?`,
          ),
        ]),
    ...(stray.length === 0
      ? []
      : [
          warning(
            OF,
            `${some(stray)} in ${directory} are of endpoints that WEBHOOKS_OUT does not name: they hold ids of users; remove them`,
          ),
        ]),
  ]
}
