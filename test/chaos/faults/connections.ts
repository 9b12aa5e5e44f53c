import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { counted, type Scene, serviceOf } from '../scene.ts'
import { always, type Fault, ofServer } from './fault.ts'

const opened = (scene: Scene): Socket => {
  const { hostname, port } = new URL(serviceOf(scene).url)
  const socket = connect(Number(port), hostname)
  // Whoever is cut off has nothing to say to it.
  socket.on('error', () => undefined)
  return socket
}

const BEGINNINGS = [
  '',
  'POST /webhooks/treezor HTTP/1.1\r\nHost: x\r\n',
  'POST /webhooks/treezor HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{"webhook":',
  'POST /webhooks/treezor HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"we',
  'GET /users/1/kyc HTTP/1.1\r\nHost: x\r\n\r\n',
  '\u0016\u0003\u0001',
]

/** Connections that break off anywhere, honest deliveries whose sender does not wait for the answer among them. */
const torn: Fault = {
  name: 'torn-connections',
  skip: always,
  happen: async (scene) => {
    for (let left = 40; left > 0; left--) {
      const socket = opened(scene)
      if (scene.dice.once(3)) {
        const fact = scene.newFact()
        scene.sent.push(fact)
        const bytes = Buffer.from(fact.body)
        socket.write(`POST /webhooks/treezor HTTP/1.1\r\nHost: x\r\nContent-Length: ${bytes.length}\r\n\r\n`)
        socket.write(bytes.subarray(0, scene.dice.once(2) ? bytes.length : scene.dice.below(bytes.length)))
      } else socket.write(scene.dice.pick(BEGINNINGS))
      await sleep(scene.dice.below(15))
      if (scene.dice.once(2)) socket.resetAndDestroy()
      else socket.destroy()
    }
  },
}

/** No descriptor is left: nothing can be opened, no connection taken. */
const noDescriptors: Fault = {
  name: 'no-descriptors',
  skip: () => {
    try {
      execFileSync('prlimit', ['--version'], { stdio: 'ignore' })
      return null
    } catch {
      return 'needs prlimit (Linux)'
    }
  },
  happen: async (scene) => {
    const { pid } = serviceOf(scene)
    const limit = (soft: number | string): void => {
      execFileSync('prlimit', ['--pid', String(pid), `--nofile=${soft}:`], { stdio: 'ignore' })
    }
    limit(readdirSync(`/proc/${pid}/fd`).length)
    const others = Array.from({ length: 30 }, () => opened(scene))
    await sleep(500 + scene.dice.below(2500))
    limit(1024)
    for (const socket of others) socket.destroy()
    counted(scene, 'connections that found no descriptor', others.length)
  },
}

/** The server is there, and answers nothing. */
const serverHangs: Fault = {
  name: 'store-hangs',
  skip: ofServer,
  happen: async ({ front, dice }) => {
    front?.freeze()
    await sleep(300 + dice.below(9000))
    front?.thaw()
  },
}

/** Every connection to the server is reset. */
const serverCut: Fault = {
  name: 'store-cut',
  skip: ofServer,
  happen: async ({ front, dice }) => {
    for (let left = 1 + dice.below(4); left > 0; left--) {
      front?.cut()
      await sleep(dice.below(800))
    }
  },
}

/** The process of the server stands still (`EVENTSTORE_TEST_PID`). */
const serverFrozen: Fault = {
  name: 'store-frozen',
  skip: (scene) =>
    ofServer(scene) ?? (process.env['EVENTSTORE_TEST_PID'] === undefined ? 'needs EVENTSTORE_TEST_PID' : null),
  happen: async ({ dice }) => {
    const pid = Number(process.env['EVENTSTORE_TEST_PID'])
    process.kill(pid, 'SIGSTOP')
    await sleep(300 + dice.below(7000))
    process.kill(pid, 'SIGCONT')
  },
}

export const CONNECTIONS: readonly Fault[] = [torn, noDescriptors, serverHangs, serverCut, serverFrozen]
