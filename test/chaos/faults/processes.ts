import { setTimeout as sleep } from 'node:timers/promises'
import { untilTrue } from '../../support/patience.ts'
import { Violation } from '../load.ts'
import { counted, type Scene, serviceOf } from '../scene.ts'
import { always, type Fault } from './fault.ts'

/** `kill -9` at a moment of no choice, and a new start. */
const killed: Fault = {
  name: 'kill',
  skip: always,
  happen: async (scene) => {
    const service = serviceOf(scene)
    await service.kill()
    scene.ended()
    await scene.start()
  },
}

/** The same, and those that are started after it do not come far either. */
const killedInStart: Fault = {
  name: 'kill-in-start',
  skip: always,
  happen: async (scene) => {
    await serviceOf(scene).kill()
    scene.ended()
    for (let left = 1 + scene.dice.below(3); left > 0; left--) {
      const starting = scene.spawn()
      await sleep(scene.dice.below(1500))
      starting.signal('SIGKILL')
      await starting.exited
      counted(scene, 'starts that were killed')
    }
    await scene.start()
  },
}

/** It is told to stop, and does, with 0; now and then it is killed while it does. */
const terminated: Fault = {
  name: 'terminate',
  skip: always,
  happen: async (scene) => {
    const service = serviceOf(scene)
    service.signal('SIGTERM')
    if (scene.dice.once(3)) {
      await sleep(scene.dice.below(300))
      service.signal('SIGKILL')
    }
    const { code, signal } = await service.exited
    scene.ended()
    // What it has promised it keeps all the same; on a machine that has nothing else to do, it is a fault.
    const gaveUp = code === 1 && service.stdout().includes('did not stop in time')
    if (gaveUp) counted(scene, 'stops that took more than 9 s, and were given up')
    if (code !== 0 && signal !== 'SIGKILL' && !gaveUp) {
      throw new Violation(`it was told to stop, and ended with ${code}: ${service.stdout().slice(-600)}`)
    }
    await scene.start()
  },
}

/** The process stands still, as on a machine that sleeps. */
const frozen: Fault = {
  name: 'freeze',
  skip: always,
  happen: async (scene) => {
    const service = serviceOf(scene)
    service.signal('SIGSTOP')
    await sleep(200 + scene.dice.below(4000))
    service.signal('SIGCONT')
  },
}

/** Another service is started on the same directory. */
const second: Fault = {
  name: 'second-service',
  skip: always,
  happen: async (scene) => {
    const other = scene.spawn()
    const { code } = await other.exited
    if (code !== 1) throw new Violation(`a second service on one directory ended with ${code}`)
    await untilTrue('the refusal is told', () => other.stdout().includes('another process'))
  },
}

const MINUTE = 60_000
const SHIFTS = [
  -365 * 24 * 60 * MINUTE,
  -2 * 60 * MINUTE,
  -3 * MINUTE,
  3 * MINUTE,
  26 * 60 * MINUTE,
  365 * 24 * 60 * MINUTE,
]

/** The clock leaps, and is set right again; also where the process is killed in between. */
const clock: Fault = {
  name: 'clock',
  skip: always,
  happen: async (scene: Scene) => {
    scene.shiftClock(scene.dice.pick(SHIFTS))
    const fault = async (): Promise<boolean> => {
      const response = await fetch(`${serviceOf(scene).url}/health/ready`)
      const { clock: is } = (await response.json()) as { readonly clock?: string }
      return is !== 'right' && is !== undefined
    }
    await untilTrue('it sees that its clock is wrong', fault)
    if (scene.dice.once(3)) {
      await serviceOf(scene).kill()
      scene.ended()
      await scene.start()
    } else await sleep(scene.dice.below(1000))
    scene.shiftClock(0)
  },
}

export const PROCESSES: readonly Fault[] = [killed, killedInStart, terminated, frozen, second, clock]
