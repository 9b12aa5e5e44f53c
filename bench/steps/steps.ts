import { deliver, deliverToPeer, deliverToService, TRIAL, WARM_UP } from '../ingest.ts'
import { figure, type Measurement, NO_TARGET, noted } from '../measurement.ts'
import { type Server, startedServers } from '../processes.ts'
import { interleave, type Side } from '../rounds.ts'
import { startService } from '../service.ts'
import { expectSameAnswers } from './once/rightAnswers.ts'
import { startNode, startOnce, startStep } from './startStep.ts'

const WHAT = {
  node: 'node:http alone: the body read, 200',
  read: 'read and answered, with all that guards and times',
  verified: '… and verified',
  kept: 'verified, and its text fsynced, no more',
  understood: 'verified, and what it means, of whom',
  decided: '… and whether it is new, and its event',
  appended: '… and appended to the log, fsynced',
  service: '… and projected: the service, without seals and page',
  once: 'all of that in one thread, nothing of it twice',
  onceEach: 'the same, a row for each event instead of one each 100 ms',
} as const
type Name = keyof typeof WHAT

const NAMES = Object.keys(WHAT) as Name[]

/** Of one delivery, user and system, of all threads. */
const cost = ({ notes }: Side): number => notes?.['cpu'] ?? (notes?.['main'] ?? 0) + (notes?.['others'] ?? 0)

/** What of a delivery costs how much of the processors: services that end sooner and sooner, in turns. */
export const steps: Measurement = {
  name: 'steps',
  run: async ({ quick, rounds, seconds }) => {
    const { started, stop } = startedServers()
    try {
      const service = await started(startService(undefined, [], { SEAL_EVERY: '0', PAGE: 'off' }))
      const once = await started(startOnce('together'))
      await expectSameAnswers(service, once)
      const servers: Record<Name, Server> = {
        node: await started(startNode()),
        read: await started(startStep('read')),
        verified: await started(startStep('verified')),
        kept: await started(startStep('kept')),
        understood: await started(startStep('understood')),
        decided: await started(startStep('decided')),
        appended: await started(startStep('appended')),
        service,
        once,
        onceEach: await started(startOnce('each')),
      }
      const amounts = {} as Record<Name, number>
      for (const name of NAMES) {
        const { value } = await deliver(servers[name].url, quick ? TRIAL : WARM_UP)
        amounts[name] = Math.ceil(value * seconds)
      }
      await service.idle()
      const sideOf = (name: Name) => (): Promise<Side> =>
        name === 'service' ? deliverToService(service, amounts.service) : deliverToPeer(servers[name], amounts[name])
      const results = await interleave(
        rounds,
        Object.fromEntries(NAMES.map((name) => [name, sideOf(name)])) as Record<Name, () => Promise<Side>>,
      )
      const split = (name: Name): string => {
        const sides = results.map((result) => result[name])
        return `${Math.round(noted(sides, 'main'))} µs of the main thread, ${Math.round(noted(sides, 'others'))} of the others`
      }
      return NAMES.map((name) =>
        figure(
          { what: WHAT[name], against: 'the service', unit: 'µs' },
          results.map((result) => ({
            product: { value: cost(result[name]) },
            against: { value: cost(result.service) },
          })),
          NO_TARGET,
          [split(name)],
        ),
      )
    } finally {
      await stop()
    }
  },
}
