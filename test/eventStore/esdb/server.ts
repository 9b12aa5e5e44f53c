import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openEsdbEventStore } from '../../../src/eventStore/esdb/esdbEventStore.ts'
import { newEvent, newStream } from '../../support/events/newEvents.ts'
import { right } from '../../support/right.ts'
import { own } from '../../support/service/children.ts'

/** A real server that a test starts, kills and freezes. */
export interface ServerProcess {
  readonly start: () => void
  /** Ends it and waits until it is gone; nothing when it does not run. */
  readonly end: (signal: 'SIGKILL' | 'SIGTERM') => Promise<void>
  readonly freeze: () => void
  readonly thaw: () => void
}

const RESTART_PAUSE_MS = 200

/**
 * `command` is run by a shell; it should `exec` the server, and must start it on the data it left. A server that ends
 * by itself is started again, as under a supervisor: a deposed leader does, twice, to cut off what it alone had.
 */
export const serverProcess = (command: string): ServerProcess => {
  let child: ChildProcess | undefined
  let wanted = false
  const running = (): ChildProcess | undefined =>
    child !== undefined && child.exitCode === null && child.signalCode === null ? child : undefined
  const signal = (name: NodeJS.Signals): void => {
    const pid = running()?.pid
    // The group: a shell in front of the server goes with it.
    if (pid !== undefined) process.kill(-pid, name)
  }
  const start = (): void => {
    wanted = true
    if (running() !== undefined) return
    child = own(spawn(command, { shell: true, detached: true, stdio: 'ignore' }), { group: true })
    child.once('exit', () => setTimeout(() => wanted && start(), RESTART_PAUSE_MS))
  }
  return {
    start,
    end: async (name) => {
      wanted = false
      const ending = running()
      if (ending === undefined) return
      const exited = once(ending, 'exit')
      signal(name)
      signal('SIGCONT')
      await exited
    },
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
  }
}

/** Resolves once the server takes an append; the health page says so too early. */
export const untilWritable = async (connectionString: string, milliseconds = 60_000): Promise<void> => {
  const store = right(await openEsdbEventStore({ connectionString, streamPrefix: 'testready-' })())
  const until = performance.now() + milliseconds
  try {
    for (;;) {
      const appended = await store.append(newStream(), 'no-stream', [newEvent()])()
      if (appended._tag === 'Right') return
      if (performance.now() > until) throw new Error(`the server did not get ready: ${JSON.stringify(appended.left)}`)
    }
  } finally {
    await store.close()
  }
}
