import type { ClockFault, NodeClock } from '../clock/nodeClock.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import type { Journal } from '../journal/journal.ts'
import type { EndpointFigures } from '../outgoing/sending.ts'
import type { ReadModel } from '../readModel/readModel.ts'
import type { Sealing } from '../sealing/sealing.ts'
import type { SealingState } from '../sealing/words.ts'

/** Whether the service may be sent requests, and what is missing if not. */
export interface Readiness {
  readonly ready: boolean
  readonly eventStore: 'up' | 'down'
  /** Whether deliveries that are not appended can be kept. */
  readonly journal: 'up' | 'down'
  /** Whether anything may be received by the clock of this node, and what it is otherwise. */
  readonly clock: 'right' | ClockFault['clock']
  readonly readModel: 'caught up' | 'catching up' | 'behind'
  /** Whether the read model follows the log: not from when it lost the log until it has reached the end again. */
  readonly subscription: 'up' | 'down'
  /** Whether the log is sealed; the service may be sent requests whether it is or not. */
  readonly seals: SealingState
  /** Where the read model stands in the log. */
  readonly position: string | null
  /** Each endpoint of outgoing webhooks by its name, where there are any; the service may be sent requests however they are. */
  readonly webhooksOut?: Readonly<Record<string, EndpointFigures['state']>>
}

/** What the readiness of a service rests on. */
interface Parts {
  readonly eventLog: Pick<EventStore, 'health' | 'fault'>
  readonly journal: Pick<Journal, 'fault'>
  readonly clock: Pick<NodeClock, 'fault'>
  readonly readModel: Pick<ReadModel, 'hasCaughtUp' | 'follows' | 'position'>
  readonly sealing: Pick<Sealing, 'state' | 'fault'>
  /** Whether the read model trails what this process has appended. */
  readonly lags: () => boolean
  readonly webhooksOut: () => readonly Pick<EndpointFigures, 'name' | 'state'>[]
}

/** Looks at all parts now; a service that is `stopping` is not ready, whatever they are. */
export const readinessOf = (
  { eventLog, journal, clock, readModel, sealing, lags, webhooksOut }: Parts,
  stopping: boolean,
): Readiness => {
  const behind = lags() || !readModel.follows()
  const progress = !readModel.hasCaughtUp() ? 'catching up' : behind ? 'behind' : 'caught up'
  // A node that cannot reach the log does not know what others append to it: its answers may be out of date.
  const health = eventLog.health()
  const journaling = journal.fault() === null ? 'up' : 'down'
  const time = clock.fault()?.clock ?? 'right'
  const right = time === 'right'
  const endpoints = webhooksOut()
  return {
    ready: !stopping && progress === 'caught up' && health === 'up' && journaling === 'up' && right,
    clock: time,
    eventStore: health,
    journal: journaling,
    readModel: progress,
    subscription: readModel.follows() ? 'up' : 'down',
    seals: sealing.state(),
    position: readModel.position(),
    ...(endpoints.length > 0 && { webhooksOut: Object.fromEntries(endpoints.map(({ name, state }) => [name, state])) }),
  }
}

/** Why a part is not as it should be, as far as it says so: for a person, each with the name of its part. */
export const faultsOf = ({ eventLog, journal, clock, sealing }: Omit<Parts, 'webhooksOut'>): readonly string[] =>
  Object.entries({
    'event store': eventLog.fault?.(),
    journal: journal.fault(),
    clock: clock.fault()?.reason,
    seals: sealing.fault(),
  }).flatMap(([name, reason]) => (typeof reason === 'string' ? [`${name}: ${reason}`] : []))
