import { closeSync, openSync } from 'node:fs'

/** Whether the terminal that this process was started in has been closed. */
const isTerminalGone = (): boolean => {
  try {
    closeSync(openSync('/dev/tty', 'r'))
    return false
  } catch {
    return true
  }
}

/**
 * Takes `SIGHUP` from now on, and gives what is told once the service runs: what was asked for before that is done then. In a terminal the
 * signal comes as well when that is closed: then the service is to end, as whatever else runs there.
 */
export const reloadOnSignal = (): ((reload: () => void) => void) => {
  const inTerminal = process.stdout.isTTY
  let reload: (() => void) | null = null
  let isAskedFor = false
  process.on('SIGHUP', () => {
    if (inTerminal && isTerminalGone()) process.kill(process.pid, 'SIGTERM')
    else if (reload === null) isAskedFor = true
    else reload()
  })
  return (ready) => {
    reload = ready
    if (isAskedFor) ready()
  }
}
