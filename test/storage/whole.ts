import type { EventJson } from '../support/service/answers.ts'
import { expectReadModelOfLog, streamOf } from '../support/service/deliveries.ts'
import { kyc } from '../support/service/kyc.ts'
import { startService } from '../support/service/service.ts'
import type { Cut } from './cuts.ts'

/** Lines of the log that say that something of a directory is not what it was. */
const WRONG = /is damaged|not the one that was sealed|does not hold|cannot be opened/

/** Starts a service on what a power cut left: it comes up by itself, holds what was acknowledged, answers what that amounts to, and says nothing of damage. */
export const startOn =
  (users: readonly string[]) =>
  async ({ directory, acknowledged }: Cut): Promise<void> => {
    const env = { SEAL_EVERY: '1' }
    const service = await startService(directory, env)
    await service.ready()
    const streams = new Map<string, readonly EventJson[]>()
    for (const user of users) streams.set(`kyc-${user}`, await streamOf(service, user))
    for (const { stream, revision, eventId } of acknowledged) {
      const events = streams.get(stream)
      if (events !== undefined && events[revision]?.eventId !== eventId) throw new Error(`${eventId} is not served`)
    }
    await expectReadModelOfLog(service, users)
    const line = service
      .stdout()
      .split('\n')
      .find((one) => WRONG.test(one))
    if (line !== undefined) throw new Error(`it says: ${line}`)
    const { code } = await service.stop()
    if (code !== 0) throw new Error(`it ended with ${code}`)
    const verified = await kyc(directory, ['verify'], env)
    if (verified.code !== 0) throw new Error(`verify: ${verified.stdout.slice(-400)}${verified.stderr.slice(-400)}`)
  }
