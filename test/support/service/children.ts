import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'

/**
 * The processes that tests started and that run. They end with the test that started them if it fails (one that timed out
 * will not end them), with the test file in any case (`rootHooks.ts`), and with the process of the tests however that ends:
 * a shell that reads what runs kills it when nobody can write to it any more.
 */
const running = new Map<ChildProcess, { readonly target: number; readonly ended: Promise<unknown> }>()

const GUARD = 'left=; while read -r pids; do left=$pids; done; test -z "$left" || kill -s KILL -- $left'
let guard: Socket | undefined

const tellGuard = (): void => {
  if (guard === undefined) {
    // Apart from the group of the tests: what interrupts them must not end it.
    const shell = spawn('sh', ['-c', GUARD], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
    guard = shell.stdin as Socket
    shell.unref()
    guard.unref()
  }
  guard.write(`${[...running.values()].map(({ target }) => target).join(' ')}\n`)
}

/** Takes a process that has just been started; `group` for one that leads a process group, which ends as a whole. */
export const own = <A extends ChildProcess>(child: A, { group = false } = {}): A => {
  const { pid } = child
  if (pid === undefined) return child
  running.set(child, { target: group ? -pid : pid, ended: once(child, 'exit') })
  tellGuard()
  child.once('exit', () => {
    running.delete(child)
    tellGuard()
  })
  return child
}

/** The processes that run now. */
export const children = (): ReadonlySet<ChildProcess> => new Set(running.keys())

/** Ends with SIGKILL what runs and is not among `kept`, and waits until it has ended. */
export const endChildren = async (kept: ReadonlySet<ChildProcess> = new Set()): Promise<void> => {
  const ending = [...running].filter(([child]) => !kept.has(child)).map(([, process]) => process)
  for (const { target } of ending) {
    try {
      process.kill(target, 'SIGKILL')
    } catch {
      // It ended meanwhile.
    }
  }
  await Promise.all(ending.map(({ ended }) => ended))
}
