import type { ReadModel } from './readModel.ts'

/**
 * A read model that is opened once the log has been joined; until then, and where that never comes to pass, it has caught
 * up with nothing.
 */
export const awaitedReadModel = (opening: Promise<ReadModel | null>): ReadModel => {
  let opened: ReadModel | null = null
  const stopping = new AbortController()
  const ready = opening.then((model) => {
    opened = model
  })
  const orStopped = new Promise<void>((resolve) => {
    stopping.signal.addEventListener('abort', () => resolve())
  })
  return {
    position: () => opened?.position() ?? null,
    isFromNothing: () => opened?.isFromNothing() ?? false,
    hasCaughtUp: () => opened?.hasCaughtUp() ?? false,
    follows: () => opened?.follows() ?? false,
    starts: () => opened?.starts() ?? 0,
    reader: () => opened?.reader() ?? null,
    file: () => opened?.file() ?? null,
    distrust: (untrusted) => opened?.distrust(untrusted),
    foldAnew: (userId) => opened?.foldAnew(userId),
    reached: async (position, milliseconds) => {
      const until = performance.now() + milliseconds
      if (opened === null) {
        const givingUp = Promise.withResolvers<void>()
        const timer = setTimeout(givingUp.resolve, milliseconds)
        await Promise.race([ready, orStopped, givingUp.promise])
        clearTimeout(timer)
      }
      return (await opened?.reached(position, Math.max(0, until - performance.now()))) ?? false
    },
    moved: async (signal) => {
      if (opened === null) {
        const leaving = Promise.withResolvers<void>()
        signal.addEventListener('abort', () => leaving.resolve(), { once: true })
        if (signal.aborted) return
        await Promise.race([ready, orStopped, leaving.promise])
      }
      await opened?.moved(signal)
    },
    stop: async () => {
      stopping.abort()
      await ready
      await opened?.stop()
    },
  }
}
