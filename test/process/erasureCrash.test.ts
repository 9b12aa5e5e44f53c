import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { type ErasureEvent, readErasureEvent } from '../../src/ledger/erasures.ts'
import {
  asked,
  deliverIn2019,
  endedLife,
  filesWith,
  personOf,
  requestAndConfirm,
  withPolicy,
} from '../support/erasures/erasing.ts'
import { readingLog } from '../support/logs/logs.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { eventually } from '../support/patience.ts'
import { expectProblem, okText } from '../support/service/answers.ts'
import { kycHere } from '../support/service/kycHere.ts'
import { readyHere, startService } from '../support/service/service.ts'
import { newUser } from '../support/webhooks/webhookBuilders.ts'

/** How often a service is killed in the middle; a long run is asked for by `ERASURE_KILLS`. */
const KILLS = Number(process.env['ERASURE_KILLS'] ?? 2)
/** An erasure takes less, from the request on. */
const WITHIN_MS = 250

describe('an erasure that is broken off by kill -9', () => {
  it(`is undone or complete after a restart, and never between, ${KILLS} times`, async () => {
    const directory = newDirectory()
    const users = Array.from({ length: KILLS }, newUser)
    await deliverIn2019(directory, users.flatMap(endedLife))
    const env = withPolicy()
    const stepsOf = (userId: string): Promise<readonly ErasureEvent['_tag'][]> =>
      readingLog(directory, async (store) => {
        const all = (await Array.fromAsync(store.readStream('kyc-erasures'))).flatMap((event) => {
          const said = readErasureEvent(event)?.said
          return said === undefined ? [] : [{ said, revision: event.revision }]
        })
        const own = all.filter(({ said }) => said._tag === 'Requested' && said.userId === userId)
        const numbers = new Set(own.map(({ revision }) => revision))
        return all.flatMap(({ said, revision }) =>
          numbers.has('erasure' in said ? said.erasure : revision) ? [said._tag] : [],
        )
      })
    const reached = new Map<string, number>()
    for (const [index, user] of users.entries()) {
      const dying = await startService(directory, env)
      await dying.ready()
      const asking = requestAndConfirm(dying, user).catch(() => null)
      // Spread over the whole of it, so that a few rounds meet several steps.
      await sleep(((index + Math.random()) / KILLS) * WITHIN_MS + randomInt(5))
      await dying.kill()
      await asking

      const steps = await stepsOf(user)
      reached.set(steps.at(-1) ?? 'nothing', (reached.get(steps.at(-1) ?? 'nothing') ?? 0) + 1)
      const service = await readyHere(directory, env)
      const person = Object.values(personOf(user))
      if (!steps.includes('Confirmed')) {
        expect(await okText(await asked(service, 'shop', `/users/${user}/kyc`))).to.include('"status":"closed"')
        expect(await okText(await asked(service, 'auditor', `/users/${user}/events`))).to.include(person[0])
      } else {
        await eventually('it is complete', async () => ((await stepsOf(user)).includes('Completed') ? true : null))
        await eventually('410', async () => {
          const response = await asked(service, 'shop', `/users/${user}/kyc`)
          if (response.status !== 410) return null
          await expectProblem(response, 410, 'user-erased')
          return true
        })
        await eventually('nothing is left', () => (filesWith(directory, person).length === 0 ? true : null))
      }
      await service.stop()
    }
    console.log(`killed after: ${JSON.stringify(Object.fromEntries(reached))}`)
    const verified = await kycHere(directory, ['verify'], { SEAL_EVERY: '1' })
    expect(verified.code, verified.stdout + verified.stderr).to.equal(0)
    const replayed = await kycHere(directory, ['replay', '--dry-run'], env)
    expect(replayed.stdout, replayed.stderr).to.include('the rebuilt read model is the same, row by row')
  })
})
