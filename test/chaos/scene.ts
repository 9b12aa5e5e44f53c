import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Dice } from '../fuzz/dice.ts'
import type { Front } from '../support/eventStoreDb/front.ts'
import { untilTrue } from '../support/patience.ts'
import { type Service, startService } from '../support/service/service.ts'
import { type Env, type ServiceProcess, spawnService } from '../support/service/serviceProcess.ts'
import { newUser } from '../support/webhooks/webhookBuilders.ts'
import { type Fact, type Forged, factsAbout } from './facts.ts'

const SHIFTED = new URL('../support/service/shiftedClock.ts', import.meta.url).href
const PLANTED_FAULTS = new URL('../fuzz/planted.ts', import.meta.url).href

/** What a service is started with: a clock that can be set, and the faults in `PLANTED`, if any. */
const loaded = ({ PLANTED }: Readonly<Record<string, string | undefined>>): Env =>
  PLANTED === undefined
    ? { NODE_OPTIONS: `--import=${SHIFTED}` }
    : { NODE_OPTIONS: `--import=${SHIFTED} --import=${PLANTED_FAULTS}`, PLANTED }

/** Where a service stands under load while something is done to it. */
export interface Scene {
  readonly store: 'embedded' | 'EventStoreDB'
  readonly dice: Dice
  /** `DATA_DIR`. */
  readonly directory: string
  /** A file system of its own, which can be filled. */
  readonly ownDisk: boolean
  /** What stands between the service and its server. */
  readonly front: Front | null
  readonly users: readonly string[]
  readonly sent: Fact[]
  readonly forged: Forged[]
  readonly newFact: () => Fact
  readonly newForged: () => Forged
  /** The one that runs; while none does, who sends waits. */
  readonly service: () => Service | null
  /** Starts one, and waits until it listens. */
  readonly start: () => Promise<Service>
  /** Starts one and waits for nothing. */
  readonly spawn: () => ServiceProcess
  /** It runs no more. */
  readonly ended: () => void
  /** Sets the wall clock of the service off by so many milliseconds. */
  readonly shiftClock: (milliseconds: number) => void
  /** Nobody sends any more until the round is over. */
  quiet: boolean
  /** The journal was taken away: nothing that it held is promised any more. */
  readonly journalLost: () => void
  readonly counts: Map<string, number>
  /** Ends all that runs; gives where the files are kept, if they are to be. */
  readonly close: (keep: boolean) => Promise<string>
}

const DISK_MIB = 192

/** Whether a file system of its own can be had: Linux, and the right to mount. */
const mounted = (directory: string): boolean => {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MIB}m,mode=0700`, 'kyc-chaos', directory], {
      stdio: 'ignore',
    })
    return true
  } catch {
    return false
  }
}

export const openScene = async (dice: Dice, env: Env, front: Front | null): Promise<Scene> => {
  const place = mkdtempSync(join(tmpdir(), 'kyc-chaos-'))
  const directory = mkdtempSync(join(place, 'data-'))
  const clock = join(place, 'shift')
  const ownDisk = mounted(directory)
  const shiftClock = (milliseconds: number): void => writeFileSync(clock, String(milliseconds))
  shiftClock(0)
  const whole = {
    ...loaded(process.env),
    SHIFTED_CLOCK: clock, // Of a server, a new directory has not the key that sealed its log before.
    SEAL_EVERY: front === null ? '5' : '0',
    ...env,
  }
  const users = Array.from({ length: 5 }, newUser)
  const { fact, forged } = factsAbout(users, dice)
  const running = new Set<ServiceProcess>()
  const noted = <A extends ServiceProcess>(one: A): A => {
    running.add(one)
    void one.exited.then(() => running.delete(one))
    return one
  }
  let service: Service | null = null
  const scene: Scene = {
    store: front === null ? 'embedded' : 'EventStoreDB',
    dice,
    directory,
    ownDisk,
    front,
    users,
    sent: [],
    forged: [],
    newFact: fact,
    newForged: forged,
    service: () => service,
    start: async () => {
      service = noted(await startService(directory, whole))
      return service
    },
    spawn: () => noted(spawnService(directory, whole)),
    ended: () => {
      service = null
    },
    shiftClock,
    quiet: false,
    journalLost: () => void scene.forged.splice(0),
    counts: new Map(),
    close: async (keep) => {
      for (const one of running) {
        one.signal('SIGCONT')
        one.signal('SIGKILL')
        await one.exited
      }
      if (keep && ownDisk) cpSync(directory, join(place, 'kept'), { recursive: true })
      if (ownDisk) execFileSync('umount', ['--lazy', directory], { stdio: 'ignore' })
      if (!keep) rmSync(place, { recursive: true, force: true })
      return ownDisk ? join(place, 'kept') : directory
    },
  }
  return scene
}

export const counted = ({ counts }: Scene, what: string, by = 1): void => {
  counts.set(what, (counts.get(what) ?? 0) + by)
}

/** The service that runs now. */
export const serviceOf = (scene: Scene): Service => {
  const service = scene.service()
  if (service === null) throw new Error('no service runs')
  return service
}

export interface Ready {
  readonly code: number
  readonly eventStore?: string
  readonly journal?: string
  readonly clock?: string
}

/** What it says of itself; `code` 0 where it gives no answer. */
export const readinessOf = async (service: Service): Promise<Ready> => {
  try {
    const response = await fetch(`${service.url}/health/ready`, { signal: AbortSignal.timeout(5000) })
    return { code: response.status, ...((await response.json()) as object) }
  } catch {
    return { code: 0 }
  }
}

export const untilNotReady = (service: Service, why: string): Promise<void> =>
  untilTrue(`not ready: ${why}`, async () => (await readinessOf(service)).code !== 200)
